import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { ConfigurationProposal } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { describeProblem, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { proposalsQuery, useDecide } from "../queries"
import { useVersionWords } from "../useVersionWords"
import { Differences } from "./Differences"

const done = {
  approve: "proposals.approved",
  reject: "proposals.rejected",
  withdraw: "proposals.withdrawn",
} as const

/** Changes that wait for a second person; nothing where none does. */
export function ProposalsPanel() {
  const { t } = useTranslation("configuration")
  const query = useQuery(proposalsQuery)
  const open = query.data?.items.filter((one) => one.state === "open") ?? []
  if (open.length === 0) return null
  return (
    <Panel title={t("proposals.title")} sx={{ mb: 2 }}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 2 }}>
        {open.map((one) => (
          <Waiting key={one.id} proposal={one} />
        ))}
      </Box>
    </Panel>
  )
}

function Waiting({ proposal }: { proposal: ConfigurationProposal }) {
  const { t, i18n } = useTranslation("configuration")
  const { t: common } = useTranslation()
  const words = useVersionWords()
  const format = useFormat()
  const decide = useDecide()
  // What was decided leaves the list, and callbacks of `mutate` go with what is no more shown.
  const run = (verb: "approve" | "reject" | "withdraw") =>
    decide.mutateAsync({ id: proposal.id, verb }).then(
      () => showToast(t(done[verb])),
      (error: unknown) => showToast(describeProblem(error, common, i18n.language).message, { tone: "error" }),
    )
  return (
    <Box component="li" sx={{ display: "grid", gap: 1 }}>
      <Typography variant="body2">
        <strong>{t("proposals.by", { name: proposal.author_name })}</strong>
        {` · ${format.moment(proposal.at, "short")} · ${t("proposals.until", { moment: format.moment(proposal.expires_at, "short") })}`}
      </Typography>
      {proposal.reason && <Typography variant="body2">{proposal.reason}</Typography>}
      {proposal.steps.map((step) => (
        <Box key={`${step.kind} ${step.object_id}`}>
          <Typography variant="body2" sx={{ mb: 0.5, overflowWrap: "anywhere" }}>
            {words.kind(step.kind)} · {words.name({ kind: step.kind, object_name: step.name })}
          </Typography>
          <Differences items={step.differences} />
        </Box>
      ))}
      <Box sx={{ display: "flex", gap: 1, flexWrap: "wrap", alignItems: "center" }}>
        {proposal.own ? (
          <>
            <Typography variant="body2" color="textSecondary">
              {t("proposals.own")}
            </Typography>
            <Button color="inherit" disabled={decide.isPending} onClick={() => void run("withdraw")}>
              {t("proposals.withdraw")}
            </Button>
          </>
        ) : (
          proposal.decidable && (
            <>
              <Button variant="contained" disabled={decide.isPending} onClick={() => void run("approve")}>
                {t("proposals.approve")}
              </Button>
              <Button color="inherit" disabled={decide.isPending} onClick={() => void run("reject")}>
                {t("proposals.reject")}
              </Button>
            </>
          )
        )}
      </Box>
    </Box>
  )
}
