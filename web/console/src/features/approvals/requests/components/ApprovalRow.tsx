import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Typography from "@mui/material/Typography"
import type { Approval } from "@powerautomation/api-client"
import { fonts, layout } from "@powerautomation/design"
import type { MouseEvent } from "react"
import { useTranslation } from "react-i18next"
import { Ago, LevelBadge, RouterLink } from "~/display"
import { ProblemPanel } from "~/feedback"
import type { ApprovalSearch } from "../search"
import { mayBatch, reachOf, summaryOf } from "../shape"
import { Key } from "./Key"
import { StateBadge } from "./StateBadge"
import { TimeLeft } from "./TimeLeft"

interface ApprovalRowProps {
  approval: Approval
  search: ApprovalSearch
  isFocused: boolean
  isSelected: boolean
  isBusy: boolean
  problem: unknown
  onFocus: () => void
  onSelect: () => void
  onApprove: (event: MouseEvent) => void
  onDeny: (event: MouseEvent) => void
}

/** Where the focus goes when a request is stepped to. */
export const rowId = (approvalId: string) => `approval-${approvalId}`

/** One request: how risky, what, where, who asks, how long it waits; and the two answers. */
export function ApprovalRow(props: ApprovalRowProps) {
  const { t } = useTranslation("requests")
  const { approval } = props
  const isOpen = approval.state === "pending"
  const summary = summaryOf(approval.arguments)
  const title = summary ? `${approval.tool}: ${summary}` : approval.tool
  const reach = reachOf(approval)
  return (
    <Box
      component="li"
      onFocusCapture={props.onFocus}
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "minmax(0, 1fr) auto" },
        gap: { xs: 1.5, md: 2 },
        alignItems: "center",
        px: { xs: 1.5, md: 2 },
        py: 1.5,
        borderLeft: 3,
        borderLeftColor: props.isFocused ? "primary.main" : "transparent",
        bgcolor: props.isSelected ? "ledger.accentSoft" : undefined,
        "& + &": { borderTop: 1, borderTopColor: "divider" },
      }}
    >
      <Box sx={{ display: "flex", gap: 1, minWidth: 0 }}>
        {isOpen && mayBatch(approval) && (
          <Checkbox
            checked={props.isSelected}
            onChange={props.onSelect}
            slotProps={{ input: { "aria-label": t("select", { title }) } }}
            sx={{ alignSelf: "flex-start", minWidth: layout.touch, minHeight: layout.touch, ml: -1 }}
          />
        )}
        <Box sx={{ display: "grid", gap: 0.75, minWidth: 0, flex: 1 }}>
          <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
            <LevelBadge level={approval.level} />
            <Typography variant="body2" sx={{ fontWeight: 600 }}>
              {approval.tool}
            </Typography>
            {isOpen ? (
              <Typography variant="caption" color="textSecondary">
                {t(`modes.${approval.mode}`)}
              </Typography>
            ) : (
              <StateBadge approval={approval} />
            )}
          </Box>
          <RouterLink
            id={rowId(approval.id)}
            to="/approvals/$approvalId"
            params={{ approvalId: approval.id }}
            search={props.search}
            aria-label={title}
            aria-current={props.isFocused ? "true" : undefined}
            underline="hover"
            sx={{
              display: "-webkit-box",
              WebkitBoxOrient: "vertical",
              WebkitLineClamp: 2,
              overflow: "hidden",
              overflowWrap: "anywhere",
              fontFamily: fonts.mono,
              fontSize: "0.84375rem",
              lineHeight: 1.6,
              py: 0.25,
              color: "text.primary",
            }}
          >
            {summary || approval.tool}
          </RouterLink>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {[approval.requester.name, approval.agent, approval.cwd].filter(Boolean).join(" · ")}
            {" · "}
            <Ago moment={approval.created_at} />
          </Typography>
          {reach.length > 0 && (
            <Typography
              variant="caption"
              color="textSecondary"
              component="p"
              sx={{ overflowWrap: "anywhere" }}
            >
              {t("reaches", { names: reach.join(", ") })}
            </Typography>
          )}
        </Box>
      </Box>
      {isOpen && (
        <Box sx={{ display: "grid", gap: 1, minWidth: { md: 232 } }}>
          <TimeLeft approval={approval} />
          {approval.may_decide ? (
            <Box sx={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 1 }}>
              <Button
                variant="outlined"
                color="error"
                aria-keyshortcuts="D"
                aria-label={t("deny_named", { title })}
                onClick={props.onDeny}
                disabled={props.isBusy}
                sx={{ minHeight: { xs: layout.touch, md: 36 } }}
              >
                {t("deny")}
                <Key name="D" />
              </Button>
              <Button
                variant="contained"
                aria-keyshortcuts="A"
                aria-label={t("approve_named", { title })}
                onClick={props.onApprove}
                disabled={props.isBusy}
                sx={{ minHeight: { xs: layout.touch, md: 36 } }}
              >
                {t("approve")}
                <Key name="A" />
              </Button>
            </Box>
          ) : (
            <Typography variant="caption" color="textSecondary">
              {t("not_yours")}
            </Typography>
          )}
        </Box>
      )}
      {props.problem ? (
        <Box sx={{ gridColumn: "1 / -1" }}>
          <ProblemPanel error={props.problem} />
        </Box>
      ) : null}
    </Box>
  )
}
