import Button from "@mui/material/Button"
import ListItemIcon from "@mui/material/ListItemIcon"
import Menu from "@mui/material/Menu"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { useMutation, useQuery } from "@tanstack/react-query"
import { Building2, Check, ChevronsUpDown } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { showToast, useDescribedProblem } from "~/feedback"
import { api, basePath } from "~/server"
import { membershipsQuery } from "../queries"

/** As many organizations are looked through by eye. */
const FEW = 8

/** The organization one works in, and the way to the others; nothing for who is in one alone. */
export function OrganizationSwitcher() {
  const { t } = useTranslation("sessions")
  const memberships = useQuery(membershipsQuery).data ?? []
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [typed, setTyped] = useState("")
  const go = useMutation({
    mutationFn: (organizationId: string) => api.session.switch(organizationId),
    // Everything on the page, and every open connection, is of the other organization.
    onSuccess: () => location.assign(basePath),
    onError: () => setAnchor(null),
  })
  const problem = useDescribedProblem(go.error)
  if (memberships.length < 2) return null
  if (go.error) {
    showToast(problem.message)
    go.reset()
  }
  const here = memberships.find((one) => one.is_this)
  const wanted = typed.trim().toLocaleLowerCase()
  const shown = memberships.filter((one) => one.organization.name.toLocaleLowerCase().includes(wanted))
  return (
    <>
      <Button
        size="small"
        color="inherit"
        loading={go.isPending}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-label={t("organizations.label", { name: here?.organization.name })}
        startIcon={<Building2 size={16} />}
        endIcon={<ChevronsUpDown size={14} />}
        onClick={(event) => setAnchor(event.currentTarget)}
        sx={{ maxWidth: { xs: 64, sm: 220 }, minWidth: 0, flexShrink: 0 }}
      >
        <span style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", minWidth: 0 }}>
          {here?.organization.name}
        </span>
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ paper: { sx: { minWidth: 240, maxWidth: 360, maxHeight: 420 } } }}
      >
        {memberships.length > FEW && (
          <li role="none" style={{ padding: "4px 12px 8px" }}>
            <TextField
              autoFocus
              fullWidth
              size="small"
              label={t("organizations.search")}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              // The menu moves between its lines by typed letters.
              onKeyDown={(event) => event.key !== "Escape" && event.stopPropagation()}
            />
          </li>
        )}
        {shown.map(({ organization, is_this }) => (
          <MenuItem
            key={organization.id}
            role="menuitemradio"
            aria-checked={is_this}
            disabled={go.isPending}
            onClick={() => (is_this ? setAnchor(null) : go.mutate(organization.id))}
          >
            <ListItemIcon>{is_this && <Check size={16} aria-hidden />}</ListItemIcon>
            <span style={{ overflow: "hidden", textOverflow: "ellipsis" }}>{organization.name}</span>
          </MenuItem>
        ))}
        {shown.length === 0 && <MenuItem disabled>{t("organizations.nothing")}</MenuItem>}
      </Menu>
    </>
  )
}
