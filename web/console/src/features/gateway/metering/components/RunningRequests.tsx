import Box from "@mui/material/Box"
import CircularProgress from "@mui/material/CircularProgress"
import Typography from "@mui/material/Typography"
import type { RunningRequest } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useNow } from "~/display"
import { useFormat } from "~/i18n/useFormat"

/** More would push the finished ones off the screen. */
const SHOWN = 8

/** What the gateway is working on right now. */
export function RunningRequests({ running }: { running: readonly RunningRequest[] }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const now = useNow(500)
  if (running.length === 0) return null
  return (
    <Box
      component="section"
      aria-label={t("running.title")}
      sx={{
        borderBottom: 1,
        borderColor: "divider",
        bgcolor: "ledger.accentSoft",
        "& > * + *": { borderTop: 1, borderColor: "divider" },
      }}
    >
      {running.slice(0, SHOWN).map((request) => (
        <Box
          key={request.id}
          sx={{
            display: "flex",
            alignItems: "center",
            gap: 1.5,
            px: { xs: 2, md: 2.5 },
            py: 1,
            fontSize: "0.84375rem",
            minWidth: 0,
          }}
        >
          <CircularProgress size={14} thickness={6} aria-hidden />
          <Box
            sx={{ flex: 1, minWidth: 0, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}
          >
            <Box component="span" sx={{ fontWeight: 560 }}>
              {request.requested_model}
            </Box>
            {request.deployment && (
              <Box component="span" sx={{ color: "text.secondary" }}>
                {" → "}
                {request.deployment}
              </Box>
            )}
          </Box>
          <Typography variant="caption" color="textSecondary">
            {t(`running.${request.state}`)}
          </Typography>
          <Typography
            variant="caption"
            className="tabular"
            sx={{ minWidth: 56, textAlign: "right", whiteSpace: "nowrap" }}
          >
            {format.duration(Math.max(0, Math.round((now - Date.parse(request.started_at)) / 100) * 100))}
          </Typography>
        </Box>
      ))}
      {running.length > SHOWN && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ px: 2, py: 0.75 }}>
          {t("running.further", { count: running.length - SHOWN })}
        </Typography>
      )}
    </Box>
  )
}
