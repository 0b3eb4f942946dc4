import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { RequestDetail } from "@powerautomation/api-client"
import { CopyButton, FactList, ProportionBar, percentOf, Stat } from "@powerautomation/design"
import { type ReactNode, useId } from "react"
import { useTranslation } from "react-i18next"
import { Money, RouterLink, Tokens } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { cacheWritesOf, lacksListPrice, servedBy, wholeInputOf } from "../ledger"
import { errorTitleOf, whoSaidIt } from "../reason"
import { useReasonWords } from "../useReasonWords"
import { DemoBadge, OutcomeBadge } from "./outcome"
import { Quote } from "./Quote"
import { Waterfall } from "./Waterfall"

/** Everything the ledger knows about one request: who served it, why, how long, how many tokens, what it cost. */
export function RequestDetails({ request, rating }: { request: RequestDetail; rating: ReactNode }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const { i18n } = useTranslation()
  const errorHint = request.error_code ? t(errorHintOf(request.error_code), { defaultValue: "" }) : ""
  const errorTitle = errorTitleOf(request.error_code, t, i18n.language)
  const said = whoSaidIt(request, t)
  return (
    <Box sx={{ display: "grid", gap: 3, gridTemplateColumns: "minmax(0, 1fr)" }}>
      <Box>
        <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center", mb: 1 }}>
          <OutcomeBadge request={request} />
          {request.demo && <DemoBadge />}
          <Typography variant="caption" color="textSecondary">
            {format.moment(request.started_at, "full")}
          </Typography>
        </Box>
        <Typography
          sx={{ fontSize: "1.125rem", fontWeight: 600, letterSpacing: "-0.01em", overflowWrap: "anywhere" }}
        >
          {request.requested_model || t("requests.no_model")}
          <Box component="span" sx={{ color: "text.secondary", fontWeight: 450 }}>
            {" → "}
          </Box>
          {servedBy(request, t)}
        </Typography>
        <Box sx={{ display: "flex", alignItems: "center", gap: 0.5, color: "text.secondary" }}>
          <Box component="code" sx={{ fontSize: "0.78125rem", overflowWrap: "anywhere" }}>
            {request.id}
          </Box>
          <CopyButton
            text={request.id}
            label={t("copy_request_id", { ns: "common" })}
            copiedLabel={t("copied", { ns: "common" })}
          />
        </Box>
      </Box>

      {request.error_message && (
        <Alert severity={request.outcome === "failed" ? "error" : "warning"}>
          {errorTitle && (
            <Typography variant="body2" sx={{ fontWeight: 560 }}>
              {errorTitle}
            </Typography>
          )}
          {said.own && !errorTitle && (
            <Typography variant="body2" lang="en" sx={{ fontWeight: 560, overflowWrap: "anywhere" }}>
              {said.own}
            </Typography>
          )}
          {said.provider && (
            <Typography variant="body2">
              <Quote label={t("detail.provider_said")} words={said.provider} />
            </Typography>
          )}
          {request.repeats > 0 && (
            <Typography variant="body2">
              {t("detail.repeats", { count: request.repeats, formatted: format.count(request.repeats) })}
            </Typography>
          )}
          {errorHint && <Typography variant="body2">{errorHint}</Typography>}
          {request.error_code && (
            <Typography variant="caption" component="p" sx={{ mt: 0.5 }}>
              <code>{request.error_code}</code>
            </Typography>
          )}
          {said.own && errorTitle && (
            <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 0.5 }}>
              <Quote label={t("detail.server_said")} words={said.own} />
            </Typography>
          )}
        </Alert>
      )}

      <Part title={t("detail.why")}>
        <Reason request={request} />
      </Part>

      <MoneyPart request={request} />

      {rating}

      <Part title={t("detail.timeline")}>
        {request.attempts.length > 0 ? (
          <Waterfall request={request} />
        ) : (
          <Typography variant="body2" color="textSecondary">
            {t("detail.no_attempts")}
          </Typography>
        )}
        <Box sx={{ mt: 2 }}>
          <FactList
            facts={[
              { name: t("detail.total"), value: format.duration(request.duration_ms) },
              {
                name: t("detail.first_token"),
                value: request.first_token_ms === null ? "—" : format.duration(request.first_token_ms),
              },
              { name: t("detail.overhead"), value: format.duration(request.overhead_ms) },
            ]}
          />
        </Box>
      </Part>

      <TokenPart request={request} />

      <Part title={t("detail.circumstances")}>
        <FactList
          facts={[
            {
              name: t("columns.key"),
              value: (
                <RouterLink to="/requests" search={{ api_key_id: request.api_key_id }}>
                  {request.api_key_name || request.api_key_id}
                </RouterLink>
              ),
            },
            {
              name: t("detail.route"),
              value: request.route ? (
                <RouterLink to="/routes">{request.route}</RouterLink>
              ) : (
                t("detail.no_route")
              ),
            },
            {
              name: t("detail.dialect"),
              value: t(`dialects.${request.dialect}` as "dialects.anthropic-messages", {
                defaultValue: request.dialect,
              }),
            },
            { name: t("detail.answer"), value: request.stream ? t("detail.stream") : t("detail.whole") },
            ...(request.session
              ? [{ name: t("detail.session"), value: <code>{request.session}</code> }]
              : []),
          ]}
        />
      </Part>
    </Box>
  )
}

