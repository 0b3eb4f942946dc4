import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { FileButton } from "~/display"
import { type Bill, providerNamesQuery } from "../queries"

const MONTH = /^20\d\d-(0[1-9]|1[0-2])$/
const PROVIDER = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

function lastMonth(): string {
  const now = new Date()
  const before = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1))
  return before.toISOString().slice(0, 7)
}

/** Choose a bill, whose it is and for which month; try it or keep the result. */
export function BillForm({ pending, onCompare }: { pending: boolean; onCompare: (bill: Bill) => void }) {
  const { t } = useTranslation("reconciliation")
  const [file, setFile] = useState<File | null>(null)
  const [provider, setProvider] = useState("")
  const [month, setMonth] = useState(lastMonth)
  const [timeZone, setTimeZone] = useState("UTC")
  const providers = useQuery(providerNamesQuery)
  const ready = file !== null && PROVIDER.test(provider) && MONTH.test(month) && timeZone !== ""
  const compare = (dryRun: boolean) =>
    file && ready && !pending && onCompare({ file, provider, month, timeZone, dryRun })
  return (
    <SafeForm onSubmit={() => compare(true)}>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr 1fr" } }}>
        <Autocomplete
          freeSolo
          options={providers.data ?? []}
          inputValue={provider}
          onInputChange={(_, value) => setProvider(value.trim())}
          renderInput={(parameters) => (
            <TextField
              {...parameters}
              label={t("form.provider")}
              error={provider !== "" && !PROVIDER.test(provider)}
            />
          )}
        />
        <TextField
          label={t("form.month")}
          value={month}
          error={!MONTH.test(month)}
          placeholder="2026-10"
          onChange={(event) => setMonth(event.target.value.trim())}
        />
        <TextField
          label={t("form.time_zone")}
          value={timeZone}
          onChange={(event) => setTimeZone(event.target.value.trim())}
        />
      </Box>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center", mt: 2 }}>
        <FileButton accept=".csv,.json,.jsonl,text/csv,application/json" onChoose={setFile}>
          {t("form.choose")}
        </FileButton>
        <Typography
          variant="body2"
          color="textSecondary"
          sx={{ overflowWrap: "anywhere", flex: "1 1 140px" }}
        >
          {file ? file.name : t("form.none")}
        </Typography>
        <Box sx={{ display: "flex", gap: 1.5, flexWrap: "wrap" }}>
          <Button type="submit" variant="outlined" disabled={!ready || pending}>
            {t("form.try")}
          </Button>
          <Button variant="contained" disabled={!ready} loading={pending} onClick={() => compare(false)}>
            {t("form.keep")}
          </Button>
        </Box>
      </Box>
    </SafeForm>
  )
}
