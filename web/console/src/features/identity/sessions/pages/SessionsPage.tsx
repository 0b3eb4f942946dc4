import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { LiveSession } from "@powerautomation/api-client"
import { PageHeader, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { browserOf, sessionsQuery, useEndOtherSessions, useEndSession } from "../queries"

/** Where a person is signed in, and the way to end it. */
export function SessionsPage() {
  const { t } = useTranslation("sessions")
  const query = useQuery(sessionsQuery)
  const [asking, setAsking] = useState(false)
  const endOthers = useEndOtherSessions()
  const sessions = query.data?.items ?? []
  return (
    <>
      <PageHeader
        title={t("mine.title")}
        hint={query.data && t("mine.hint", { idle: query.data.idle_days, longest: query.data.longest_days })}
        actions={
          <Button
            variant="outlined"
            color="error"
            disabled={sessions.length < 2}
            onClick={() => setAsking(true)}
          >
            {t("mine.end_others")}
          </Button>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={160} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} />
            ))}
          </Box>
        </Card>
      )}
      <ConfirmDialog
        open={asking}
        title={t("mine.end_others_title")}
        text={t("mine.end_others_text")}
        confirmLabel={t("mine.end_others")}
        pending={endOthers.isPending}
        error={endOthers.error}
        onClose={() => {
          setAsking(false)
          endOthers.reset()
        }}
        onConfirm={() =>
          endOthers.mutate(undefined, {
            onSuccess: ({ ended }) => {
              showToast(t("mine.others_ended", { count: ended }))
              setAsking(false)
            },
          })
        }
      />
    </>
  )
}

function SessionRow({ session }: { session: LiveSession }) {
  const { t } = useTranslation("sessions")
  const format = useFormat()
  const end = useEndSession()
  const name = browserOf(session.user_agent) || t("mine.unknown")
  const facts = [
    session.organization,
    session.ip && t("mine.from", { ip: session.ip }),
    session.method === "link"
      ? t("mine.by_link")
      : session.method === "passkey"
        ? t("mine.by_passkey")
        : session.method === "password"
          ? t("mine.by_password")
          : t("mine.by_provider"),
    session.factor === "totp" && t("mine.and_code"),
    session.factor === "recovery" && t("mine.and_recovery_code"),
    t("mine.began", { moment: format.moment(session.created_at, "short") }),
  ]
  const limits = [
    session.idle_ends_at < session.expires_at &&
      t("mine.idle_ends", { moment: format.moment(session.idle_ends_at, "day") }),
    t("mine.ends", { moment: format.moment(session.expires_at, "day") }),
  ]
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 240px", minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
            {session.is_this && <StatusBadge tone="good">{t("mine.this")}</StatusBadge>}
          </Box>
          <Typography variant="caption" color="textSecondary" component="p">
            {t("mine.seen")} <Ago moment={session.last_seen_at} /> · {facts.filter(Boolean).join(" · ")}
          </Typography>
          <Typography variant="caption" color="textSecondary" component="p">
            {limits.filter(Boolean).join(" · ")}
          </Typography>
        </Box>
        {!session.is_this && (
          <Button
            size="small"
            color="error"
            loading={end.isPending}
            aria-label={t("mine.end_named", { name })}
            onClick={() => end.mutate(session.id, { onSuccess: () => showToast(t("mine.ended")) })}
          >
            {t("mine.end")}
          </Button>
        )}
      </Box>
      {end.error && <ProblemPanel error={end.error} />}
    </Box>
  )
}
