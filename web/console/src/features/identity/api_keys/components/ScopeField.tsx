import Checkbox from "@mui/material/Checkbox"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { useTranslation } from "react-i18next"
import { useSession } from "~/auth/session"

const DOORS = ["messages", "chat", "responses", "gemini", "embeddings", "files", "ratings"] as const
const GATEWAY = "gateway"

interface ScopeFieldProps {
  value: readonly string[]
  onChange: (scopes: readonly string[]) => void
}

/** What a key opens: the gateway, parts of it, and permissions of the control API that one has oneself. */
export function ScopeField({ value, onChange }: ScopeFieldProps) {
  const { t } = useTranslation("api_keys")
  const permissions = useSession()?.permissions ?? []
  const name = (scope: string) => (scope === GATEWAY ? t("scopes.gateway") : scope)
  const choices = [GATEWAY, ...DOORS.map((door) => `${GATEWAY}:${door}`), ...permissions]
  return (
    <TextField
      select
      label={t("scopes.title")}
      helperText={t("scopes.hint")}
      error={value.length === 0}
      value={value}
      onChange={(event) => onChange(event.target.value as unknown as string[])}
      slotProps={{
        select: {
          multiple: true,
          renderValue: (chosen) => (chosen as string[]).map(name).join(", "),
          MenuProps: { slotProps: { paper: { sx: { maxHeight: 360 } } } },
        },
      }}
    >
      {choices.map((scope) => (
        <MenuItem key={scope} value={scope} dense>
          <Checkbox size="small" checked={value.includes(scope)} sx={{ py: 0 }} />
          {name(scope)}
        </MenuItem>
      ))}
    </TextField>
  )
}
