import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Approval } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { Moment } from "~/display"
import { Section } from "./Section"

interface Happening {
  readonly id: string
  readonly at: string
  readonly text: string
  readonly note?: string
}

/** What happened to a request so far, in order: answers of people, when it was begun, and how it ended. */
export function History({ approval }: { approval: Approval }) {
  const { t } = useTranslation("requests")
  const found: Happening[] = approval.votes.map((vote) => ({
    id: vote.person_id,
    at: vote.at,
    text: t(vote.decision === "approve" ? "history.approved" : "history.denied", {
      name: vote.person_name || vote.person_id,
      channel: t(`channels.${vote.channel}`),
    }),
    note: [vote.reason, vote.counts ? "" : t("history.not_counted")].filter(Boolean).join(" · "),
  }))
  const { automatic_by, decided_at, reserved_at, settled_at } = approval
  if (automatic_by && decided_at)
    found.push({
      id: "automatic",
      at: decided_at,
      text: automatic_by === "rule" ? t("by_rule") : t("by_memory"),
    })
  if (reserved_at) found.push({ id: "reserved", at: reserved_at, text: t("states.reserved") })
  if (settled_at)
    found.push({ id: "settled", at: settled_at, text: t(`states.${approval.state}`), note: approval.detail })
  if (found.length === 0) return null
  found.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return (
    <Section title={t("history.title")}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
        {found.map((one) => (
          <li key={one.id}>
            <Typography variant="body2">
              {one.text}{" "}
              <Typography component="span" variant="caption" color="textSecondary">
                <Moment moment={one.at} />
              </Typography>
            </Typography>
            {one.note && (
              <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
                {one.note}
              </Typography>
            )}
          </li>
        ))}
      </Box>
    </Section>
  )
}
