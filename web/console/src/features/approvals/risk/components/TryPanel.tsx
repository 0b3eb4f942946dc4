import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import type { ApprovalCase, ApprovalRulesDraft } from "@powerautomation/api-client"
import { fonts, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { BookmarkPlus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useSettled } from "~/display"
import { ProblemPanel } from "~/feedback"
import { tryQuery } from "../queries"
import { Verdict } from "./Verdict"

interface TryPanelProps {
  draft: ApprovalRulesDraft
  onKeep: ((one: ApprovalCase) => void) | null
}

/** "What would this be?": a command, judged by the rules as they stand on the page; nothing is run. */
export function TryPanel({ draft, onKeep }: TryPanelProps) {
  const { t } = useTranslation("risk")
  const [command, setCommand] = useState("")
  const [tool, setTool] = useState("Bash")
  const settled = useSettled({ command, tool, draft, cwd: "/workspace", home: "/home/user" })
  const tried = useQuery({ ...tryQuery(settled), enabled: settled.command.trim() !== "" })
  const found = settled.command.trim() ? tried.data?.assessment : null
  const keep = () =>
    found &&
    onKeep?.({
      name: command.trim().split("\n")[0]?.slice(0, 120) ?? "",
      level: found.denied ? "DENY" : found.level,
      command,
      tool,
      arguments: {},
      at_least: !found.denied && found.level !== "SAFE" && found.level !== "LOW",
    })
  return (
    <Panel title={t("try.title")} hint={t("try.hint")}>
      <Box sx={{ display: "grid", gap: 2, minWidth: 0 }}>
        <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 160px" } }}>
          <TextField
            label={t("try.command")}
            value={command}
            onChange={(event) => setCommand(event.target.value)}
            placeholder="git push --force origin main"
            multiline
            maxRows={10}
            slotProps={{
              htmlInput: { spellCheck: false, maxLength: 16000 },
              input: { sx: { fontFamily: fonts.mono, fontSize: 13 } },
            }}
          />
          <TextField label={t("try.tool")} value={tool} onChange={(event) => setTool(event.target.value)} />
        </Box>
        <Box aria-live="polite" sx={{ minWidth: 0 }}>
          {tried.error && <ProblemPanel error={tried.error} />}
          {found && <Verdict found={found} />}
        </Box>
        {found && onKeep && (
          <Box>
            <Button startIcon={<BookmarkPlus size={17} />} onClick={keep}>
              {t("cases.keep")}
            </Button>
          </Box>
        )}
      </Box>
    </Panel>
  )
}
