import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import Switch from "@mui/material/Switch"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { Environment, Flag } from "@powerautomation/api-client"
import { StatusBadge, StatusDot } from "@powerautomation/design"
import { Eye, FlaskConical, Pencil, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { environments } from "../draft"

interface FlagRowProps {
  flag: Flag
  environment: Environment
  mayWrite: boolean
  pending: boolean
  onFlip: (isOn: boolean) => void
  onOpen: () => void
  onTry: () => void
  onRemove: () => void
}

/** One flag: whether it is on here and elsewhere, whose it is, and its kill switch. */
export function FlagRow({
  flag,
  environment,
  mayWrite,
  pending,
  onFlip,
  onOpen,
  onTry,
  onRemove,
}: FlagRowProps) {
  const { t } = useTranslation("flags")
  const format = useFormat()
  const isOn = flag.environments[environment]?.is_on ?? false
  const words = t as unknown as (key: string, values: { defaultValue: string }) => string
  const described = flag.built_in
    ? words(`built_in.${flag.key.replaceAll(/[.-]/g, "_")}`, { defaultValue: flag.description })
    : flag.description
  return (
    <Box
      component="li"
      sx={{
        px: { xs: 2, sm: 2.5 },
        py: 1.75,
        display: "grid",
        gridTemplateColumns: { xs: "auto minmax(0, 1fr)", md: "auto minmax(0, 1fr) 220px auto" },
        columnGap: 1.5,
        rowGap: 0.75,
        alignItems: "center",
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <Tooltip
        title={t(isOn ? "switch_off" : "switch_on", { environment: t(`environments.${environment}`) })}
      >
        <Switch
          checked={isOn}
          disabled={!mayWrite || pending}
          onChange={(event) => onFlip(event.target.checked)}
          slotProps={{ input: { "aria-label": t("switch_label", { key: flag.key }) } }}
        />
      </Tooltip>
      <Box sx={{ minWidth: 0 }}>
        <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
          <Typography sx={{ fontWeight: 600, fontFamily: "monospace", overflowWrap: "anywhere" }}>
            {flag.key}
          </Typography>
          {flag.built_in && <StatusBadge tone="info">{t("badges.built_in")}</StatusBadge>}
          {flag.shared && !flag.built_in && <StatusBadge tone="neutral">{t("badges.shared")}</StatusBadge>}
          {flag.expired && <StatusBadge tone="warning">{t("badges.expired")}</StatusBadge>}
        </Box>
        {described && (
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {described}
          </Typography>
        )}
      </Box>
      <Box sx={{ gridColumn: { xs: "2", md: "auto" } }}>
        <Typography variant="body2" component="div" sx={{ display: "flex", gap: 1.25, flexWrap: "wrap" }}>
          {environments.map((one) => {
            const on = flag.environments[one]?.is_on ?? false
            return (
              <Box key={one} component="span" sx={{ display: "inline-flex", gap: 0.5, alignItems: "center" }}>
                <StatusDot tone={on ? "good" : "neutral"} />
                {t(`short.${one}`)} {t(on ? "on" : "off")}
              </Box>
            )
          })}
        </Typography>
        <Typography variant="caption" color="textSecondary" component="p">
          {[
            flag.owner_name && t("owner", { name: flag.owner_name }),
            flag.expires_on && t("until", { day: format.moment(`${flag.expires_on}T12:00:00Z`, "day") }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Typography>
      </Box>
      <Box
        sx={{
          gridColumn: { xs: "2", md: "auto" },
          display: "flex",
          justifyContent: { md: "flex-end" },
          minWidth: { md: 108 },
          ml: { xs: -1, md: 0 },
        }}
      >
        <Tooltip title={t("try.action")}>
          <IconButton onClick={onTry} aria-label={t("try.title", { key: flag.key })}>
            <FlaskConical size={17} />
          </IconButton>
        </Tooltip>
        <Tooltip title={t(mayWrite ? "edit" : "show", { key: flag.key })}>
          <IconButton onClick={onOpen} aria-label={t(mayWrite ? "edit" : "show", { key: flag.key })}>
            {mayWrite ? <Pencil size={17} /> : <Eye size={17} />}
          </IconButton>
        </Tooltip>
        {mayWrite && !flag.built_in && (
          <Tooltip title={t("remove.action")}>
            <IconButton onClick={onRemove} aria-label={t("remove.title", { key: flag.key })}>
              <Trash2 size={17} />
            </IconButton>
          </Tooltip>
        )}
      </Box>
    </Box>
  )
}
