import Alert from "@mui/material/Alert"
import Button from "@mui/material/Button"
import Divider from "@mui/material/Divider"
import Typography from "@mui/material/Typography"
import type { OfferedProvider } from "@powerautomation/api-client"
import { useMutation, useQuery } from "@tanstack/react-query"
import { useDeferredValue } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { api } from "~/server"
import { offeredProvidersQuery } from "../queries"

interface OtherWaysProps {
  next: string | undefined
  /** What was typed so far: with several organizations its domain says which providers there are. */
  email: string
  /** A provider somebody was given the address of. */
  provider: string | undefined
  /** Somebody chose a provider whose name and password are typed here. */
  onDirectory: (provider: OfferedProvider) => void
}

/** A button for each provider by which somebody can sign in; nothing where there is none. */
export function OtherWays({ next, email, provider: given, onDirectory }: OtherWaysProps) {
  const { t } = useTranslation("sessions")
  const everybody = useQuery(offeredProvidersQuery(given ? { provider: given } : {})).data
  const byDomain = Boolean(everybody?.by_domain) && !given
  const domain = useDeferredValue(/@([^@\s]+\.[^@\s.]{2,})\s*$/.exec(email)?.[1]?.toLowerCase() ?? "")
  const own = useQuery({ ...offeredProvidersQuery({ domain }), enabled: byDomain && domain !== "" }).data
  const offered = (byDomain ? own : everybody)?.items ?? []
  const start = useMutation({
    mutationFn: (providerId: string) => api.session.startProvider(providerId, next ?? "/"),
    onSuccess: ({ url }) => location.assign(url),
  })
  if (offered.length === 0 && byDomain && !domain) {
    return (
      <Typography variant="caption" color="textSecondary">
        {t("provider.by_domain")}
      </Typography>
    )
  }
  if (offered.length === 0) return null
  return (
    <>
      <Divider sx={{ typography: "caption", color: "text.secondary" }}>{t("provider.or")}</Divider>
      {start.error && <ProblemPanel error={start.error} />}
      {offered.map((provider) => (
        <Button
          key={provider.id}
          variant="outlined"
          color="inherit"
          size="large"
          loading={start.isPending && start.variables === provider.id}
          onClick={() => (provider.kind === "ldap" ? onDirectory(provider) : start.mutate(provider.id))}
        >
          {t("provider.with", { name: provider.name })}
        </Button>
      ))}
    </>
  )
}

const known = [
  "state_invalid",
  "provider_refused",
  "provider_unreachable",
  "proof_invalid",
  "role_missing",
  "email_refused",
  "person_unknown",
  "person_inactive",
] as const

/** Why a provider brought the browser back without signing anybody in, by the code in the address. */
export function ProviderProblem({ code }: { code: string }) {
  const { t } = useTranslation("sessions")
  const reason = known.find((one) => code === `single_sign_on.${one}`) ?? "other"
  return <Alert severity="error">{t(`provider.problems.${reason}`)}</Alert>
}
