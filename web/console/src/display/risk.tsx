import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { RiskAnswer } from "@powerautomation/api-client"
import { fonts, StatusBadge, type Tone } from "@powerautomation/design"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { reasonText } from "./riskWords"

type Level = RiskAnswer["level"] | "DENY"

const tones: Record<Level, Tone> = {
  SAFE: "good",
  LOW: "good",
  MEDIUM: "info",
  HIGH: "warning",
  CRITICAL: "bad",
  DENY: "bad",
}

/** How risky something is, in words and colour. */
export function LevelBadge({ level }: { level: Level }) {
  const { t } = useTranslation("risk")
  return <StatusBadge tone={tones[level]}>{t(`levels.${level}`)}</StatusBadge>
}

/** Why something is as risky as it is, by which rules, what would run and what it would reach. */
export function RiskDetails({ found }: { found: Omit<RiskAnswer, "demand"> }) {
  const { t } = useTranslation("risk")
  const reasons = found.reasons.filter((one) => one.code !== "tool")
  return (
    <>
      {found.reversible === false && <Alert severity="warning">{t("verdict.irreversible")}</Alert>}
      {reasons.length > 0 && (
        <Part title={t("verdict.reasons")}>
          {reasons.map((reason) => (
            <Line key={`${reason.rule} ${reason.code} ${reason.values.join(" ")}`}>
              <LevelBadge level={reason.level} />
              <Box sx={{ minWidth: 0, flex: 1 }}>
                <Typography variant="body2" sx={{ overflowWrap: "anywhere" }}>
                  {reasonText(reason, t)}
                </Typography>
                <Typography
                  variant="caption"
                  color="textSecondary"
                  sx={{ fontFamily: fonts.mono, overflowWrap: "anywhere" }}
                >
                  {reason.rule}
                </Typography>
              </Box>
            </Line>
          ))}
        </Part>
      )}
      {found.commands.length > 0 && (
        <Part title={t("verdict.commands")}>
          {found.commands.map((command, index) => (
            <Typography
              component="li"
              // biome-ignore lint/suspicious/noArrayIndexKey: the same command may run twice
              key={index}
              variant="body2"
              sx={{ fontFamily: fonts.mono, fontSize: 13, pl: command.depth * 2, overflowWrap: "anywhere" }}
            >
              {command.words.join(" ")}
            </Typography>
          ))}
        </Part>
      )}
      {found.touches.length > 0 && (
        <Part title={t("verdict.touches")}>
          {found.touches.map((touch) => (
            <Line key={`${touch.kind} ${touch.how} ${touch.name}`}>
              <Typography variant="body2" color="textSecondary" sx={{ minWidth: 84 }}>
                {t(`how.${touch.how as "read"}`, { defaultValue: touch.how })}
              </Typography>
              <Typography
                variant="body2"
                sx={{ fontFamily: fonts.mono, fontSize: 13, overflowWrap: "anywhere", minWidth: 0 }}
              >
                {touch.name}
              </Typography>
              {touch.zone && (
                <Typography variant="caption" color="textSecondary">
                  {t(`zones.${touch.zone as "workspace"}`, { defaultValue: touch.zone })}
                </Typography>
              )}
            </Line>
          ))}
        </Part>
      )}
      {found.version && (
        <Typography variant="caption" color="textSecondary">
          {t("verdict.version", { version: found.version })}
        </Typography>
      )}
    </>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="section" aria-label={title} sx={{ minWidth: 0 }}>
      <Typography component="h3" variant="body2" sx={{ fontWeight: 600, mb: 0.75 }}>
        {title}
      </Typography>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 0.75 }}>
        {children}
      </Box>
    </Box>
  )
}

function Line({ children }: { children: ReactNode }) {
  return (
    <Box component="li" sx={{ display: "flex", gap: 1.25, alignItems: "flex-start", minWidth: 0 }}>
      {children}
    </Box>
  )
}
