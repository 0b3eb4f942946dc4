import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { Role } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { Eye, Pencil, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { RouterLink, roleName, roleSummary } from "~/display"

interface RoleRowProps {
  role: Role
  roles: readonly Role[]
  onOpen: () => void
  onRemove: () => void
}

/** One role: what it is for, what it inherits from, how many have it. */
export function RoleRow({ role, roles, onOpen, onRemove }: RoleRowProps) {
  const { t } = useTranslation("roles")
  const { t: people } = useTranslation("people")
  const may = useMay()
  const name = roleName(people, role.id, role.name)
  const base = roles.find((one) => one.id === role.base)
  const mayChange = may("roles:write") && role.locked === ""
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box
        sx={{
          display: "grid",
          gridTemplateColumns: { xs: "minmax(0, 1fr) auto", sm: "minmax(0, 1fr) 190px auto" },
          columnGap: { xs: 1, sm: 3 },
          alignItems: "center",
        }}
      >
        <Box sx={{ minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
            {role.custom && <StatusBadge tone="info">{t("own")}</StatusBadge>}
          </Box>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {roleSummary(people, role)}
            {base && ` ${t("inherits", { role: roleName(people, base.id, base.name) })}`}
          </Typography>
        </Box>
        <Box sx={{ gridColumn: { xs: "1 / -1", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}>
          <Typography variant="body2">{t("count", { count: role.permissions.length })}</Typography>
          {role.people !== null && (
            <Typography variant="caption" color="textSecondary" component="p">
              <RouterLink to="/people" search={{ role: role.id }} color="inherit">
                {t("people", { count: role.people })}
              </RouterLink>
            </Typography>
          )}
        </Box>
        <Box sx={{ display: "flex", justifyContent: "flex-end", minWidth: { sm: 76 } }}>
          <Tooltip title={t(mayChange ? "edit" : "show", { name })}>
            <IconButton onClick={onOpen} aria-label={t(mayChange ? "edit" : "show", { name })}>
              {mayChange ? <Pencil size={17} /> : <Eye size={17} />}
            </IconButton>
          </Tooltip>
          {mayChange && (
            <Tooltip title={t("remove.action")}>
              <IconButton onClick={onRemove} aria-label={t("remove.title", { name })}>
                <Trash2 size={17} />
              </IconButton>
            </Tooltip>
          )}
        </Box>
      </Box>
    </Box>
  )
}
