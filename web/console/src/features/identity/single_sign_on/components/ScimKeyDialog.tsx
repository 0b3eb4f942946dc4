import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Typography from "@mui/material/Typography"
import type { ApiKey } from "@powerautomation/api-client"
import { CopyButton, fonts } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useMakeScimKey } from "../queries"
import { RoleSelect } from "./RoleSelect"

/** Makes the key an identity provider asks with, or gives the known one another secret; it is shown once. */
export function ScimKeyDialog({ known, onClose }: { known: ApiKey | null; onClose: () => void }) {
  const { t } = useTranslation("single_sign_on")
  const id = useId()
  const [gives, setGives] = useState("developer")
  const make = useMakeScimKey()
  const token = make.data?.token
  return (
    // A click beside the dialog must not throw away a key that is shown only once.
    <Dialog
      open
      onClose={(_, reason) => (token && reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
    >
      <DialogTitle id={id}>{t(known ? "scim.rotate" : "scim.make")}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important", minWidth: 0 }}>
        {make.error && <ProblemPanel error={make.error} />}
        {token ? (
          <>
            <Alert severity="warning">{t("scim.once")}</Alert>
            <Box sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 1.5 }}>
              <Box
                component="code"
                sx={{
                  flex: "1 1 240px",
                  fontFamily: fonts.mono,
                  fontSize: "0.84375rem",
                  overflowWrap: "anywhere",
                }}
              >
                {token}
              </Box>
              <CopyButton
                text={token}
                label={t("scim.copy_key")}
                copiedLabel={t("copied", { ns: "common" })}
                variant="primary"
              />
            </Box>
          </>
        ) : (
          <>
            <Typography variant="body2" color="textSecondary">
              {t(known ? "scim.rotate_text" : "scim.make_text")}
            </Typography>
            {!known && (
              <RoleSelect
                label={t("scim.gives")}
                value={gives}
                onChange={setGives}
                helperText={t("scim.gives_hint")}
              />
            )}
          </>
        )}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        {token ? (
          <Button variant="contained" onClick={onClose}>
            {t("scim.done")}
          </Button>
        ) : (
          <>
            <Button color="inherit" onClick={onClose} autoFocus>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button
              variant="contained"
              loading={make.isPending}
              onClick={() => make.mutate(known ? null : gives)}
            >
              {t(known ? "scim.rotate" : "scim.make")}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  )
}
