import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import { CopyButton, fonts } from "@powerautomation/design"
import { useId } from "react"
import { useTranslation } from "react-i18next"

/** Recovery codes, the only time they are shown. A click beside the dialog does not lose them. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("sessions")
  const id = useId()
  const text = codes.join("\n")
  return (
    <Dialog open aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{t("codes.title")}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2 }}>
        <Alert severity="warning">{t("codes.once")}</Alert>
        <Box
          component="ul"
          sx={{
            listStyle: "none",
            m: 0,
            p: 1.5,
            display: "grid",
            gridTemplateColumns: "repeat(auto-fit, minmax(190px, 1fr))",
            gap: 0.75,
            border: 1,
            borderColor: "divider",
            borderRadius: "10px",
            fontFamily: fonts.mono,
            fontSize: "0.84375rem",
          }}
        >
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </Box>
        <Box sx={{ display: "flex", gap: 1, flexWrap: "wrap" }}>
          <CopyButton
            text={text}
            label={t("codes.copy")}
            copiedLabel={t("copied", { ns: "common" })}
            variant="primary"
          />
          <Button
            color="inherit"
            component="a"
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
            download="powerautomation-recovery-codes.txt"
          >
            {t("codes.save")}
          </Button>
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button variant="contained" onClick={onClose}>
          {t("codes.done")}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
