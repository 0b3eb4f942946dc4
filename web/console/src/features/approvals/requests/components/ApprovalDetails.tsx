import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Approval } from "@powerautomation/api-client"
import { CopyButton, FactList, fonts } from "@powerautomation/design"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { LevelBadge, Moment, RiskDetails } from "~/display"
import { riskOf } from "../shape"
import { ActionShape, Table } from "./ActionShape"
import { History } from "./History"
import { Section } from "./Section"
import { StateBadge } from "./StateBadge"
import { TimeLeft } from "./TimeLeft"

/** Everything about one request: what would be done, what it reaches, why it is so risky, who asks, who said what. */
export function ApprovalDetails({ approval }: { approval: Approval }) {
  const { t } = useTranslation("requests")
  const risk = riskOf(approval)
  const { requester } = approval
  const facts: [string, ReactNode][] = [
    [t("detail.requester"), requester.name],
    [t("detail.owner"), requester.owner_name],
    [t("detail.agent"), approval.agent],
    [t("detail.folder"), approval.cwd && <Mono>{approval.cwd}</Mono>],
    [t("detail.session"), approval.session_id && <Mono>{approval.session_id}</Mono>],
    [t("detail.task"), approval.task_id && <Mono>{approval.task_id}</Mono>],
    [t("detail.tool_version"), approval.tool_version && <Mono>{approval.tool_version}</Mono>],
    [t("detail.asked_at"), <Moment key="asked" moment={approval.created_at} />],
    [
      t("detail.undo"),
      risk.reversible === null
        ? t("detail.undo_unknown")
        : risk.reversible
          ? t("detail.undo_yes")
          : t("detail.undo_no"),
    ],
    [
      t("detail.digest"),
      <Box key="digest" component="span" sx={{ display: "inline-flex", alignItems: "center", gap: 0.5 }}>
        <Mono>{approval.digest.slice(0, 12)}…</Mono>
        <CopyButton
          text={approval.digest}
          label={t("detail.copy_digest")}
          copiedLabel={t("copied", { ns: "common" })}
        />
      </Box>,
    ],
  ]
  return (
    <Box sx={{ display: "grid", gap: 3, minWidth: 0 }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.25, alignItems: "center" }}>
        <LevelBadge level={risk.denied ? "DENY" : approval.level} />
        <StateBadge approval={approval} />
        <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
          {t(`modes.${approval.mode}`)}
        </Typography>
        {approval.state === "pending" && <TimeLeft approval={approval} />}
      </Box>
      <Section title={t("detail.what")}>
        <ActionShape given={approval.arguments} />
      </Section>
      {approval.original_arguments && (
        <Section title={t("detail.original")}>
          <ActionShape given={approval.original_arguments} />
        </Section>
      )}
      <Section title={t("detail.why")}>
        <Box sx={{ display: "grid", gap: 2, minWidth: 0 }}>
          <RiskDetails found={risk} />
        </Box>
      </Section>
      <Section title={t("detail.who")}>
        <FactList
          facts={facts.filter(([, value]) => value !== "").map(([name, value]) => ({ name, value }))}
        />
      </Section>
      {Object.keys(approval.context).length > 0 && (
        <Section title={t("detail.context")}>
          <Table rest={approval.context} />
        </Section>
      )}
      <History approval={approval} />
    </Box>
  )
}

function Mono({ children }: { children: ReactNode }) {
  return (
    <Box component="span" sx={{ fontFamily: fonts.mono, fontSize: "0.8125rem", overflowWrap: "anywhere" }}>
      {children}
    </Box>
  )
}
