import Box from "@mui/material/Box"
import Checkbox from "@mui/material/Checkbox"
import FormControlLabel from "@mui/material/FormControlLabel"
import Typography from "@mui/material/Typography"
import type { Permission, Role } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { byArea, type Difference, standingOf, turned } from "../draft"
import { usePermissionWords } from "../usePermissionWords"

interface PermissionListProps {
  permissions: readonly Permission[]
  base: Role | undefined
  difference: Difference
  onChange: ((difference: Difference) => void) | null
}

/** Every permission in words, under headings, with where the role has it from. Who lacks one cannot add it. */
export function PermissionList({ permissions, base, difference, onChange }: PermissionListProps) {
  const { t } = useTranslation("roles")
  const may = useMay()
  const words = usePermissionWords()
  return (
    <>
      {byArea(permissions).map(([area, found]) => (
        <Box key={area} component="fieldset" sx={{ border: 0, p: 0, m: 0, minWidth: 0 }}>
          <Typography component="legend" variant="subtitle2" sx={{ pt: 1, pb: 0.5 }}>
            {t(`areas.${area}`)}
          </Typography>
          {found.map((permission) => {
            const { name } = permission
            const standing = standingOf(name, base, difference)
            const on = standing === "inherited" || standing === "added"
            const mine = may(name)
            const notes = [
              standing !== "absent" && t(`form.${standing}`),
              onChange && !mine && t("form.not_yours"),
            ]
            return (
              <FormControlLabel
                key={name}
                sx={{ display: "flex", alignItems: "flex-start", mr: 0, py: 0.25 }}
                control={
                  <Checkbox
                    size="small"
                    checked={on}
                    disabled={!onChange || (!mine && !on)}
                    onChange={() => onChange?.(turned(name, base, difference))}
                  />
                }
                label={
                  <Box sx={{ pt: 0.75 }}>
                    <Typography variant="body2">{words(permission)}</Typography>
                    <Typography variant="caption" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
                      {[name, ...notes.filter(Boolean)].join(" · ")}
                    </Typography>
                  </Box>
                }
              />
            )
          })}
        </Box>
      ))}
    </>
  )
}