function errorHintOf(code: string): "error_hints.gateway_upstream_failed" {
  const busy =
    /^gateway\.(upstream|stream)_(rate_limited|overloaded|server|timeout|connection|invalid_answer)$/
  const name = busy.test(code) ? "gateway_upstream_busy" : code.replaceAll(".", "_")
  return `error_hints.${name}` as "error_hints.gateway_upstream_failed"
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <Box component="section" aria-labelledby={id}>
      <Typography variant="h3" component="h3" id={id} sx={{ mb: 1.25 }}>
        {title}
      </Typography>
      {children}
    </Box>
  )
}

function Reason({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("metering")
  const words = useReasonWords()
  const sentences = words.sentences(request.reason_parts, request.reason || t("detail.no_reason"))
  return (
    <Box sx={{ borderLeft: 3, borderColor: "primary.main", pl: 1.5, display: "grid", gap: 0.5 }}>
      {sentences.map((sentence, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences are in a fixed order and may repeat
        <Typography key={index} variant="body2" sx={{ overflowWrap: "anywhere" }}>
          {sentence}
        </Typography>
      ))}
    </Box>
  )
}

function MoneyPart({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const { cost_nanos: cost, baseline_nanos: baseline, savings_nanos: savings } = request
  const loss = savings !== null && savings < 0
  const percent = savings === null || !baseline ? null : percentOf(Math.abs(savings), baseline)
  return (
    <Part title={t("detail.money")}>
      {request.demo && (
        <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
          {t("detail.demo_money")}
        </Typography>
      )}
      <Box sx={{ display: "grid", gridTemplateColumns: "repeat(3, minmax(0, 1fr))", gap: 2, mb: 1.5 }}>
        <Stat label={t("spent")} value={<Money nanos={cost} currency={request.currency} detail="fine" />} />
        <Stat
          label={t("detail.would_have_cost")}
          value={
            baseline === null &&
            (request.demo || request.outcome === "failed" || request.outcome === "refused") ? (
              "—"
            ) : (
              <Money nanos={baseline} currency={request.baseline_currency} detail="fine" />
            )
          }
          note={request.baseline_model}
        />
        <Stat
          label={loss ? t("lost") : t("saved")}
          tone={loss ? "loss" : savings ? "saved" : "plain"}
          value={
            savings === null ? (
              "—"
            ) : (
              <Money nanos={Math.abs(savings)} currency={request.currency} detail="fine" />
            )
          }
          note={percent === null ? "" : format.percent(percent)}
        />
      </Box>
      {savings !== null && cost !== null && baseline !== null && baseline > 0 && (
        <ProportionBar
          label={`${t("spent")} ${format.money(cost, request.currency, "fine")}`}
          parts={[
            { value: Math.min(cost, baseline), color: "ledger.spent", label: t("spent") },
            loss
              ? { value: -savings, color: "ledger.loss", label: t("lost") }
              : { value: savings, color: "ledger.saved", label: t("saved") },
          ]}
        />
      )}
      {lacksListPrice(request) && (
        <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
          {t("detail.no_list_price", { model: request.requested_model })}{" "}
          <RouterLink to="/prices" search={{ state: request.requested_model }} underline="always">
            {t("detail.no_list_price_action")}
          </RouterLink>
        </Typography>
      )}
      <Bands request={request} />
      {request.usage_estimated && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1 }}>
          {request.outcome === "cancelled" ? t("detail.estimated") : t("detail.estimated_usage")}
        </Typography>
      )}
    </Part>
  )
}

