import { StatusBadge, type Tone } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import type { Level } from "../draft"

const tones: Record<Level | "DENY", Tone> = {
  SAFE: "good",
  LOW: "good",
  MEDIUM: "info",
  HIGH: "warning",
  CRITICAL: "bad",
  DENY: "bad",
}

/** How risky something is, in words and colour. */
export function LevelBadge({ level }: { level: Level | "DENY" }) {
  const { t } = useTranslation("risk")
  return <StatusBadge tone={tones[level]}>{t(`levels.${level}`)}</StatusBadge>
}
