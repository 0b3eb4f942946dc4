import Box from "@mui/material/Box"
import Drawer from "@mui/material/Drawer"
import IconButton from "@mui/material/IconButton"
import Link from "@mui/material/Link"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { AuditEvent } from "@powerautomation/api-client"
import { layout } from "@powerautomation/design"
import { X } from "lucide-react"
import { type ReactNode, useId } from "react"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import type { AuditSearch } from "../filter"
import { useAuditWords } from "../useAuditWords"
import { OutcomeBadge } from "./EventRows"

interface EventDetailsProps {
  event: AuditEvent
  onClose: () => void
  onFilter: (search: AuditSearch) => void
}

/** One event beside the list: who, as whom, from where, what changed, and its place in the chain. */
export function EventDetails({ event, onClose, onFilter }: EventDetailsProps) {
  const { t } = useTranslation("audit")
  const words = useAuditWords()
  const format = useFormat()
  const id = useId()
  const only = (search: AuditSearch, label: string) => (
    <Link component="button" type="button" onClick={() => onFilter(search)} sx={{ font: "inherit" }}>
      {label}
    </Link>
  )
  return (
    <Drawer
      anchor="right"
      open
      onClose={onClose}
      slotProps={{
        paper: {
          role: "dialog",
          "aria-modal": true,
          "aria-labelledby": id,
          sx: {
            width: { xs: "100%", md: layout.drawer },
            borderLeft: { md: 1 },
            borderColor: { md: "divider" },
          },
        },
      }}
    >
      <Box
        sx={{
          position: "sticky",
          top: 0,
          zIndex: 1,
          display: "flex",
          alignItems: "center",
          gap: 1,
          px: { xs: 2, md: 3 },
          py: 1.5,
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Typography variant="h2" id={id} sx={{ flex: 1 }}>
          {words.action(event.action)}
        </Typography>
        <OutcomeBadge outcome={event.outcome} />
        <Tooltip title={t("close", { ns: "common" })}>
          <IconButton onClick={onClose} aria-label={t("close", { ns: "common" })} autoFocus>
            <X size={18} />
          </IconButton>
        </Tooltip>
      </Box>
      <Box sx={{ p: { xs: 2, md: 3 }, display: "grid", gap: 3 }}>
        {event.reason && <Typography variant="body2">{event.reason}</Typography>}
        <Facts>
          <Fact name={t("columns.time")}>{format.moment(event.occurred_at, "full")}</Fact>
          <Fact name={t("columns.target")}>
            {event.target.id
              ? only({ target_id: event.target.id }, words.target(event))
              : words.target(event)}
          </Fact>
          <Fact name={t("columns.actor")}>
            {event.actor.id
              ? only({ actor_id: event.actor.id }, words.actor(event.actor))
              : words.actor(event.actor)}
          </Fact>
          {event.on_behalf_of && <Fact name={t("detail.as")}>{words.actor(event.on_behalf_of)}</Fact>}
          {event.approved_by && <Fact name={t("detail.approved_by")}>{event.approved_by}</Fact>}
          {event.ip && <Fact name={t("columns.from")}>{event.ip}</Fact>}
          {event.user_agent && <Fact name={t("detail.user_agent")}>{event.user_agent}</Fact>}
          {event.request_id && (
            <Fact name={t("detail.request_id")}>
              <Mono>{event.request_id}</Mono>
            </Fact>
          )}
        </Facts>
        <Changes event={event} />
        <Box>
          <Typography variant="h3" sx={{ mb: 1 }}>
            {t("detail.proof")}
          </Typography>
          <Facts>
            <Fact name={t("detail.sequence")}>{format.count(event.sequence)}</Fact>
            <Fact name={t("detail.action")}>
              <Mono>{event.action}</Mono>
            </Fact>
            <Fact name={t("detail.hash")}>
              <Mono>{event.hash}</Mono>
            </Fact>
            <Fact name={t("detail.previous_hash")}>
              <Mono>{event.previous_hash}</Mono>
            </Fact>
          </Facts>
        </Box>
      </Box>
    </Drawer>
  )
}

/** What was before and what is after, field by field. */
function Changes({ event }: { event: AuditEvent }) {
  const { t } = useTranslation("audit")
  if (event.changes.length === 0) return null
  return (
    <Box>
      <Typography variant="h3" sx={{ mb: 1 }}>
        {t("detail.changes")}
      </Typography>
      <Box
        component="ul"
        sx={{ listStyle: "none", m: 0, p: 0, border: 1, borderColor: "divider", borderRadius: 1 }}
      >
        {event.changes.map((change) => (
          <Box
            component="li"
            key={change.field}
            sx={{ px: 1.5, py: 1, "& + &": { borderTop: 1, borderColor: "divider" } }}
          >
            <Typography variant="caption" color="textSecondary" component="div">
              {change.field}
            </Typography>
            {change.before !== null && (
              <Value tone="before" label={t("detail.before")} value={change.before} />
            )}
            {change.after !== null && <Value tone="after" label={t("detail.after")} value={change.after} />}
          </Box>
        ))}
      </Box>
    </Box>
  )
}

function Value({ tone, label, value }: { tone: "before" | "after"; label: string; value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2)
  return (
    <Box
      sx={{
        display: "grid",
        gridTemplateColumns: "16px minmax(0, 1fr)",
        fontFamily: "monospace",
        fontSize: "0.8125rem",
        px: 0.75,
        my: 0.25,
        borderRadius: "4px",
        bgcolor: tone === "before" ? "ledger.dangerSoft" : "ledger.accentSoft",
      }}
    >
      <Box component="span" aria-hidden>
        {tone === "before" ? "−" : "+"}
      </Box>
      <Box component="span" sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        <Box
          component="span"
          sx={{ position: "absolute", clip: "rect(0 0 0 0)", width: 1, height: 1, overflow: "hidden" }}
        >
          {label}:{" "}
        </Box>
        {text || "—"}
      </Box>
    </Box>
  )
}

function Facts({ children }: { children: ReactNode }) {
  return (
    <Box
      component="dl"
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "140px minmax(0, 1fr)" },
        columnGap: 2,
        rowGap: { xs: 0.25, sm: 1 },
        m: 0,
        fontSize: "0.84375rem",
      }}
    >
      {children}
    </Box>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <Box component="dt" sx={{ color: "text.secondary" }}>
        {name}
      </Box>
      <Box component="dd" sx={{ m: 0, mb: { xs: 1, sm: 0 }, overflowWrap: "anywhere" }}>
        {children}
      </Box>
    </>
  )
}

function Mono({ children }: { children: string }) {
  return (
    <Box component="span" sx={{ fontFamily: "monospace", fontSize: "0.8125rem" }}>
      {children}
    </Box>
  )
}