function TokenPart({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("metering")
  const rows = request.attempts.filter((attempt) => wholeInputOf(attempt) + attempt.output_tokens > 0)
  const head = ["input", "cached", "cache_write", "output", "reasoning"] as const
  const lines =
    rows.length > 0
      ? rows.map((attempt) => ({
          name: attempt.deployment,
          counts: [
            wholeInputOf(attempt),
            attempt.cached_input_tokens,
            cacheWritesOf(attempt),
            attempt.output_tokens,
            attempt.reasoning_tokens,
          ],
          estimated: attempt.estimated,
        }))
      : [
          {
            name: request.deployment ?? "—",
            counts: [
              wholeInputOf(request),
              request.cached_input_tokens,
              cacheWritesOf(request),
              request.output_tokens,
              request.reasoning_tokens,
            ],
            estimated: request.usage_estimated,
          },
        ]
  return (
    <Part title={t("detail.tokens")}>
      <Box tabIndex={0} role="region" aria-label={t("detail.tokens")} sx={{ overflowX: "auto", mx: -1.5 }}>
        <Table size="small" aria-label={t("detail.tokens")}>
          <TableHead>
            <TableRow>
              {lines.length > 1 && <TableCell>{t("filters.deployment")}</TableCell>}
              {head.map((name) => (
                <TableCell key={name} align={lines.length > 1 || name !== "input" ? "right" : "left"}>
                  {t(`token_kinds.${name}`)}
                </TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {lines.map((line) => (
              <TableRow key={line.name} sx={{ "&:last-child td": { border: 0 } }}>
                {lines.length > 1 && <TableCell>{line.name}</TableCell>}
                {line.counts.map((count, index) => (
                  <TableCell key={head[index]} align={lines.length > 1 || index > 0 ? "right" : "left"}>
                    <Tokens count={count} estimated={line.estimated && count > 0} />
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Box>
      <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1 }}>
        {t("detail.tokens_hint")}
      </Typography>
    </Part>
  )
}

/** Of which day the prices are, and which of their bands held where it was not the plain price. */
function Bands({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const dates = new Set(request.attempts.map((one) => one.price_effective).filter(Boolean))
  const lines = request.attempts.filter((attempt) => attempt.price_band !== "")
  if (lines.length + dates.size === 0) return null
  const said = (band: string) => {
    const [kind = "", name = ""] = band.split(":")
    if (kind === "above") return t("band.above", { name: format.count(Number(name)) })
    return kind === "tier" ? t("band.tier", { name }) : t("band.region", { name })
  }
  return (
    <Typography
      variant="caption"
      color="textSecondary"
      component="p"
      sx={{ mt: 0.75, overflowWrap: "anywhere" }}
    >
      {[
        dates.size > 0 && `${t("band.dated")}: ${[...dates].join(", ")}`,
        lines.length > 0 && `${t("band.label")}:`,
        ...lines.map(
          (attempt) => `${attempt.deployment}: ${attempt.price_band.split(" ").map(said).join(", ")}`,
        ),
      ]
        .filter(Boolean)
        .join(" · ")}
    </Typography>
  )
}
