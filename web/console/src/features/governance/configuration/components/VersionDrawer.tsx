import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Drawer from "@mui/material/Drawer"
import IconButton from "@mui/material/IconButton"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { ConfigurationVersion } from "@powerautomation/api-client"
import { CodeBlock, layout, SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { X } from "lucide-react"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { useRestore, versionQuery } from "../queries"
import { useVersionWords } from "../useVersionWords"
import { Differences } from "./Differences"

/** One version beside the list: what it changed, how it differs from now, and the way back. */
export function VersionDrawer({ version, onClose }: { version: ConfigurationVersion; onClose: () => void }) {
  const { t } = useTranslation("configuration")
  const words = useVersionWords()
  const format = useFormat()
  const id = useId()
  const [reason, setReason] = useState("")
  const query = useQuery(versionQuery(version))
  const restore = useRestore()
  const detail = query.data
  const name = words.name(version)
  const submit = () =>
    restore.mutate(
      { version, reason: reason.trim() },
      {
        onSuccess: () => {
          showToast(t("restore.done", { name, number: version.number }))
          onClose()
        },
      },
    )
  return (
    <Drawer
      anchor="right"
      open
      onClose={onClose}
      slotProps={{
        paper: {
          role: "dialog",
          "aria-modal": true,
          "aria-labelledby": id,
          sx: { width: { xs: "100%", md: layout.drawer } },
        },
      }}
    >
      <Box
        sx={{
          position: "sticky",
          top: 0,
          zIndex: 1,
          display: "flex",
          alignItems: "center",
          gap: 1,
          px: { xs: 2, md: 3 },
          py: 1.5,
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Typography variant="h2" id={id} sx={{ overflowWrap: "anywhere" }}>
            {name} · {t("version", { number: version.number })}
          </Typography>
          <Typography variant="caption" color="textSecondary">
            {words.kind(version.kind)} · {words.author(version)} · {format.moment(version.at, "full")}
          </Typography>
        </Box>
        <Tooltip title={t("close", { ns: "common" })}>
          <IconButton onClick={onClose} aria-label={t("close", { ns: "common" })} autoFocus>
            <X size={18} />
          </IconButton>
        </Tooltip>
      </Box>
      <Box sx={{ p: { xs: 2, md: 3 }, display: "grid", gap: 3 }}>
        {version.reason && <Typography variant="body2">{version.reason}</Typography>}
        <Box component="section">
          <Typography variant="h3" sx={{ mb: 1 }}>
            {t("detail.what")}
          </Typography>
          {version.action === "configuration.found" ? (
            <Typography variant="body2" color="textSecondary">
              {t("detail.nothing")}
            </Typography>
          ) : (
            <Differences items={version.differences} />
          )}
        </Box>
        {query.error && <ProblemPanel error={query.error} />}
        {query.isPending && <Skeleton variant="rounded" height={160} />}
        {detail && (
          <Box component="section">
            <Typography variant="h3" sx={{ mb: 1 }}>
              {t("detail.since")}
            </Typography>
            {detail.since.length > 0 ? (
              <Differences items={detail.since} />
            ) : (
              <Typography variant="body2" color="textSecondary">
                {t("detail.same")}
              </Typography>
            )}
          </Box>
        )}
        {detail && detail.since.length > 0 && version.restorable && (
          <SafeForm onSubmit={submit}>
            <Box sx={{ display: "grid", gap: 1.5 }}>
              {restore.error && <ProblemPanel error={restore.error} />}
              <TextField
                label={t("restore.reason")}
                helperText={t("restore.hint")}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
                slotProps={{ htmlInput: { maxLength: 2000 } }}
              />
              <Button
                type="submit"
                variant="contained"
                loading={restore.isPending}
                sx={{ justifySelf: "start" }}
              >
                {t("restore.action")}
              </Button>
            </Box>
          </SafeForm>
        )}
        {detail?.state && (
          <Box component="section">
            <Typography variant="h3" sx={{ mb: 1 }}>
              {t("detail.state")}
            </Typography>
            <CodeBlock
              code={JSON.stringify(detail.state, null, 2)}
              label={t("detail.state")}
              title="JSON"
              copyLabel={t("copy", { ns: "common" })}
              copiedLabel={t("copied", { ns: "common" })}
            />
          </Box>
        )}
      </Box>
    </Drawer>
  )
}
