import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Deployment, Route, RoutingTable } from "@powerautomation/api-client"
import { EmptyState, fonts, PageHeader, Panel, StatusBadge, StatusDot } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { ArrowRight, Plus, RouteOff } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { RouterButton, RouterLink } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { DryRunPanel, type DryRunWords } from "../components/DryRunPanel"
import { RouteActions } from "../components/RouteActions"
import { RouteDialog } from "../components/RouteDialog"
import { RouteGuardrails } from "../components/RouteGuardrails"
import { whoServes } from "../match"
import { providersQuery, routingQuery } from "../queries"

const healthTones = { closed: "good", half_open: "warning", open: "bad" } as const

type Deployments = ReadonlyMap<string, Deployment & { readonly free: boolean }>

/** How a request finds its deployment: the routes in order, and what stands behind every model. */
export function RoutesPage({ words }: { words: DryRunWords }) {
  const { t } = useTranslation("routing")
  const routing = useQuery(routingQuery)
  const providers = useQuery(providersQuery)
  const [asked, setAsked] = useState("")
  const [adding, setAdding] = useState(false)
  const deployments: Deployments = new Map(
    providers.data?.flatMap((provider) =>
      provider.deployments.map(
        (one) =>
          [placeOf(one.public_model, one.id), { ...one, free: provider.source === "built-in" }] as const,
      ),
    ),
  )
  const table = routing.data
  const answer = table && asked.trim() ? whoServes(table, asked.trim()) : null
  const routed = new Set(table?.items.flatMap((route) => route.use))
  const byName = table?.models.filter((model) => !routed.has(model.name)) ?? []
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <Allowed permission="routes:write">
            <Button
              variant="contained"
              startIcon={<Plus size={17} />}
              disabled={!table}
              onClick={() => setAdding(true)}
            >
              {t("edit.add")}
            </Button>
          </Allowed>
        }
      />
      {routing.error && <ProblemPanel error={routing.error} onRetry={() => void routing.refetch()} />}
      {routing.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {table && (
        <Box sx={{ display: "grid", gap: 2.5 }}>
          <Panel>
            <Box sx={{ display: "flex", flexWrap: "wrap", gap: 2, alignItems: "center" }}>
              <TextField
                label={t("try.label")}
                placeholder="claude-sonnet-4-5"
                value={asked}
                onChange={(event) => setAsked(event.target.value)}
                size="small"
                sx={{ flex: "1 1 240px", maxWidth: 360 }}
                slotProps={{
                  htmlInput: { spellCheck: false, autoCapitalize: "off" },
                  inputLabel: { shrink: true },
                }}
              />
              <Typography variant="body2" role="status" color="textSecondary" sx={{ flex: "2 1 280px" }}>
                {answer === null && t("try.hint")}
                {answer?.kind === "route" &&
                  t("try.route", { route: answer.name, models: answer.use.join(", ") })}
                {answer?.kind === "model" && t("try.model", { model: answer.name })}
                {answer?.kind === "unknown" && t("try.unknown")}
              </Typography>
            </Box>
          </Panel>
          <DryRunPanel words={words} />
          {table.items.length === 0 && (
            <Card>
              <EmptyState
                icon={<RouteOff size={24} />}
                title={t("empty.title")}
                text={t("empty.text")}
                action={
                  <RouterButton to="/settings" variant="outlined">
                    {t("empty.action")}
                  </RouterButton>
                }
              />
            </Card>
          )}
          <Box component="ol" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1.5 }}>
            {table.items.map((route, index) => (
              <RouteCard
                key={route.name}
                route={route}
                number={index + 1}
                table={table}
                deployments={deployments}
                taken={answer?.kind === "route" && answer.name === route.name}
              />
            ))}
          </Box>
          {byName.length > 0 && (
            <Panel title={t("by_name.title")} hint={t("by_name.hint")}>
              <Box
                sx={{ display: "grid", gap: 1.5, gridTemplateColumns: { md: "repeat(2, minmax(0, 1fr))" } }}
              >
                {byName.map((model) => (
                  <ModelCard
                    key={model.name}
                    name={model.name}
                    ids={model.deployments}
                    deployments={deployments}
                  />
                ))}
              </Box>
            </Panel>
          )}
        </Box>
      )}
      {adding && table && <RouteDialog route={null} table={table} onClose={() => setAdding(false)} />}
    </>
  )
}

interface RouteCardProps {
  route: Route
  number: number
  table: RoutingTable
  deployments: Deployments
  taken: boolean
}

