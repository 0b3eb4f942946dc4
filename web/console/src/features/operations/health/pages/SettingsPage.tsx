import Box from "@mui/material/Box"
import InputAdornment from "@mui/material/InputAdornment"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Setting } from "@powerautomation/api-client"
import { fonts, PageHeader, Panel, StatusBadge, type Tone } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Search } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { EncryptionCard } from "../components/EncryptionCard"
import { settingsQuery } from "../queries"
import { groupSettings, shownValue } from "../settings"

const tones: Record<string, Tone> = {
  default: "neutral",
  file: "info",
  environment: "good",
  "command line": "warning",
}

/** Every setting with its value and where the value comes from. Secrets are never shown. */
export function SettingsPage() {
  const { t } = useTranslation("health")
  const query = useQuery(settingsQuery)
  const [typed, setTyped] = useState("")
  const groups = groupSettings(query.data ?? [], typed)
  return (
    <>
      <PageHeader
        title={t("settings.title")}
        hint={t("settings.hint")}
        actions={
          <TextField
            size="small"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder={t("settings.search")}
            slotProps={{
              htmlInput: { "aria-label": t("settings.search") },
              input: {
                startAdornment: (
                  <InputAdornment position="start">
                    <Search size={16} />
                  </InputAdornment>
                ),
              },
            }}
          />
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={420} sx={{ borderRadius: "14px" }} />}
      <Box sx={{ display: "grid", gap: 2.5 }}>
        {query.data && typed === "" && <EncryptionCard />}
        {groups.map((group) => (
          <Panel key={group.name} title={group.name || t("settings.general")} flush>
            <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
              {group.settings.map((setting) => (
                <SettingRow
                  key={setting.path}
                  setting={setting}
                  name={setting.path.slice(group.name ? group.name.length + 1 : 0)}
                />
              ))}
            </Box>
          </Panel>
        ))}
      </Box>
      {query.data && groups.length === 0 && (
        <Typography color="textSecondary" sx={{ py: 4, textAlign: "center" }}>
          {t("settings.nothing", { typed })}
        </Typography>
      )}
    </>
  )
}

function SettingRow({ setting, name }: { setting: Setting; name: string }) {
  const { t } = useTranslation("health")
  const value = shownValue(setting.value)
  const source = setting.source.replace(" ", "_") as "default" | "file" | "environment" | "command_line"
  return (
    <Box
      component="li"
      sx={{
        display: "grid",
        gridTemplateColumns: {
          xs: "minmax(0, 1fr) auto",
          sm: "minmax(0, 5fr) minmax(0, 6fr) minmax(0, 3fr)",
        },
        gap: { xs: 0.5, sm: 2 },
        px: 2.5,
        py: 1.25,
        borderTop: 1,
        borderColor: "divider",
        alignItems: "baseline",
        fontSize: "0.84375rem",
      }}
    >
      <Box component="code" sx={{ fontFamily: fonts.mono, fontSize: "0.8125rem", overflowWrap: "anywhere" }}>
        {name}
      </Box>
      <Box
        component="code"
        sx={{
          fontFamily: fonts.mono,
          fontSize: "0.8125rem",
          overflowWrap: "anywhere",
          color: value === "" ? "text.secondary" : "text.primary",
          gridColumn: { xs: "1 / -1", sm: "auto" },
          gridRow: { xs: 2, sm: "auto" },
        }}
      >
        {value === "***" ? t("settings.secret") : value === "" ? t("settings.empty") : value}
      </Box>
      <Box sx={{ justifySelf: { xs: "end", sm: "start" } }}>
        <StatusBadge tone={tones[setting.source] ?? "neutral"}>
          {setting.file
            ? `${setting.file}${setting.line ? `:${setting.line}` : ""}`
            : t(`settings.sources.${source}`)}
        </StatusBadge>
      </Box>
    </Box>
  )
}
