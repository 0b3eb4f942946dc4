import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import type { PriceFile } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { FileButton } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { useImportPrices } from "../queries"

const MOST_BYTES = 2 * 1024 * 1024
const SHOWN = 100

/** Choose a price file, see what it would change, then import it. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("prices")
  const format = useFormat()
  const id = useId()
  const [file, setFile] = useState<PriceFile | null>(null)
  const [tooBig, setTooBig] = useState(false)
  const trial = useImportPrices()
  const real = useImportPrices()
  const changes = trial.data?.changes ?? []
  const counted = (kind: string) => changes.filter((one) => one.kind === kind).length
  const news = changes.filter((one) => one.kind !== "unchanged")
  const choose = async (chosen: File) => {
    trial.reset()
    real.reset()
    setFile(null)
    setTooBig(chosen.size > MOST_BYTES)
    if (chosen.size > MOST_BYTES) return
    const read = { file_name: chosen.name, content: await chosen.text(), dry_run: true }
    setFile(read)
    trial.mutate(read)
  }
  const shown = (price: { input: string | null; output: string | null; currency: string }) =>
    [price.input, price.output]
      .map((amount) => (amount === null ? t("unknown") : format.price(amount, price.currency)))
      .join(" / ")
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("import.title")}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {t("import.text")}
        </Typography>
        <FileButton
          accept=".csv,.yaml,.yml"
          loading={trial.isPending}
          sx={{ justifySelf: "start" }}
          onChoose={(chosen) => void choose(chosen)}
        >
          {file ? t("import.other") : t("import.choose")}
        </FileButton>
        {tooBig && <Alert severity="error">{t("import.too_big")}</Alert>}
        {trial.error && <ProblemPanel error={trial.error} />}
        {real.error && <ProblemPanel error={real.error} />}
        {trial.data && (
          <>
            <Alert severity={news.length > 0 ? "info" : "success"}>
              {news.length > 0
                ? t("import.would", {
                    added: format.count(counted("added")),
                    changed: format.count(counted("changed")),
                    unchanged: format.count(counted("unchanged")),
                  })
                : t("import.nothing")}
            </Alert>
            <Box component="ul" sx={{ listStyle: "none", p: 0, m: 0, display: "grid", gap: 1 }}>
              {news.slice(0, SHOWN).map((one) => (
                <Box
                  component="li"
                  key={`${one.vendor}/${one.model}/${one.price.currency}/${one.price.effective_from}`}
                  sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}
                >
                  <StatusBadge tone={one.kind === "added" ? "good" : "warning"}>
                    {t(`import.kinds.${one.kind}`)}
                  </StatusBadge>
                  <Typography variant="body2" sx={{ flex: "1 1 180px", overflowWrap: "anywhere" }}>
                    {one.vendor}/{one.model}
                  </Typography>
                  <Typography variant="body2" className="tabular">
                    {shown(one.price)}
                  </Typography>
                  {one.before && (
                    <Typography variant="caption" color="textSecondary" className="tabular">
                      {t("import.was", { price: shown(one.before) })}
                    </Typography>
                  )}
                </Box>
              ))}
            </Box>
            {news.length > SHOWN && (
              <Typography variant="caption" color="textSecondary">
                {t("import.more", { formatted: format.count(news.length - SHOWN) })}
              </Typography>
            )}
          </>
        )}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onClose}>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button
          variant="contained"
          disabled={!file || news.length === 0}
          loading={real.isPending}
          onClick={() =>
            file &&
            real.mutate(
              { ...file, dry_run: false },
              {
                onSuccess: () => {
                  showToast(t("import.done", { count: news.length, formatted: format.count(news.length) }))
                  onClose()
                },
              },
            )
          }
        >
          {t("import.confirm", { count: news.length, formatted: format.count(news.length) })}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