function RouteCard({ route, number, table, deployments, taken }: RouteCardProps) {
  const { t } = useTranslation("routing")
  return (
    <Card
      component="li"
      sx={{
        p: 2.25,
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", md: "230px 24px minmax(0, 1fr)" },
        gap: 2,
        alignItems: "center",
        borderColor: taken ? "primary.main" : "divider",
        boxShadow: taken ? "0 0 0 1px var(--pa-palette-primary-main)" : "none",
      }}
    >
      <Box sx={{ minWidth: 0 }}>
        <Box sx={{ display: "flex", alignItems: "center", gap: 1, mb: 0.75 }}>
          <Box
            className="tabular"
            sx={{
              display: "grid",
              placeItems: "center",
              width: 22,
              height: 22,
              borderRadius: "50%",
              bgcolor: "background.sunken",
              fontSize: "0.75rem",
              fontWeight: 600,
            }}
          >
            {number}
          </Box>
          <Typography sx={{ fontWeight: 600 }} noWrap>
            {route.name}
          </Typography>
          {taken && <StatusBadge tone="good">{t("try.taken")}</StatusBadge>}
        </Box>
        <Typography variant="caption" color="textSecondary" component="p">
          {t("asks_for")}
        </Typography>
        <Box component="code" sx={{ fontFamily: fonts.mono, fontSize: "0.875rem", overflowWrap: "anywhere" }}>
          {route.match.model}
        </Box>
        {route.match.when && (
          <Typography variant="caption" component="p" sx={{ mt: 0.5, overflowWrap: "anywhere" }}>
            {t("when")} <code>{route.match.when}</code>
          </Typography>
        )}
        {route.policy && (
          <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.5 }}>
            {t("policy", { policy: t(`policies.${route.policy}.name`, { defaultValue: route.policy }) })}
          </Typography>
        )}
        {route.split && (
          <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.5 }}>
            {t("experiment", {
              name: route.split.name,
              arms: route.split.arms.map((arm) => `${arm.name} ${arm.weight}`).join(" / "),
            })}
          </Typography>
        )}
        <RouteGuardrails guardrails={route.guardrails} />
        {route.id && <RouteActions route={route} table={table} />}
      </Box>
      <Box
        aria-hidden
        sx={{ color: "text.secondary", transform: { xs: "rotate(90deg)", md: "none" }, width: 20 }}
      >
        <ArrowRight size={20} />
      </Box>
      <Box component="ol" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
        {route.refuse && (
          <Typography component="li" variant="body2">
            {t("refuses", { message: route.refuse })}
          </Typography>
        )}
        {route.use.map((name, index) => (
          <Box component="li" key={name}>
            <Typography variant="caption" color="textSecondary" component="p" sx={{ mb: 0.5 }}>
              {index === 0 ? t("first") : t("then")}
            </Typography>
            <ModelCard
              name={name}
              ids={table.models.find((model) => model.name === name)?.deployments ?? []}
              deployments={deployments}
            />
          </Box>
        ))}
      </Box>
    </Card>
  )
}

/** One deployment may stand under two public models, with a price of its own in each. */
function placeOf(model: string, id: string): string {
  return `${model} ${id}`
}

function ModelCard({
  name,
  ids,
  deployments,
}: {
  name: string
  ids: readonly string[]
  deployments: Deployments
}) {
  const { t } = useTranslation("routing")
  return (
    <Box
      sx={{ border: 1, borderColor: "divider", borderRadius: "10px", bgcolor: "background.default", p: 1.5 }}
    >
      <Typography variant="body2" sx={{ fontWeight: 600, mb: 0.75 }}>
        {name}
      </Typography>
      {ids.length === 0 && (
        <Typography variant="caption" color="textSecondary">
          {t("no_deployment")} <RouterLink to="/providers">{t("add_provider")}</RouterLink>
        </Typography>
      )}
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 0.5 }}>
        {ids.map((id) => (
          <DeploymentLine key={id} id={id} deployment={deployments.get(placeOf(name, id))} />
        ))}
      </Box>
    </Box>
  )
}

function DeploymentLine({ id, deployment }: { id: string; deployment: ReturnType<Deployments["get"]> }) {
  const { t } = useTranslation("routing")
  const format = useFormat()
  const price = deployment?.price
  const state = deployment?.health.state ?? "closed"
  return (
    <Box
      component="li"
      sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 1, fontSize: "0.8125rem" }}
    >
      <StatusDot tone={deployment ? healthTones[state] : "neutral"} />
      <RouterLink
        to="/requests"
        search={{ deployment: id }}
        color="inherit"
        sx={{ flex: "1 1 160px", overflowWrap: "anywhere" }}
      >
        {id}
      </RouterLink>
      {deployment && state !== "closed" && (
        <StatusBadge tone={healthTones[state]}>{t(`health.${state}`)}</StatusBadge>
      )}
      <Typography variant="caption" color="textSecondary" className="tabular">
        {price?.input && price.output
          ? t("price", {
              input: format.price(price.input, price.currency),
              output: format.price(price.output, price.currency),
            })
          : t(deployment?.free ? "free" : "unknown_price", { ns: "common" })}
      </Typography>
    </Box>
  )
}
