import Box from "@mui/material/Box"
import ButtonBase from "@mui/material/ButtonBase"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { AuditEvent } from "@powerautomation/api-client"
import { layout, StatusBadge } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { Moment } from "~/display"
import { useAuditWords } from "../useAuditWords"

const tones = { done: "good", refused: "warning", failed: "bad" } as const

/** How it ended, in words. */
export function OutcomeBadge({ outcome }: Pick<AuditEvent, "outcome">) {
  const { t } = useTranslation("audit")
  return <StatusBadge tone={tones[outcome]}>{t(`outcomes.${outcome}`)}</StatusBadge>
}

interface RowsProps {
  events: readonly AuditEvent[]
  onOpen: (event: AuditEvent) => void
}

/** Events as a table; a click anywhere in a row opens it. */
export function EventTable({ events, onOpen }: RowsProps) {
  const { t } = useTranslation("audit")
  const words = useAuditWords()
  return (
    <Box tabIndex={0} role="region" aria-label={t("title")} sx={{ overflowX: "auto" }}>
      <Table size="small" aria-label={t("title")}>
        <TableHead>
          <TableRow>
            <TableCell sx={{ pl: 2.5 }}>{t("columns.time")}</TableCell>
            <TableCell>{t("columns.action")}</TableCell>
            <TableCell>{t("columns.target")}</TableCell>
            <TableCell>{t("columns.actor")}</TableCell>
            <TableCell sx={{ display: { md: "none", lg: "table-cell" } }}>{t("columns.from")}</TableCell>
            <TableCell sx={{ pr: 2.5 }}>{t("columns.outcome")}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {events.map((event) => (
            <TableRow key={event.id} hover onClick={() => onOpen(event)} sx={{ cursor: "pointer" }}>
              <TableCell sx={{ pl: 2.5, color: "text.secondary", whiteSpace: "nowrap" }}>
                <Moment moment={event.occurred_at} />
              </TableCell>
              <TableCell>
                <ButtonBase
                  onClick={(click) => {
                    click.stopPropagation()
                    onOpen(event)
                  }}
                  sx={{
                    font: "inherit",
                    textAlign: "left",
                    borderRadius: "4px",
                    minHeight: 24,
                    "@media (pointer: coarse)": { minHeight: layout.touch },
                  }}
                >
                  <Box component="span" sx={{ fontWeight: 560 }}>
                    {words.action(event.action)}
                  </Box>
                </ButtonBase>
              </TableCell>
              <TableCell sx={{ maxWidth: 320, overflowWrap: "anywhere" }}>{words.target(event)}</TableCell>
              <TableCell sx={{ maxWidth: 220, overflowWrap: "anywhere" }}>
                {words.actor(event.actor)}
                {event.on_behalf_of && (
                  <Typography variant="caption" color="textSecondary" component="div">
                    {t("on_behalf_of", { name: words.actor(event.on_behalf_of) })}
                  </Typography>
                )}
              </TableCell>
              <TableCell sx={{ display: { md: "none", lg: "table-cell" }, color: "text.secondary" }}>
                {event.ip || "—"}
              </TableCell>
              <TableCell sx={{ pr: 2.5 }}>
                <OutcomeBadge outcome={event.outcome} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  )
}

/** Events for a narrow screen: three lines each. */
export function EventCards({ events, onOpen }: RowsProps) {
  const { t } = useTranslation("audit")
  const words = useAuditWords()
  return (
    <Box component="ul" aria-label={t("title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
      {events.map((event) => (
        <Box component="li" key={event.id} sx={{ "& + &": { borderTop: 1, borderColor: "divider" } }}>
          <ButtonBase
            onClick={() => onOpen(event)}
            sx={{
              font: "inherit",
              display: "block",
              width: "100%",
              textAlign: "left",
              px: 2,
              py: 1.25,
              fontSize: "0.84375rem",
            }}
          >
            <Box sx={{ display: "flex", gap: 1, justifyContent: "space-between", alignItems: "flex-start" }}>
              <Box sx={{ fontWeight: 560, overflowWrap: "anywhere" }}>{words.action(event.action)}</Box>
              <OutcomeBadge outcome={event.outcome} />
            </Box>
            <Box sx={{ overflowWrap: "anywhere" }}>{words.target(event)}</Box>
            <Typography variant="caption" color="textSecondary">
              <Moment moment={event.occurred_at} /> · {words.actor(event.actor)}
            </Typography>
          </ButtonBase>
        </Box>
      ))}
    </Box>
  )
}
