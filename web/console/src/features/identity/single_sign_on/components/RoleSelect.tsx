import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { roleName } from "~/display"
import { rolesQuery } from "../queries"

interface RoleSelectProps {
  label: string
  value: string
  onChange: (role: string) => void
  /** What no role means, where one may be left out. */
  none?: string
  error?: boolean
  helperText?: string
}

/** The choice of a role; those above one's own cannot be given. */
export function RoleSelect({ label, value, onChange, none, error, helperText }: RoleSelectProps) {
  const nameOf = useRoleName()
  const roles = useQuery(rolesQuery).data?.items ?? []
  return (
    <TextField
      select
      fullWidth
      label={label}
      value={roles.length > 0 ? value : ""}
      error={error ?? false}
      helperText={helperText}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      {none !== undefined && <MenuItem value="">{none}</MenuItem>}
      {roles.map((role) => (
        <MenuItem key={role.id} value={role.id} disabled={!role.assignable}>
          {nameOf(role.id)}
        </MenuItem>
      ))}
    </TextField>
  )
}

/** Return what a role is called; one of the organization's own goes by its name. */
export function useRoleName(): (role: string) => string {
  const { t } = useTranslation("people")
  const roles = useQuery(rolesQuery).data?.items ?? []
  return (role) => roleName(t, role, roles.find((one) => one.id === role)?.name)
}
