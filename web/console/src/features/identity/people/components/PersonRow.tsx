import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Menu from "@mui/material/Menu"
import MenuItem from "@mui/material/MenuItem"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { InvitationLink, Person } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { Ellipsis } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago, roleName } from "~/display"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { dataAddress, type PersonTask, usePersonTask } from "../queries"
import { EditDialog } from "./EditDialog"
import { EraseDialog } from "./EraseDialog"
import { LinkDialog } from "./InviteDialog"
import { KeepOutDialog } from "./KeepOutDialog"

const tones = { active: "good", invited: "info", inactive: "neutral" } as const

/** One person, and what can be done with the person. */
export function PersonRow({ person }: { person: Person }) {
  const { t } = useTranslation("people")
  const format = useFormat()
  const may = useMay()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [dialog, setDialog] = useState<"edit" | "deactivate" | "remove" | "factors" | "erase" | null>(null)
  const [link, setLink] = useState<InvitationLink | null>(null)
  const task = usePersonTask(person)
  const name = person.name || person.email
  const run = (what: PersonTask, done: string) => {
    setAnchor(null)
    task.mutate(what, {
      onSuccess: (answer) => (answer ? setLink(answer) : showToast(done)),
    })
  }
  const open = (what: typeof dialog) => {
    setAnchor(null)
    setDialog(what)
  }
  const locked = !may("users:write") ? "read_only" : person.locked
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
            {person.state !== "active" && (
              <StatusBadge tone={tones[person.state]}>{t(`states.${person.state}`)}</StatusBadge>
            )}
          </Box>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {person.kind === "service"
              ? t("service_of", { name: person.owner_name })
              : person.email || t("no_email")}
            {person.live_keys > 0 && ` · ${t("keys", { count: person.live_keys })}`}
          </Typography>
        </Box>
        <Box sx={{ gridColumn: { xs: "1 / -1", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}>
          <Typography variant="body2">{roleName(t, person.role, person.role_name)}</Typography>
          <Typography variant="caption" color="textSecondary" component="p">
            {person.state === "invited" ? (
              person.invited_until ? (
                t("invited_until", { moment: format.moment(person.invited_until, "day") })
              ) : (
                t("invitation_ended")
              )
            ) : person.last_seen_at ? (
              <>
                {t("seen")} <Ago moment={person.last_seen_at} />
              </>
            ) : (
              t("never_seen")
            )}
          </Typography>
        </Box>
        <Tooltip title={locked ? t(`locked.${locked}`) : t("more", { name })}>
          <Box component="span">
            <IconButton
              aria-label={locked ? `${t("more", { name })}: ${t(`locked.${locked}`)}` : t("more", { name })}
              aria-haspopup="menu"
              disabled={locked !== "" || task.isPending}
              onClick={(event) => setAnchor(event.currentTarget)}
            >
              <Ellipsis size={18} />
            </IconButton>
          </Box>
        </Tooltip>
      </Box>
      {task.error && <ProblemPanel error={task.error} />}
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem onClick={() => open("edit")}>{t("edit.action")}</MenuItem>
        {person.state === "invited" && (
          <MenuItem onClick={() => run({ do: "invite_again" }, "")}>{t("invite_again")}</MenuItem>
        )}
        {person.state === "active" && (
          <MenuItem onClick={() => run({ do: "end_sessions" }, t("sessions_ended", { name }))}>
            {t("end_sessions")}
          </MenuItem>
        )}
        {may("personal_data:export") && (
          <MenuItem component="a" href={dataAddress(person)} download onClick={() => setAnchor(null)}>
            {t("take_out_data")}
          </MenuItem>
        )}
        {person.state !== "invited" && (
          <MenuItem onClick={() => open("factors")}>{t("remove_factors.action")}</MenuItem>
        )}
        {person.state === "inactive" ? (
          <MenuItem onClick={() => run({ do: "activate" }, t("activated", { name }))}>
            {t("activate")}
          </MenuItem>
        ) : (
          <MenuItem onClick={() => open("deactivate")}>{t("deactivate.action")}</MenuItem>
        )}
        <MenuItem onClick={() => open("remove")} sx={{ color: "error.main" }}>
          {t("remove.action")}
        </MenuItem>
        {may("personal_data:erase") && (
          <MenuItem onClick={() => open("erase")} sx={{ color: "error.main" }}>
            {t("erase.action")}
          </MenuItem>
        )}
      </Menu>
      {dialog === "edit" && <EditDialog person={person} onClose={() => setDialog(null)} />}
      {(dialog === "deactivate" || dialog === "remove") && (
        <KeepOutDialog person={person} way={dialog} onClose={() => setDialog(null)} />
      )}
      <ConfirmDialog
        open={dialog === "factors"}
        title={t("remove_factors.title", { name })}
        text={t("remove_factors.text")}
        confirmLabel={t("remove_factors.action")}
        pending={task.isPending}
        error={task.error}
        onClose={() => {
          setDialog(null)
          task.reset()
        }}
        onConfirm={() =>
          task.mutate(
            { do: "remove_factors" },
            {
              onSuccess: () => {
                setDialog(null)
                showToast(t("remove_factors.done", { name }))
              },
            },
          )
        }
      />
      {dialog === "erase" && <EraseDialog person={person} onClose={() => setDialog(null)} />}
      {link && <LinkDialog name={name} link={link} onClose={() => setLink(null)} />}
    </Box>
  )
}
