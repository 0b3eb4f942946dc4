import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { Policy } from "@powerautomation/api-client"
import { CodeBlock, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Moment } from "~/display"
import { ProblemPanel } from "~/feedback"
import { versionsQuery } from "../queries"

interface HistoryDialogProps {
  policy: Policy
  /** Take an older text up again: it opens in the editor and holds once it is saved. */
  onTake: (text: string) => void
  onClose: () => void
}

/** A policy as it is and was, newest first. */
export function HistoryDialog({ policy, onTake, onClose }: HistoryDialogProps) {
  const { t } = useTranslation("policies")
  const mayWrite = useMay()("policies:write")
  const id = useId()
  const query = useQuery(versionsQuery(policy.id))
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby={id}>
      <DialogTitle id={id}>{t("history.title", { name: policy.name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 3 }}>
        {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && <Skeleton variant="rounded" height={200} />}
        {query.data?.map((one) => (
          <Box key={one.version} component="section" aria-label={t("version", { version: one.version })}>
            <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap", mb: 1 }}>
              <Typography sx={{ fontWeight: 600 }}>{t("version", { version: one.version })}</Typography>
              <StatusBadge tone={one.enabled ? "good" : "neutral"}>
                {t(one.enabled ? "on" : "off")}
              </StatusBadge>
              <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
                {one.name} · <Moment moment={one.changed_at} /> ·{" "}
                {one.changed_by_name || t(one.changed_by ? "history.somebody" : "history.command_line")}
              </Typography>
              {mayWrite && one.text !== policy.text && (
                <Button size="small" onClick={() => onTake(one.text)}>
                  {t("history.take")}
                </Button>
              )}
            </Box>
            <CodeBlock
              code={one.text.trimEnd()}
              label={t("version", { version: one.version })}
              title="Cedar"
              copyLabel={t("copy", { ns: "common" })}
              copiedLabel={t("copied", { ns: "common" })}
            />
          </Box>
        ))}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onClose}>
          {t("close", { ns: "common" })}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
