import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import type { ImportLine } from "@powerautomation/api-client"
import { CopyButton, StatusBadge } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { FileButton, roleName } from "~/display"
import { ProblemPanel, wordsOf } from "~/feedback"
import { invitationLink, useImport } from "../queries"

const tones = { invited: "good", changed: "info", unchanged: "neutral", refused: "bad" } as const

/** Takes a CSV file: first a trial with a report by line, then for real, with the links to hand over. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("people")
  const id = useId()
  const [csv, setCsv] = useState("")
  const bring = useImport()
  const report = bring.data
  const count = (result: ImportLine["result"]) =>
    report?.items.filter((line) => line.result === result).length ?? 0
  const todo = count("invited") + count("changed")
  const done = report !== undefined && !report.dry_run
  const links = done ? report.items.filter((line) => line.token) : []
  return (
    <Dialog
      open
      onClose={(_, reason) => (done && reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="md"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>{t("import.title")}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        {!done && (
          <Typography variant="body2" color="textSecondary">
            {t("import.hint")} <code>email,name,role</code>
          </Typography>
        )}
        {bring.error && <ProblemPanel error={bring.error} />}
        {report && (
          <Alert severity={done ? "success" : "info"}>
            {t(done ? "import.after" : "import.before", {
              invited: count("invited"),
              changed: count("changed"),
              unchanged: count("unchanged"),
              refused: count("refused"),
            })}
          </Alert>
        )}
        {links.length > 0 && (
          <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
            <Typography variant="body2" sx={{ flex: "1 1 240px" }}>
              {t("import.links")}
            </Typography>
            <CopyButton
              text={links.map((line) => `${line.email}\t${invitationLink(line.token)}`).join("\n")}
              label={t("import.copy_links")}
              copiedLabel={t("copied", { ns: "common" })}
              variant="primary"
            />
          </Box>
        )}
        {report && <Lines lines={report.items} />}
      </DialogContent>
      <DialogActions sx={{ p: 2, flexWrap: "wrap" }}>
        {!done && (
          <FileButton
            accept=".csv,text/csv"
            loading={bring.isPending}
            sx={{ mr: "auto" }}
            onChoose={(file) =>
              void file.text().then((text) => {
                setCsv(text)
                bring.mutate({ csv: text, dryRun: true })
              })
            }
          >
            {t("import.choose")}
          </FileButton>
        )}
        <Button color="inherit" onClick={onClose}>
          {t(done ? "close" : "cancel", { ns: "common" })}
        </Button>
        {!done && (
          <Button
            variant="contained"
            disabled={todo === 0}
            loading={bring.isPending}
            onClick={() => bring.mutate({ csv, dryRun: false })}
          >
            {t("import.submit", { count: todo })}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}

function Lines({ lines }: { lines: readonly ImportLine[] }) {
  const { t, i18n } = useTranslation("people")
  const { t: common } = useTranslation()
  return (
    <Box
      component="ul"
      // What scrolls must be reachable by keyboard.
      tabIndex={0}
      aria-label={t("import.report")}
      sx={{ listStyle: "none", m: 0, p: 0, maxHeight: 320, overflowY: "auto" }}
    >
      {lines.map((line) => (
        <Box
          component="li"
          key={line.number}
          sx={{
            display: "flex",
            flexWrap: "wrap",
            gap: 1,
            py: 1,
            "& + &": { borderTop: 1, borderColor: "divider" },
          }}
        >
          <Typography variant="body2" color="textSecondary" sx={{ minWidth: 36 }}>
            {line.number}
          </Typography>
          <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
            <Typography variant="body2" sx={{ overflowWrap: "anywhere" }}>
              {line.email || "–"} · {line.name || "–"} · {roleName(t, line.role) || "–"}
            </Typography>
            {line.code && (
              <Typography variant="caption" color="error" component="p">
                {wordsOf({ ...line, action: "" }, common, i18n.language).message}
              </Typography>
            )}
          </Box>
          <StatusBadge tone={tones[line.result]}>{t(`import.results.${line.result}`)}</StatusBadge>
        </Box>
      ))}
    </Box>
  )
}
