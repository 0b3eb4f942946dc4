import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import Switch from "@mui/material/Switch"
import Typography from "@mui/material/Typography"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import type { Action } from "~/actions"
import { setSingleKeysEnabled, singleKeysEnabled } from "~/actions/keys"
import { commandKey, Keys } from "./Keys"

/** All shortcuts, and the switch that turns the single keys off. */
export function ShortcutsDialog({ actions, onClose }: { actions: readonly Action[]; onClose: () => void }) {
  const { t } = useTranslation("shell")
  const id = useId()
  const [enabled, setEnabled] = useState(singleKeysEnabled)
  const rows = [
    { id: "palette", keys: [commandKey, "K"], title: t("palette.title") },
    ...actions.flatMap((a) =>
      a.shortcut ? [{ id: a.id, keys: a.shortcut.split(" "), title: a.title() }] : [],
    ),
    { id: "help", keys: ["?"], title: t("shortcuts.title") },
  ]
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby={id}>
      <DialogTitle id={id}>{t("shortcuts.title")}</DialogTitle>
      <DialogContent>
        <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
          {rows.map((row) => (
            <Box
              component="li"
              key={row.id}
              sx={{
                display: "flex",
                justifyContent: "space-between",
                gap: 2,
                py: 0.75,
                borderBottom: 1,
                borderColor: "divider",
              }}
            >
              <Typography variant="body2">{row.title}</Typography>
              <Keys keys={row.keys} />
            </Box>
          ))}
        </Box>
        <FormControlLabel
          sx={{ mt: 2 }}
          control={
            <Switch
              checked={enabled}
              onChange={(_, checked) => {
                setEnabled(checked)
                setSingleKeysEnabled(checked)
              }}
            />
          }
          label={<Typography variant="body2">{t("shortcuts.single_keys")}</Typography>}
        />
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t("close", { ns: "common" })}</Button>
      </DialogActions>
    </Dialog>
  )
}
