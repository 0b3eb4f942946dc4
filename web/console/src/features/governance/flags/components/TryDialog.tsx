import Alert from "@mui/material/Alert"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Environment, Flag } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { environments } from "../draft"
import { peopleQuery, useEvaluate } from "../queries"

interface TryDialogProps {
  flag: Flag
  environment: Environment
  onClose: () => void
}

/** Asks what somebody gets of a flag, and why. */
export function TryDialog({ flag, environment: here, onClose }: TryDialogProps) {
  const { t } = useTranslation("flags")
  const id = useId()
  const maySee = useMay()("users:read")
  const people = useQuery({ ...peopleQuery, enabled: maySee })
  const [environment, setEnvironment] = useState<Environment>(here)
  const [person, setPerson] = useState("")
  const [key, setKey] = useState("")
  const [attributes, setAttributes] = useState("")
  const evaluate = useEvaluate(flag.key)
  const found = evaluate.data
  const ask = () =>
    evaluate.mutate({
      environment,
      person_id: person || null,
      targeting_key: key.trim() || null,
      attributes: Object.fromEntries(
        attributes
          .split("\n")
          .map((line) => line.split("=").map((part) => part.trim()))
          .filter(([name, value]) => name && value)
          .map(([name, value]) => [name ?? "", value ?? ""]),
      ),
    })
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("try.title", { key: flag.key })}</DialogTitle>
      <SafeForm onSubmit={ask}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          <TextField
            select
            label={t("try.environment")}
            value={environment}
            onChange={(event) => setEnvironment(event.target.value as Environment)}
          >
            {environments.map((one) => (
              <MenuItem key={one} value={one}>
                {t(`environments.${one}`)}
              </MenuItem>
            ))}
          </TextField>
          {maySee && (
            <TextField
              select
              label={t("try.person")}
              value={person}
              onChange={(event) => setPerson(event.target.value)}
              slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            >
              <MenuItem value="">{t("try.nobody")}</MenuItem>
              {people.data?.items.map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {one.name || one.email}
                </MenuItem>
              ))}
            </TextField>
          )}
          <TextField
            label={t("try.key")}
            helperText={t("try.key_hint")}
            value={key}
            onChange={(event) => setKey(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <TextField
            label={t("try.attributes")}
            helperText={t("try.attributes_hint")}
            value={attributes}
            onChange={(event) => setAttributes(event.target.value)}
            multiline
            minRows={2}
          />
          {evaluate.error && <ProblemPanel error={evaluate.error} />}
          {found && (
            <Alert severity={found.error_code ? "error" : "info"} role="status">
              {found.error_code
                ? `${found.error_code}: ${found.error_details}`
                : t("try.gets", { variant: found.variant, value: JSON.stringify(found.value) })}{" "}
              {!found.error_code && t(`reasons.${found.reason}`, { rule: found.rule ?? "" })}
            </Alert>
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("close", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" loading={evaluate.isPending}>
            {t("try.action")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
