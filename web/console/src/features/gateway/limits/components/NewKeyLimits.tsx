import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { LimitedKeyBody } from "@powerautomation/api-client"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { currencies, keyLimitsOf, type NewKeyFields, wrongKeyFields } from "../draft"

interface NewKeyLimitsProps {
  /** Told the limits that the fields say; null while a field cannot be meant like this. */
  onChange: (limits: LimitedKeyBody["limits"] | null) => void
}

/** The usual limits of a new key, all of them optional; other kinds are added on the page of limits. */
export function NewKeyLimits({ onChange }: NewKeyLimitsProps) {
  const { t } = useTranslation("limits")
  const id = useId()
  const [fields, setFields] = useState<NewKeyFields>({
    budget: "",
    currency: "USD",
    perMinute: "",
    atOnce: "",
  })
  const wrong = wrongKeyFields(fields)
  const set = (some: Partial<NewKeyFields>) => {
    const next = { ...fields, ...some }
    setFields(next)
    onChange(wrongKeyFields(next).size > 0 ? null : keyLimitsOf(next))
  }
  const field = (name: "budget" | "perMinute" | "atOnce") => ({
    label: t(`new_key.${name}`),
    value: fields[name],
    error: wrong.has(name),
    helperText: wrong.has(name) ? t("amount_wrong") : undefined,
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
    slotProps: { htmlInput: { inputMode: "decimal", maxLength: 30 } } as const,
  })
  return (
    <Box role="group" aria-labelledby={id} sx={{ display: "grid", gap: 2 }}>
      <Box id={id}>
        <Typography variant="body2" sx={{ fontWeight: 600 }}>
          {t("new_key.title")}
        </Typography>
        <Typography variant="caption" color="textSecondary" component="p">
          {t("new_key.hint")}
        </Typography>
      </Box>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "minmax(0, 1fr) 110px", alignItems: "start" }}>
        <TextField {...field("budget")} />
        <TextField
          select
          label={t("currency")}
          value={fields.currency}
          onChange={(event) => set({ currency: event.target.value })}
        >
          {currencies.map((one) => (
            <MenuItem key={one} value={one}>
              {one}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <Box
        sx={{
          display: "grid",
          gap: 2,
          gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "1fr 1fr" },
          alignItems: "start",
        }}
      >
        <TextField {...field("perMinute")} />
        <TextField {...field("atOnce")} />
      </Box>
    </Box>
  )
}
