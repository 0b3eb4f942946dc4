import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Quota } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"

const MEGABYTE = 1024 * 1024

/** How much of a quota is used, as a bar and in words. */
export function QuotaBar({ quota }: { quota: Quota }) {
  const { t } = useTranslation("organizations")
  const format = useFormat()
  const told = (amount: number) =>
    quota.measure === "bytes"
      ? `${format.count(Math.round((amount / MEGABYTE) * 10) / 10)} MB`
      : format.count(amount)
  const name = t(`quotas.of.${quota.resource}` as "quotas.of.people")
  const text = t("quotas.used", {
    used: told(quota.used),
    amount: told(quota.amount),
    percent: format.percent(quota.percent),
  })
  const more = [quota.is_own && t("quotas.own"), !quota.refuses && t("quotas.rolls")].filter(Boolean)
  const color = quota.is_near ? (quota.percent >= 100 ? "error.main" : "warning.main") : "primary.main"
  return (
    <Box sx={{ minWidth: 0 }}>
      <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
        {name}
      </Typography>
      <Box
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, quota.percent)}
        aria-valuetext={text}
        sx={{ mt: 0.5, height: 8, borderRadius: "4px", bgcolor: "background.sunken", overflow: "hidden" }}
      >
        <Box
          sx={{
            height: "100%",
            width: `${Math.min(100, quota.percent)}%`,
            minWidth: quota.used ? 3 : 0,
            bgcolor: color,
          }}
        />
      </Box>
      <Typography variant="caption" color="textSecondary" component="p" className="tabular" sx={{ mt: 0.5 }}>
        {[text, ...more].join(" · ")}
      </Typography>
    </Box>
  )
}
