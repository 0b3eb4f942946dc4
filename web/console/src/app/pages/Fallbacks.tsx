import Box from "@mui/material/Box"
import Card from "@mui/material/Card"
import { EmptyState } from "@powerautomation/design"
import { Compass } from "lucide-react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { ProblemPanel } from "~/feedback"

/** The address leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation("shell")
  return (
    <Card>
      <EmptyState
        icon={<Compass size={24} />}
        title={t("not_found.title")}
        text={t("not_found.text")}
        action={
          <RouterButton to="/" variant="contained">
            {t("not_found.action")}
          </RouterButton>
        }
      />
    </Card>
  )
}

/** A page broke: say so, and let the person try again instead of looking at nothing. */
export function BrokenPage({ error }: { error: unknown }) {
  return (
    <Box component="main" sx={{ p: { xs: 2, md: 4 }, maxWidth: 720, mx: "auto" }}>
      <ProblemPanel error={error} onRetry={() => location.reload()} />
    </Box>
  )
}
