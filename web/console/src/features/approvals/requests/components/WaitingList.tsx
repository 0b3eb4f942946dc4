import Box from "@mui/material/Box"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { Approval, ApprovalPage } from "@powerautomation/api-client"
import { CodeBlock, EmptyState } from "@powerautomation/design"
import type { UseQueryResult } from "@tanstack/react-query"
import { ShieldCheck } from "lucide-react"
import type { MouseEvent, ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"
import type { Deciding } from "../deciding"
import type { ApprovalSearch } from "../search"
import type { FocusedRow } from "../useFocusedRow"
import { ApprovalRow } from "./ApprovalRow"

const CONNECT = "powerautomation connect claude-code"

interface WaitingListProps {
  query: UseQueryResult<ApprovalPage>
  waiting: readonly Approval[]
  search: ApprovalSearch
  row: FocusedRow
  deciding: Deciding
  chosen: ReadonlySet<string>
  onSelect: (approval: Approval) => void
  onApprove: (approval: Approval) => void
  onDeny: (approval: Approval) => void
  /** What stands above the list while several are chosen. */
  children: ReactNode
}

/** The requests that wait, newest first; when there are none, how an agent begins to ask. */
export function WaitingList(props: WaitingListProps) {
  const { t } = useTranslation("requests")
  const { query, waiting, row, deciding } = props
  if (query.error && !query.data)
    return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />
  // A click is for what was under the pointer when the person saw it, not for what has just moved there.
  const settled = (work: () => void) => (event: MouseEvent) => {
    if (event.detail === 0 ? row.isSettled() : row.isStill()) work()
  }
  return (
    <Box>
      {props.children}
      <Card>
        {waiting.length === 0 && !props.search.level && (
          <EmptyState
            icon={<ShieldCheck size={24} />}
            title={t("empty.title")}
            text={t("empty.text")}
            action={
              <Box sx={{ textAlign: "left" }}>
                <CodeBlock
                  code={CONNECT}
                  label={t("empty.command")}
                  title={t("empty.command")}
                  copyLabel={t("empty.copy")}
                  copiedLabel={t("copied", { ns: "common" })}
                />
              </Box>
            }
          />
        )}
        {waiting.length === 0 && props.search.level && (
          <EmptyState
            icon={<ShieldCheck size={24} />}
            title={t("empty.no_match")}
            text={t("empty.no_match_text")}
            action={
              <RouterButton to="/approvals" search={{}} variant="contained">
                {t("filters.clear")}
              </RouterButton>
            }
          />
        )}
        <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
          {waiting.map((approval) => (
            <ApprovalRow
              key={approval.id}
              approval={approval}
              search={props.search}
              isFocused={row.current === approval.id}
              isSelected={props.chosen.has(approval.id)}
              isBusy={deciding.busy.has(approval.id)}
              problem={deciding.problems[approval.id]}
              onFocus={() => row.noticed(approval.id)}
              onSelect={() => props.onSelect(approval)}
              onApprove={settled(() => props.onApprove(approval))}
              onDeny={settled(() => props.onDeny(approval))}
            />
          ))}
        </Box>
      </Card>
    </Box>
  )
}
