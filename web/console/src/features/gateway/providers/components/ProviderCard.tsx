import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import type { Deployment, Provider } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { Lock, Pencil, Plug, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { RouterLink } from "~/display"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { BalanceLine } from "./BalanceLine"
import { TestResult } from "./TestResult"

const healthTones = { closed: "good", half_open: "warning", open: "bad" } as const

interface ProviderCardProps {
  provider: Provider
  onEdit: () => void
  onRemove: () => void
}

/** One provider with the state of everything it offers. */
export function ProviderCard({ provider, onEdit, onRemove }: ProviderCardProps) {
  const { t } = useTranslation("providers")
  const test = useMutation({ mutationFn: () => api.providers.test(provider.id) })
  const facts: string[] = []
  if (provider.key_hint) facts.push(t("key", { hint: provider.key_hint }))
  // Keys that the configuration holds are never told, not even whether there is one.
  else if (provider.source === "console") facts.push(t("no_key"))
  if (provider.requests_per_second !== null)
    facts.push(t("per_second", { count: provider.requests_per_second }))
  return (
    <Card component="article" aria-label={provider.name}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 2, p: 2.5, pb: 2, alignItems: "flex-start" }}>
        <Box sx={{ flex: "1 1 260px", minWidth: 0 }}>
          <Box sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 1, mb: 0.25 }}>
            <Typography variant="h2">{provider.name}</Typography>
            {provider.source !== "console" && (
              <Tooltip describeChild title={t(`source_hints.${provider.source}`)}>
                <span>
                  <StatusBadge tone="neutral" icon={<Lock size={12} aria-hidden />}>
                    {t(`sources.${provider.source}`)}
                  </StatusBadge>
                </span>
              </Tooltip>
            )}
            {provider.missing_key && <StatusBadge tone="bad">{t("not_configured")}</StatusBadge>}
          </Box>
          <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
            {provider.source === "built-in"
              ? t("demo")
              : t(`dialects.${provider.dialect}` as "dialects.openai-chat", {
                  defaultValue: provider.dialect,
                })}
            {provider.base_url && ` · ${provider.base_url}`}
          </Typography>
          <Typography variant="caption" color="textSecondary" className="tabular">
            {facts.join(" · ")}
          </Typography>
          {provider.missing_key && (
            <Typography variant="body2" sx={{ overflowWrap: "anywhere" }}>
              {t("not_configured_hint", { name: provider.missing_key })}
            </Typography>
          )}
          {provider.health_check && <CheckLine check={provider.health_check} />}
          <BalanceLine provider={provider.name} />
        </Box>
        <Box sx={{ display: "flex", gap: 1, flexWrap: "wrap" }}>
          {provider.source !== "built-in" && (
            <Allowed permission="providers:write">
              <Button
                size="small"
                variant="outlined"
                color="inherit"
                startIcon={<Plug size={15} />}
                loading={test.isPending}
                onClick={() => test.mutate()}
              >
                {t("test.again")}
              </Button>
            </Allowed>
          )}
          {provider.editable && (
            <>
              <Allowed permission="providers:write">
                <Button
                  size="small"
                  variant="outlined"
                  color="inherit"
                  startIcon={<Pencil size={15} />}
                  onClick={onEdit}
                >
                  {t("edit.open")}
                </Button>
              </Allowed>
              <Allowed permission="providers:write">
                <Button
                  size="small"
                  variant="outlined"
                  color="error"
                  startIcon={<Trash2 size={15} />}
                  onClick={onRemove}
                >
                  {t("remove.run")}
                </Button>
              </Allowed>
            </>
          )}
        </Box>
      </Box>
      {(test.data || test.error) && (
        <Box sx={{ px: 2.5, pb: 2 }} role="status">
          {test.data ? <TestResult test={test.data} /> : <ProblemPanel error={test.error} />}
        </Box>
      )}
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {provider.deployments.map((deployment) => (
          <DeploymentRow
            key={deployment.id}
            deployment={deployment}
            free={provider.source === "built-in"}
            configured={!provider.missing_key}
          />
        ))}
      </Box>
      {provider.deployments.length === 0 && (
        <Typography
          variant="body2"
          color="textSecondary"
          sx={{ px: 2.5, py: 1.5, borderTop: 1, borderColor: "divider" }}
        >
          {t("no_models")}
        </Typography>
      )}
    </Card>
  )
}

