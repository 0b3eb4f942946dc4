import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import { useTheme } from "@mui/material/styles"
import Typography from "@mui/material/Typography"
import useMediaQuery from "@mui/material/useMediaQuery"
import type { AuditEvent } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useInfiniteQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Download, ScrollText } from "lucide-react"
import { useCallback, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api, basePath } from "~/server"
import { AuditFilters } from "../components/AuditFilters"
import { EventDetails } from "../components/EventDetails"
import { EventCards, EventTable } from "../components/EventRows"
import { StreamsPanel } from "../components/StreamsPanel"
import { type AuditSearch, countFilters, filterOf } from "../filter"
import { auditEventsQuery } from "../queries"

/** Who did what, newest first, and what was refused. */
export function AuditPage() {
  const { t } = useTranslation("audit")
  const format = useFormat()
  const search = useSearch({ from: "/signed-in/audit" })
  const navigate = useNavigate()
  const theme = useTheme()
  const wide = useMediaQuery(theme.breakpoints.up("md"))
  const [opened, setOpened] = useState<AuditEvent | null>(null)
  const query = useInfiniteQuery(auditEventsQuery(search))
  const events = query.data?.pages.flatMap((page) => page.items) ?? []
  const searchedUntil = query.data?.pages.at(-1)?.searched_until ?? null
  const filtered = countFilters(search) > 0
  const change = useCallback(
    (next: AuditSearch) => void navigate({ to: "/audit", search: next, replace: true }),
    [navigate],
  )
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={(["csv", "jsonl"] as const).map((form) => (
          <Button
            key={form}
            variant="outlined"
            color="inherit"
            startIcon={<Download size={16} />}
            href={basePath + api.audit.exportPath(filterOf(search), form)}
            download
          >
            {t(`export.${form}`)}
          </Button>
        ))}
      />
      <StreamsPanel />
      <AuditFilters search={search} onChange={change} />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={480} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {events.length > 0 &&
            (wide ? (
              <EventTable events={events} onOpen={setOpened} />
            ) : (
              <EventCards events={events} onOpen={setOpened} />
            ))}
          {events.length === 0 && (
            <EmptyState
              icon={<ScrollText size={24} />}
              title={filtered ? t("none_match") : t("none")}
              text={filtered ? t("none_match_text") : t("none_text")}
              action={
                filtered && (
                  <Button variant="contained" onClick={() => change({})}>
                    {t("filters.clear")}
                  </Button>
                )
              }
            />
          )}
          {query.hasNextPage && (
            <Box sx={{ p: 2, textAlign: "center", borderTop: 1, borderColor: "divider" }}>
              {searchedUntil && (
                <Typography variant="caption" color="textSecondary" component="p" sx={{ mb: 1 }}>
                  {t("searched_until", { moment: format.moment(searchedUntil, "full") })}
                </Typography>
              )}
              <Button
                color="inherit"
                onClick={() => void query.fetchNextPage()}
                loading={query.isFetchingNextPage}
              >
                {searchedUntil ? t("search_further") : t("more")}
              </Button>
            </Box>
          )}
        </Card>
      )}
      {opened && (
        <EventDetails
          event={opened}
          onClose={() => setOpened(null)}
          onFilter={(next) => {
            setOpened(null)
            change(next)
          }}
        />
      )}
    </>
  )
}
