import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { CopyButton } from "@powerautomation/design"
import { useTranslation } from "react-i18next"

/** The address to enter at a provider, or another word of this server's that it asks for (`label`). */
export function RedirectAddress({ address, label }: { address: string; label?: string }) {
  const { t } = useTranslation("single_sign_on")
  return (
    <Box sx={{ p: 1.5, borderRadius: "10px", bgcolor: "action.hover" }}>
      <Typography variant="caption" color="textSecondary" component="p">
        {label ?? t("redirect")}
      </Typography>
      <Box sx={{ display: "flex", alignItems: "center", gap: 0.5, minWidth: 0 }}>
        <Typography component="code" variant="body2" sx={{ overflowWrap: "anywhere", flex: 1 }}>
          {address}
        </Typography>
        <CopyButton
          text={address}
          label={label ? t("copy_named", { name: label }) : t("redirect_copy")}
          copiedLabel={t("copied", { ns: "common" })}
        />
      </Box>
    </Box>
  )
}
