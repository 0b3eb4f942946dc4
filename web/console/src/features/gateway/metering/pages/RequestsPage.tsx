import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import { useTheme } from "@mui/material/styles"
import useMediaQuery from "@mui/material/useMediaQuery"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useInfiniteQuery } from "@tanstack/react-query"
import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { ListTree, Pause, Play } from "lucide-react"
import { useEffect, useMemo, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"
import { type Feed, useFeed } from "~/realtime"
import { RequestFilters } from "../components/RequestFilters"
import { RequestCards, RequestTable } from "../components/RequestRows"
import { RunningRequests } from "../components/RunningRequests"
import { countFilters, mergeArrivals } from "../filter"
import { requestsQuery } from "../queries"

/** Every request, live: running ones on top, finished ones newest first. */
export function RequestsPage() {
  const { t } = useTranslation("metering")
  const filter = useSearch({ from: "/signed-in/requests" })
  const { requestId } = useParams({ strict: false })
  const navigate = useNavigate()
  const theme = useTheme()
  const wide = useMediaQuery(theme.breakpoints.up("md"))
  const live = useFeed()
  const [frozen, setFrozen] = useState<Feed | null>(null)
  const feed = frozen ?? live
  const query = useInfiniteQuery(requestsQuery(filter))
  const pages = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data])
  const requests = useMemo(
    () => mergeArrivals(feed.completed, pages, filter, query.hasNextPage),
    [feed.completed, pages, filter, query.hasNextPage],
  )
  const filtered = countFilters(filter) > 0
  const missed = frozen ? live.completedCount - frozen.completedCount : 0
  const pause = () => setFrozen(live)
  const resume = () => setFrozen(null)

  return (
    <>
      <PageHeader title={t("requests.title")} hint={t("requests.hint")} />
      <RequestFilters
        filter={filter}
        onChange={(next) => void navigate({ to: "/requests", search: next, replace: true })}
      >
        <Button
          variant="outlined"
          color="inherit"
          aria-pressed={frozen !== null}
          startIcon={frozen ? <Play size={16} /> : <Pause size={16} />}
          onClick={frozen ? resume : pause}
        >
          {frozen
            ? missed > 0
              ? t("requests.resume_count", { count: missed })
              : t("requests.resume")
            : t("requests.pause")}
        </Button>
      </RequestFilters>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={480} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {!filtered && <RunningRequests running={feed.running} />}
          {requests.length > 0 &&
            (wide ? (
              <RequestTable requests={requests} filter={filter} openId={requestId} />
            ) : (
              <RequestCards requests={requests} filter={filter} />
            ))}
          {requests.length === 0 && (
            <EmptyState
              icon={<ListTree size={24} />}
              title={filtered ? t("requests.none_match") : t("requests.none")}
              text={filtered ? t("requests.none_match_text") : t("requests.none_text")}
              action={
                filtered ? (
                  <RouterButton to="/requests" search={{}} variant="contained">
                    {t("filters.clear")}
                  </RouterButton>
                ) : (
                  <RouterButton to="/get-started" variant="contained">
                    {t("overview.empty_action")}
                  </RouterButton>
                )
              }
            />
          )}
          {query.hasNextPage && (
            <More
              onMore={() => void query.fetchNextPage()}
              loading={query.isFetchingNextPage}
              label={t("requests.more")}
            />
          )}
        </Card>
      )}
      <Outlet />
    </>
  )
}

/** Loads the next page when it comes into sight; the button is there for keyboards. */
function More({ onMore, loading, label }: { onMore: () => void; loading: boolean; label: string }) {
  const box = useRef<HTMLDivElement>(null)
  const more = useRef(onMore)
  more.current = onMore
  useEffect(() => {
    const element = box.current
    if (!element || loading) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) more.current()
      },
      { rootMargin: "400px" },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [loading])
  return (
    <Box ref={box} sx={{ p: 2, textAlign: "center", borderTop: 1, borderColor: "divider" }}>
      <Button color="inherit" onClick={onMore} loading={loading}>
        {label}
      </Button>
    </Box>
  )
}
