import ButtonBase from "@mui/material/ButtonBase"
import Tooltip from "@mui/material/Tooltip"
import { StatusBadge } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { useNow } from "~/display"
import { connection, useFeed } from "~/realtime"

/** Tells truthfully whether what is on the screen is live. */
export function LiveBadge() {
  const { t } = useTranslation("shell")
  const feed = useFeed()
  const now = useNow(1000)
  if (feed.connection === "live") {
    return (
      <Tooltip describeChild title={t("live.live_hint")}>
        <span>
          <StatusBadge tone="good">{t("live.live")}</StatusBadge>
        </span>
      </Tooltip>
    )
  }
  if (feed.connection === "connecting")
    return <StatusBadge tone="neutral">{t("live.connecting")}</StatusBadge>
  const seconds = Math.max(0, Math.ceil(((feed.retryAt ?? now) - now) / 1000))
  return (
    <Tooltip describeChild title={t("live.offline_hint", { count: seconds })}>
      <ButtonBase onClick={() => connection.retryNow()} sx={{ borderRadius: "6px" }}>
        <StatusBadge tone="warning">{t("live.offline")}</StatusBadge>
      </ButtonBase>
    </Tooltip>
  )
}
