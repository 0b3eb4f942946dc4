import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Typography from "@mui/material/Typography"
import { PageHeader, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Check } from "lucide-react"
import { type ReactNode, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { useSession } from "~/auth/session"
import { RouterButton, RouterLink } from "~/display"
import { NewToken } from "~/features/identity/api_keys/components/NewToken"
import { Snippets } from "~/features/identity/api_keys/components/Snippets"
import { connectQuery, useCreateKey } from "~/features/identity/api_keys/queries"
import { ProblemPanel } from "~/feedback"
import { useFeed } from "~/realtime"
import { api, keys } from "~/server"

/** From nothing to the first answer through the gateway, in steps that can all be skipped. */
export function GetStartedPage() {
  const { t } = useTranslation("shell")
  const session = useSession()
  const feed = useFeed()
  const connect = useQuery({
    ...connectQuery,
    refetchInterval: (query) => (query.state.data?.has_requests ? false : 5_000),
  })
  const providers = useQuery({
    queryKey: keys.providers,
    queryFn: async ({ signal }) => (await api.providers.list(signal)).items,
  })
  const createKey = useCreateKey()
  const [keyName] = useState(() => t("get_started.key_name"))
  const arrived = feed.completedCount > 0 || Boolean(connect.data?.has_requests)
  const latest = feed.completed[0]
  const ownProviders = providers.data?.filter((provider) => provider.source !== "built-in") ?? []
  const token = createKey.data?.token ?? null
  const steps: { id: string; title: string; done: boolean; body: ReactNode }[] = [
    {
      id: "key",
      title: t("get_started.key.title"),
      // Whoever was answered has a key.
      done: token !== null || arrived,
      body: token ? (
        <NewToken token={token} />
      ) : (
        <>
          <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
            {t("get_started.key.text")}
          </Typography>
          {createKey.error && <ProblemPanel error={createKey.error} />}
          <Button
            variant="contained"
            loading={createKey.isPending}
            onClick={() => createKey.mutate({ name: keyName })}
          >
            {t("get_started.key.action")}
          </Button>
        </>
      ),
    },
    {
      id: "client",
      title: t("get_started.client.title"),
      done: arrived,
      body: (
        <>
          <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
            {token ? t("get_started.client.text") : t("get_started.client.text_without_key")}
          </Typography>
          <Snippets token={token} />
        </>
      ),
    },
    {
      id: "light",
      title: t("get_started.light.title"),
      done: arrived,
      body: <FirstRequestLight known={!connect.isPending} arrived={arrived} latestId={latest?.id} />,
    },
    {
      id: "provider",
      title: t("get_started.provider.title"),
      done: ownProviders.length > 0,
      body: (
        <>
          <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
            {ownProviders.length > 0
              ? t("get_started.provider.done", {
                  names: ownProviders.map((provider) => provider.name).join(", "),
                })
              : t("get_started.provider.text")}
          </Typography>
          <RouterButton
            to="/providers"
            search={{ add: true }}
            variant={ownProviders.length > 0 ? "outlined" : "contained"}
          >
            {t("get_started.provider.action")}
          </RouterButton>
        </>
      ),
    },
    ...(session?.user.has_password
      ? []
      : [
          {
            id: "password",
            title: t("get_started.password.title"),
            done: false,
            body: (
              <>
                <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
                  {t("get_started.password.text")}
                </Typography>
                <RouterButton to="/account" variant="outlined" color="inherit">
                  {t("get_started.password.action")}
                </RouterButton>
              </>
            ),
          },
        ]),
  ]
  return (
    <Box sx={{ maxWidth: 780 }}>
      <PageHeader
        title={t("get_started.title")}
        hint={t("get_started.hint")}
        actions={
          <RouterButton to="/" color="inherit" variant="outlined">
            {arrived ? t("get_started.finish") : t("get_started.skip")}
          </RouterButton>
        }
      />
      <Box component="ol" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1.5 }}>
        {steps.map((step, index) => (
          <Card component="li" key={step.id} sx={{ p: { xs: 2, sm: 2.5 }, display: "flex", gap: 2 }}>
            <Box
              aria-hidden
              sx={{
                width: 28,
                height: 28,
                flexShrink: 0,
                display: { xs: "none", sm: "grid" },
                placeItems: "center",
                borderRadius: "50%",
                fontSize: "0.8125rem",
                fontWeight: 650,
                bgcolor: step.done ? "primary.main" : "background.sunken",
                color: step.done ? "primary.contrastText" : "text.secondary",
                transition: "background-color 220ms",
              }}
            >
              {step.done ? <Check size={16} /> : index + 1}
            </Box>
            <Box sx={{ flex: 1, minWidth: 0 }}>
              <Typography variant="h2" sx={{ mb: 1, lineHeight: "28px" }}>
                {step.title}
              </Typography>
              {step.body}
            </Box>
          </Card>
        ))}
      </Box>
    </Box>
  )
}

interface FirstRequestLightProps {
  /** Whether the server has said if there was a request. */
  known: boolean
  arrived: boolean
  latestId: string | undefined
}

/** Waits for the first request and turns green the moment it arrives. */
function FirstRequestLight({ known, arrived, latestId }: FirstRequestLightProps) {
  const { t } = useTranslation("shell")
  // Only who has seen it wait sees it turn green: not who comes back later.
  const waited = useRef(false)
  const [celebrate, setCelebrate] = useState(false)
  useEffect(() => {
    if (known && !arrived) waited.current = true
    if (arrived && waited.current) setCelebrate(true)
  }, [known, arrived])
  return (
    <Box
      role="status"
      sx={{
        display: "flex",
        flexWrap: "wrap",
        alignItems: "center",
        gap: 1.5,
        p: 1.5,
        borderRadius: "10px",
        bgcolor: arrived ? "ledger.accentSoft" : "background.sunken",
        transition: "background-color 220ms",
        ...(celebrate && {
          animation: "pa-arrived 900ms ease-out",
          "@keyframes pa-arrived": {
            "0%": {
              boxShadow: "0 0 0 0 color-mix(in srgb, var(--pa-palette-success-main) 60%, transparent)",
            },
            "100%": { boxShadow: "0 0 0 18px transparent" },
          },
        }),
      }}
    >
      <StatusBadge tone={arrived ? "good" : "busy"}>
        {arrived ? t("get_started.light.arrived") : t("get_started.light.waiting")}
      </StatusBadge>
      <Typography variant="body2" color="textSecondary" sx={{ flex: "1 1 220px" }}>
        {arrived ? t("get_started.light.arrived_text") : t("get_started.light.waiting_text")}
      </Typography>
      {arrived &&
        (latestId ? (
          <RouterLink to="/requests/$requestId" params={{ requestId: latestId }} sx={{ fontWeight: 600 }}>
            {t("get_started.light.look")}
          </RouterLink>
        ) : (
          <RouterLink to="/requests" sx={{ fontWeight: 600 }}>
            {t("get_started.light.look")}
          </RouterLink>
        ))}
    </Box>
  )
}
