import Box from "@mui/material/Box"
import { PageHeader } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { Consents } from "../components/Consents"
import { ConsentTexts } from "../components/ConsentTexts"
import { ErasureRequests } from "../components/ErasureRequests"
import { Retention } from "../components/Retention"

/** What people agree to and who did, who asked to be erased, and what is removed when. */
export function PrivacyPage() {
  const { t } = useTranslation("privacy")
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} />
      <Box sx={{ display: "grid", gap: 2.5, gridTemplateColumns: "minmax(0, 1fr)" }}>
        <ErasureRequests />
        <ConsentTexts />
        <Consents />
        <Retention />
      </Box>
    </>
  )
}
