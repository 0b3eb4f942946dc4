import Box from "@mui/material/Box"
import LinearProgress from "@mui/material/LinearProgress"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { Encryption } from "@powerautomation/api-client"
import { FactList, fonts, Panel, StatusBadge, type Tone } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { encryptionQuery } from "../queries"

const tones: Record<Encryption["data_keys"][number]["state"], Tone> = {
  active: "good",
  decrypt_only: "info",
  retired: "neutral",
}

/** The keys stored secrets are encrypted with: ids, ages, rows, and how far a replacement is. Never a key. */
export function EncryptionCard() {
  const { t } = useTranslation("health")
  const query = useQuery(encryptionQuery)
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  return (
    <Panel title={t("encryption.title")} hint={t("encryption.hint")}>
      {query.data ? <Keys encryption={query.data} /> : <Skeleton variant="rounded" height={64} />}
    </Panel>
  )
}

function Keys({ encryption }: { encryption: Encryption }) {
  const { t } = useTranslation("health")
  const { count, moment, percent } = useFormat()
  const rows = encryption.data_keys.reduce((sum, key) => sum + key.rows, 0)
  const onNew = encryption.data_keys.find((key) => key.state === "active")?.rows ?? 0
  const done = rows > 0 ? (100 * onNew) / rows : 100
  const shownRows = (number: number) => {
    const text = t("encryption.rows", { count: number, formatted: count(number) })
    return encryption.complete ? text : t("encryption.atLeast", { rows: text })
  }
  return (
    <Box sx={{ display: "grid", gap: 2 }}>
      {encryption.rotating && (
        <Box>
          <Typography variant="body2" sx={{ mb: 0.75 }}>
            {t("encryption.rotating", { percent: percent(Math.floor(done)) })}
          </Typography>
          <LinearProgress variant="determinate" value={done} aria-label={t("encryption.title")} />
        </Box>
      )}
      {encryption.unknown_rows > 0 && (
        <Typography variant="body2" color="error">
          {t("encryption.unknown", {
            count: encryption.unknown_rows,
            formatted: count(encryption.unknown_rows),
          })}
        </Typography>
      )}
      <FactList
        facts={[
          {
            name: t("encryption.master"),
            value: t("encryption.since", {
              id: encryption.master_key,
              day: moment(encryption.master_key_since, "day"),
            }),
          },
          ...encryption.data_keys.map((key) => ({
            name: (
              <Box component="span" sx={{ fontFamily: fonts.mono, fontSize: "0.8125rem" }}>
                {t("encryption.data", { id: key.id })}
              </Box>
            ),
            value: (
              <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
                <StatusBadge tone={tones[key.state] ?? "neutral"}>
                  {t(`encryption.states.${key.state}`)}
                </StatusBadge>
                <span>{t("encryption.created", { day: moment(key.created_at, "day") })}</span>
                <span>{shownRows(key.rows)}</span>
              </Box>
            ),
          })),
        ]}
      />
    </Box>
  )
}
