import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Chip from "@mui/material/Chip"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { Limit } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Gauge, Plus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { describeProblem, ProblemPanel, showToast } from "~/feedback"
import { LimitDialog } from "../components/LimitDialog"
import { LimitRow } from "../components/LimitRow"
import { limitsQuery, restoreLimit, subjectsQuery, useRemoveLimit } from "../queries"
import { useWords } from "../useWords"

/** What keys, projects, people and the organization may use, and how much of it is used. */
export function LimitsPage() {
  const { t } = useTranslation("limits")
  const { t: common, i18n } = useTranslation()
  const { add, key } = useSearch({ from: "/signed-in/limits" })
  const navigate = useNavigate()
  const query = useQuery(limitsQuery)
  const apiKeys = useQuery(subjectsQuery)
  const words = useWords()
  const remove = useRemoveLimit()
  const [editing, setEditing] = useState<Limit | null>(null)
  const openAdd = () => void navigate({ to: "/limits", search: { add: true, key } })
  const complain = (error: unknown) => {
    const problem = describeProblem(error, common, i18n.language)
    showToast(`${problem.message} ${problem.action}`.trim(), { tone: "error" })
  }
  const removeWithUndo = (limit: Limit) =>
    remove.mutate(limit.id, {
      onSuccess: () =>
        showToast(t("remove.done", { name: words.limit(limit) }), {
          action: {
            label: t("undo", { ns: "common" }),
            run: () => void restoreLimit(limit.id).catch(complain),
          },
        }),
      onError: complain,
    })
  const all = query.data?.items ?? []
  const shown = key ? all.filter((limit) => limit.subject_kind === "key" && limit.subject_id === key) : all
  const addButton = (
    <Allowed permission="limits:write">
      <Button variant="contained" startIcon={<Plus size={17} />} onClick={openAdd}>
        {t("add.title")}
      </Button>
    </Allowed>
  )
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} actions={addButton} />
      {key && (
        <Box sx={{ mb: 2 }}>
          <Chip
            label={t("for.key", { name: apiKeys.data?.find((one) => one.id === key)?.name ?? key })}
            onDelete={() => void navigate({ to: "/limits", search: {} })}
          />
        </Box>
      )}
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={220} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {shown.length === 0 ? (
            <EmptyState
              icon={<Gauge size={24} />}
              title={t("empty.title")}
              text={t("empty.text")}
              action={
                <Allowed permission="limits:write">
                  <Button variant="contained" onClick={openAdd}>
                    {t("add.title")}
                  </Button>
                </Allowed>
              }
            />
          ) : (
            <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
              {shown.map((limit) => (
                <LimitRow
                  key={limit.id}
                  limit={limit}
                  onEdit={() => setEditing(limit)}
                  onRemove={() => removeWithUndo(limit)}
                />
              ))}
            </Box>
          )}
        </Card>
      )}
      {query.data && shown.length > 0 && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1.5 }}>
          {t("time_zone", { zone: query.data.time_zone })}
        </Typography>
      )}
      {add && (
        <LimitDialog
          limit={null}
          keyId={key}
          onClose={() => void navigate({ to: "/limits", search: { key } })}
        />
      )}
      {editing && <LimitDialog limit={editing} onClose={() => setEditing(null)} />}
    </>
  )
}
