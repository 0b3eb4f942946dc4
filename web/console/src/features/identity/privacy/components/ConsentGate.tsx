import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Typography from "@mui/material/Typography"
import { BrandMark } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { forgetSession } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { api } from "~/server"
import { ownConsentQuery, useAgree } from "../queries"

/** Asks somebody who signed in to agree to what the organization wrote, before anything else is shown. */
export function ConsentGate({ children }: { children: ReactNode }) {
  const { t } = useTranslation("privacy")
  const navigate = useNavigate()
  const own = useQuery(ownConsentQuery).data
  const agree = useAgree()
  if (!own?.needed || !own.text) return children
  const { title, text, version } = own.text
  const leave = async () => {
    try {
      await api.session.signOut()
    } finally {
      void navigate({ to: "/sign-in" })
      forgetSession()
    }
  }
  return (
    <Box
      component="main"
      sx={{ minHeight: "100dvh", display: "grid", placeItems: "center", p: 2, bgcolor: "background.default" }}
    >
      <Card sx={{ width: "100%", maxWidth: 640, p: { xs: 2.5, sm: 4 }, display: "grid", gap: 2 }}>
        <BrandMark size={36} />
        <Box>
          <Typography variant="h5" component="h1" sx={{ overflowWrap: "anywhere" }}>
            {title}
          </Typography>
          <Typography variant="body2" color="textSecondary">
            {t("gate.hint")}
          </Typography>
        </Box>
        <Typography
          variant="body2"
          tabIndex={0}
          role="region"
          aria-label={title}
          sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", maxHeight: "50dvh", overflow: "auto" }}
        >
          {text}
        </Typography>
        {agree.error && <ProblemPanel error={agree.error} />}
        <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, justifyContent: "flex-end" }}>
          <Button color="inherit" onClick={() => void leave()}>
            {t("gate.refuse")}
          </Button>
          <Button variant="contained" loading={agree.isPending} onClick={() => agree.mutate(version)}>
            {t("gate.agree")}
          </Button>
        </Box>
      </Card>
    </Box>
  )
}
