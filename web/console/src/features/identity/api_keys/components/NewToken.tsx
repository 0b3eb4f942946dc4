import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import { CopyButton, fonts } from "@powerautomation/design"
import { useTranslation } from "react-i18next"

/** A key in full, the only time it is shown. */
export function NewToken({ token }: { token: string }) {
  const { t } = useTranslation("api_keys")
  return (
    <Box sx={{ display: "grid", gap: 1.5 }}>
      <Alert severity="warning">{t("create.once")}</Alert>
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
          {token}
        </Box>
        <CopyButton
          text={token}
          label={t("create.copy")}
          copiedLabel={t("copied", { ns: "common" })}
          variant="primary"
        />
      </Box>
    </Box>
  )
}
