import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import type { InvitationLink } from "@powerautomation/api-client"
import { CopyButton, fonts } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { invitationLink } from "../queries"

/** An invitation's link, the only time it is shown: it is handed over by whoever invites. */
export function NewLink({ link }: { link: InvitationLink }) {
  const { t } = useTranslation("people")
  const format = useFormat()
  const address = invitationLink(link.token)
  return (
    <Box sx={{ display: "grid", gap: 1.5 }}>
      <Alert severity="warning">{t("link.once", { moment: format.moment(link.expires_at, "short") })}</Alert>
      <Box
        sx={{
          display: "flex",
          flexWrap: "wrap",
          alignItems: "center",
          gap: 1.5,
          p: 1.5,
          border: 1,
          borderColor: "primary.main",
          borderRadius: "10px",
          bgcolor: "ledger.accentSoft",
        }}
      >
        <Box
          component="code"
          sx={{ flex: "1 1 240px", fontFamily: fonts.mono, fontSize: "0.84375rem", overflowWrap: "anywhere" }}
        >
          {address}
        </Box>
        <CopyButton
          text={address}
          label={t("link.copy")}
          copiedLabel={t("copied", { ns: "common" })}
          variant="primary"
        />
      </Box>
    </Box>
  )
}
