import Box from "@mui/material/Box"
import Drawer from "@mui/material/Drawer"
import IconButton from "@mui/material/IconButton"
import Skeleton from "@mui/material/Skeleton"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { Approval } from "@powerautomation/api-client"
import { layout } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { X } from "lucide-react"
import { type Ref, useId } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { approvalQuery } from "../queries"
import { ApprovalDetails } from "./ApprovalDetails"
import { type Answer, type DecisionHandle, DecisionPanel } from "./DecisionPanel"

interface ApprovalDrawerProps {
  approvalId: string
  begin: "edit" | "reason" | null
  handle: Ref<DecisionHandle>
  isBusy: boolean
  problem: unknown
  onAnswer: (approval: Approval, answer: Answer) => void
  onClose: () => void
}

/** One request beside the list, on a phone instead of it; the answers stay in sight. */
export function ApprovalDrawer(props: ApprovalDrawerProps) {
  const { t } = useTranslation("requests")
  const id = useId()
  const query = useQuery(approvalQuery(props.approvalId))
  const approval = query.data
  return (
    <Drawer
      anchor="right"
      open
      onClose={props.onClose}
      slotProps={{
        paper: {
          role: "dialog",
          "aria-modal": true,
          "aria-labelledby": id,
          // The keys of the inbox work in here, too.
          ...{ "data-inbox": "" },
          sx: {
            width: { xs: "100%", md: layout.drawer },
            display: "flex",
            flexDirection: "column",
            borderLeft: { md: 1 },
            borderColor: { md: "divider" },
          },
        },
      }}
    >
      <Box
        sx={{
          display: "flex",
          alignItems: "center",
          gap: 1,
          px: { xs: 2, md: 3 },
          py: 1,
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Typography variant="h2" id={id} sx={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>
          {approval ? t("detail.title", { tool: approval.tool }) : t("title")}
        </Typography>
        <Tooltip title={t("close", { ns: "common" })}>
          <IconButton
            onClick={props.onClose}
            aria-label={t("close", { ns: "common" })}
            autoFocus={props.begin === null}
            sx={{ minWidth: layout.touch, minHeight: layout.touch }}
          >
            <X size={18} />
          </IconButton>
        </Tooltip>
      </Box>
      {/* Another request begins at its top. */}
      <Box
        key={props.approvalId}
        sx={{ flex: "1 1 0", minHeight: 160, overflowY: "auto", p: { xs: 2, md: 3 } }}
      >
        {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && (
          <Box sx={{ display: "grid", gap: 2 }} aria-hidden>
            {[40, 120, 160, 110].map((height) => (
              <Skeleton key={height} variant="rounded" height={height} />
            ))}
          </Box>
        )}
        {approval && <ApprovalDetails approval={approval} />}
      </Box>
      {approval && (approval.may_decide || Boolean(props.problem)) && (
        <Box
          sx={{
            flex: "0 0 auto",
            maxHeight: "70%",
            overflowY: "auto",
            p: { xs: 2, md: 3 },
            pb: { xs: "calc(16px + env(safe-area-inset-bottom))", md: 3 },
            borderTop: 1,
            borderColor: "divider",
            bgcolor: "background.raised",
          }}
        >
          {approval.may_decide ? (
            <DecisionPanel
              key={approval.id}
              approval={approval}
              isBusy={props.isBusy}
              problem={props.problem}
              begin={props.begin}
              handle={props.handle}
              onAnswer={(answer) => props.onAnswer(approval, answer)}
            />
          ) : (
            <ProblemPanel error={props.problem} />
          )}
        </Box>
      )}
    </Drawer>
  )
}
