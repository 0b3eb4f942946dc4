import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { ConsentText } from "@powerautomation/api-client"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago } from "~/display"
import { textsQuery } from "../queries"
import { ConsentTextDialog } from "./ConsentTextDialog"
import { Loaded } from "./Loaded"

/** What people are asked to agree to, the newest version first, and the way to write another. */
export function ConsentTexts() {
  const { t } = useTranslation("privacy")
  const mayWrite = useMay()("personal_data:write")
  const query = useQuery(textsQuery)
  const [open, setOpen] = useState(false)
  const newest = query.data?.[0] ?? null
  return (
    <Panel
      title={t("text.title")}
      hint={t("text.hint")}
      actions={
        mayWrite &&
        query.data && (
          <Button variant="outlined" color="inherit" onClick={() => setOpen(true)}>
            {t(newest ? "text.edit" : "text.write")}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {(texts) =>
          texts.length === 0 ? (
            <Typography variant="body2" color="textSecondary">
              {t("text.none")}
            </Typography>
          ) : (
            <Box sx={{ display: "grid", gap: 1.5 }}>
              {texts.map((one, place) => (
                <Version key={one.version} text={one} isNewest={place === 0} />
              ))}
            </Box>
          )
        }
      </Loaded>
      {open && <ConsentTextDialog current={newest} onClose={() => setOpen(false)} />}
    </Panel>
  )
}

function Version({ text, isNewest }: { text: ConsentText; isNewest: boolean }) {
  const { t } = useTranslation("privacy")
  return (
    <Box component="details" open={isNewest || undefined}>
      <Box component="summary" sx={{ cursor: "pointer", overflowWrap: "anywhere" }}>
        <Typography component="span" variant="body2" sx={{ fontWeight: 600, mr: 1 }}>
          {text.title}
        </Typography>
        {isNewest && (
          <StatusBadge tone={text.asked ? "good" : "neutral"}>
            {t(text.asked ? "text.asked_now" : "text.not_asked")}
          </StatusBadge>
        )}
        <Typography component="span" variant="caption" color="textSecondary" sx={{ ml: 1 }}>
          {t("text.version", { version: text.version })} · <Ago moment={text.created_at} />
        </Typography>
      </Box>
      <Typography
        variant="body2"
        sx={{ mt: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere", maxHeight: 320, overflow: "auto" }}
        tabIndex={0}
        role="region"
        aria-label={`${text.title}, ${t("text.version", { version: text.version })}`}
      >
        {text.text}
      </Typography>
    </Box>
  )
}
