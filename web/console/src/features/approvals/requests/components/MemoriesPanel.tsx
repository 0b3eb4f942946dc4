import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import { layout, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Undo2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Ago, LevelBadge, RouterLink } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { memoriesQuery, useForget } from "../queries"

/** The remembered answers: what each says yes to, for whom, how often it did, and the way to take it back. */
export function MemoriesPanel() {
  const { t } = useTranslation("requests")
  const query = useQuery(memoriesQuery)
  const forget = useForget()
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  return (
    <Panel title={t("memories.title")} hint={t("memories.hint")} flush>
      {forget.error ? (
        <Box sx={{ px: 2.5, pb: 2 }}>
          <ProblemPanel error={forget.error} />
        </Box>
      ) : null}
      {query.data?.length === 0 && (
        <Typography variant="body2" color="textSecondary" sx={{ px: 2.5, pb: 2.5 }}>
          {t("memories.none")}
        </Typography>
      )}
      <Box component="ul" aria-label={t("memories.title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
        {(query.data ?? []).map((memory) => (
          <Box
            component="li"
            key={memory.id}
            sx={{
              display: "flex",
              flexWrap: "wrap",
              gap: 1.5,
              alignItems: "center",
              px: 2.5,
              py: 1.5,
              borderTop: 1,
              borderColor: "divider",
            }}
          >
            <Box sx={{ flex: "1 1 260px", minWidth: 0 }}>
              <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
                <LevelBadge level={memory.level} />
                <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
                  {memory.tool}
                </Typography>
                <Typography variant="body2">{t(`remember.${memory.scope}`)}</Typography>
              </Box>
              <Typography variant="caption" color="textSecondary" component="p">
                {t("memories.about", {
                  requester: memory.requester_name,
                  name: memory.person_name || memory.person_id,
                })}
                {" · "}
                <Ago moment={memory.created_at} />
                {" · "}
                {t("memories.used", { count: memory.used })}
              </Typography>
              <RouterLink
                to="/approvals/$approvalId"
                params={{ approvalId: memory.approval_id }}
                variant="caption"
                sx={{ display: "inline-block", py: 0.5 }}
              >
                {t("memories.from")}
              </RouterLink>
            </Box>
            <Button
              color="inherit"
              variant="outlined"
              startIcon={<Undo2 size={16} />}
              aria-label={t("memories.forget_named", { tool: memory.tool, requester: memory.requester_name })}
              loading={forget.isPending && forget.variables === memory.id}
              onClick={() =>
                forget.mutate(memory.id, { onSuccess: () => showToast(t("memories.forgotten")) })
              }
              sx={{ minHeight: { xs: layout.touch, md: 36 } }}
            >
              {t("memories.forget")}
            </Button>
          </Box>
        ))}
      </Box>
    </Panel>
  )
}