/** What the latest of the server's own questions to the provider found. */
function CheckLine({ check }: { check: NonNullable<Provider["health_check"]> }) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  return (
    <Box sx={{ mt: 0.75, display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
      <StatusBadge tone={check.ok === null ? "neutral" : check.ok ? "good" : "bad"}>
        {t(check.ok === null ? "check.waiting" : check.ok ? "check.ok" : "check.failed")}
      </StatusBadge>
      <Typography variant="caption" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
        {t("check.every", { duration: format.wait(check.interval_seconds) })}
        {check.latency_ms !== null && ` · ${format.duration(check.latency_ms)}`}
        {check.message && ` · ${check.message}`}
      </Typography>
    </Box>
  )
}

interface DeploymentRowProps {
  deployment: Deployment
  free: boolean
  configured: boolean
}

function DeploymentRow({ deployment, free, configured }: DeploymentRowProps) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const { health } = deployment
  return (
    <Box
      component="li"
      sx={{
        display: "grid",
        gridTemplateColumns: {
          xs: "minmax(0, 1fr) auto",
          sm: "minmax(0, 5fr) minmax(0, 5fr) minmax(0, 3fr)",
        },
        gap: { xs: 0.5, sm: 2 },
        alignItems: "center",
        px: 2.5,
        py: 1.25,
        borderTop: 1,
        borderColor: "divider",
        fontSize: "0.84375rem",
      }}
    >
      <Box sx={{ minWidth: 0 }}>
        <RouterLink
          to="/requests"
          search={{ deployment: deployment.id }}
          color="inherit"
          sx={{ fontWeight: 560, overflowWrap: "anywhere" }}
        >
          {deployment.model}
        </RouterLink>
        <Typography variant="caption" color="textSecondary" component="div">
          {t("known_as", { name: deployment.public_model })}
        </Typography>
      </Box>
      <Box sx={{ gridColumn: { xs: "1 / -1", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}>
        {free ? t("free", { ns: "common" }) : <PriceText deployment={deployment} />}
      </Box>
      <Box sx={{ justifySelf: { xs: "end", sm: "start" }, textAlign: { xs: "right", sm: "left" } }}>
        <StatusBadge tone={configured ? healthTones[health.state] : "neutral"}>
          {configured ? t(`health.${health.state}`) : t("not_configured")}
        </StatusBadge>
        {health.state !== "closed" && (
          <Typography variant="caption" color="textSecondary" component="div">
            {health.why === "" || health.why === "failures"
              ? t("failures", { count: health.recent_failures })
              : t(`why.${health.why}`)}
            {health.retry_in_seconds !== null &&
              ` · ${t("retry", { duration: format.wait(health.retry_in_seconds) })}`}
          </Typography>
        )}
        {health.error_share !== null && (
          <Typography variant="caption" color="textSecondary" component="div" className="tabular">
            {t("last_minute", {
              count: health.recent_attempts,
              failed: format.percent(health.error_share * 100),
            })}
            {health.latency_ms !== null && ` · ${format.duration(health.latency_ms)}`}
          </Typography>
        )}
      </Box>
    </Box>
  )
}

function PriceText({ deployment }: { deployment: Deployment }) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const { price } = deployment
  if (!price?.input || !price.output) {
    return (
      <Tooltip describeChild title={t("unknown_price_hint", { ns: "common" })}>
        <span>
          <StatusBadge tone="warning">{t("unknown_price", { ns: "common" })}</StatusBadge>
        </span>
      </Tooltip>
    )
  }
  const source = [price.source, price.effective_from].filter(Boolean).join(", ")
  return (
    <Tooltip describeChild title={t("price_source", { source })}>
      <Box component="span" className="tabular">
        {t("price", {
          input: format.price(price.input, price.currency),
          output: format.price(price.output, price.currency),
        })}
        <Typography variant="caption" color="textSecondary" component="span">
          {price.cached_input &&
            ` · ${t("cached_price", { cached: format.price(price.cached_input, price.currency) })}`}
        </Typography>
      </Box>
    </Tooltip>
  )
}
