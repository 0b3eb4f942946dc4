import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import { EmptyState } from "@powerautomation/design"
import { useInfiniteQuery } from "@tanstack/react-query"
import { ShieldCheck } from "lucide-react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"
import { listQuery } from "../queries"
import type { ApprovalSearch } from "../search"
import { ApprovalRow } from "./ApprovalRow"

const nothing = () => undefined

/** What became of requests, newest first; they are answered in the list of those that wait. */
export function HistoryList({ search }: { search: ApprovalSearch }) {
  const { t } = useTranslation("requests")
  const query = useInfiniteQuery(listQuery(search))
  const found = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.error && !query.data)
    return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />
  return (
    <Card>
      {found.length === 0 && (
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
      <Box component="ul" aria-label={t("history.list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
        {found.map((approval) => (
          <ApprovalRow
            key={approval.id}
            approval={{ ...approval, may_decide: false }}
            search={search}
            isFocused={false}
            isSelected={false}
            isBusy={false}
            problem={null}
            onFocus={nothing}
            onSelect={nothing}
            onApprove={nothing}
            onDeny={nothing}
          />
        ))}
      </Box>
      {query.hasNextPage && (
        <Box sx={{ p: 2, textAlign: "center", borderTop: 1, borderColor: "divider" }}>
          <Button
            color="inherit"
            onClick={() => void query.fetchNextPage()}
            loading={query.isFetchingNextPage}
          >
            {t("more")}
          </Button>
        </Box>
      )}
    </Card>
  )
}
