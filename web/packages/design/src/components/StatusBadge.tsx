import Box from "@mui/material/Box"
import type { ReactNode } from "react"

export type Tone = "good" | "bad" | "warning" | "neutral" | "info" | "busy"

const toneColor: Record<Tone, string> = {
  good: "success.main",
  bad: "error.main",
  warning: "warning.main",
  neutral: "text.secondary",
  info: "info.main",
  busy: "primary.main",
}

const toneGround: Record<Tone, string> = {
  good: "ledger.accentSoft",
  bad: "ledger.dangerSoft",
  warning: "ledger.warningSoft",
  neutral: "background.sunken",
  info: "ledger.infoSoft",
  busy: "ledger.accentSoft",
}

/** A dot of a colour; the words beside it carry the meaning. `busy` breathes. */
export function StatusDot({ tone, size = 8 }: { tone: Tone; size?: number }) {
  return (
    <Box
      component="span"
      aria-hidden
      sx={{
        display: "inline-block",
        width: size,
        height: size,
        borderRadius: "50%",
        bgcolor: toneColor[tone],
        flexShrink: 0,
        ...(tone === "busy" && {
          animation: "pa-breathe 1.6s ease-in-out infinite",
          "@keyframes pa-breathe": { "0%, 100%": { opacity: 1 }, "50%": { opacity: 0.35 } },
        }),
      }}
    />
  )
}

/** A short state in words on a soft ground of its tone. */
export function StatusBadge({ tone, children, icon }: { tone: Tone; children: ReactNode; icon?: ReactNode }) {
  return (
    <Box
      component="span"
      sx={{
        display: "inline-flex",
        alignItems: "center",
        gap: 0.75,
        px: 1,
        py: 0.25,
        borderRadius: "6px",
        bgcolor: toneGround[tone],
        color: toneColor[tone],
        fontSize: "0.75rem",
        lineHeight: 1.5,
        fontWeight: 550,
        whiteSpace: "nowrap",
      }}
    >
      {icon ?? <StatusDot tone={tone} size={7} />}
      {children}
    </Box>
  )
}
