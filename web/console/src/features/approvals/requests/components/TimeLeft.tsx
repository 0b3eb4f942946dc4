import Box from "@mui/material/Box"
import LinearProgress from "@mui/material/LinearProgress"
import type { Approval } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useNow } from "~/display"
import { timeLeft } from "../time"

/** How long it may still be answered: in figures, and as a bar that gets shorter. */
export function TimeLeft({ approval }: { approval: Approval }) {
  const { t } = useTranslation("requests")
  const left = timeLeft(approval, useNow(1000))
  const words = left.seconds > 0 ? t("time.left", { time: left.text }) : t("time.over")
  return (
    <Box sx={{ display: "flex", alignItems: "center", gap: 1, minWidth: 128 }}>
      <LinearProgress
        variant="determinate"
        value={left.percent}
        aria-label={t("time.label")}
        aria-valuetext={words}
        color={left.percent > 25 ? "primary" : left.percent > 10 ? "warning" : "error"}
        sx={{ flex: 1, minWidth: 48, height: 5, borderRadius: 3, "& span": { transition: "none" } }}
      />
      <Box
        component="span"
        className="tabular"
        sx={{ fontSize: "0.75rem", color: "text.secondary", whiteSpace: "nowrap" }}
      >
        {words}
      </Box>
    </Box>
  )
}
