import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import { useId } from "react"
import { useTranslation } from "react-i18next"
import { shownKeys } from "../keyboard"

/** What each key of the inbox does. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("requests")
  const id = useId()
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{t("keys.title")}</DialogTitle>
      <DialogContent>
        <Typography variant="body2" color="textSecondary" sx={{ mb: 2 }}>
          {t("keys.hint")}
        </Typography>
        <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
          {shownKeys.map(({ keys, command }) => (
            <Box component="li" key={command} sx={{ display: "flex", gap: 2, alignItems: "center" }}>
              <Typography variant="body2" sx={{ flex: 1 }}>
                {t(`keys.${command}`)}
              </Typography>
              <Box sx={{ display: "flex", gap: 0.5 }}>
                {keys.map((key) => (
                  <Box
                    component="kbd"
                    key={key}
                    sx={{
                      minWidth: 22,
                      px: 0.75,
                      textAlign: "center",
                      fontFamily: "inherit",
                      fontSize: "0.75rem",
                      lineHeight: "20px",
                      border: 1,
                      borderColor: "divider",
                      borderRadius: "5px",
                      color: "text.secondary",
                      bgcolor: "background.sunken",
                    }}
                  >
                    {key}
                  </Box>
                ))}
              </Box>
            </Box>
          ))}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose} autoFocus>
          {t("close", { ns: "common" })}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
