import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField, { type TextFieldProps } from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { roleName, roleSummary } from "~/display"
import { rolesQuery } from "../queries"

interface RoleFieldProps
  extends Pick<TextFieldProps, "label" | "error" | "helperText" | "disabled" | "size"> {
  value: string
  onChange: (role: string) => void
}

/** The choice of a role, with what each may do; those above one's own cannot be given. */
export function RoleField({ value, onChange, ...field }: RoleFieldProps) {
  const { t } = useTranslation("people")
  const roles = useQuery(rolesQuery).data?.items ?? []
  return (
    <TextField
      select
      value={roles.length > 0 ? value : ""}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{
        select: { renderValue: () => roleName(t, value, roles.find((role) => role.id === value)?.name) },
      }}
      {...field}
    >
      {roles.map((role) => (
        <MenuItem key={role.id} value={role.id} disabled={!role.assignable} sx={{ whiteSpace: "normal" }}>
          <Box>
            {roleName(t, role.id, role.name)}
            <Typography variant="caption" color="textSecondary" component="p">
              {roleSummary(t, role)} {!role.assignable && t("roles.above_yours")}
            </Typography>
          </Box>
        </MenuItem>
      ))}
    </TextField>
  )
}
