import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { DryRun } from "@powerautomation/api-client"
import { fonts, Panel } from "@powerautomation/design"
import { useMutation, useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { type Dialect, type DryRunDraft, dialects, dryRunOf, workingKeys } from "../dryRun"
import { callersQuery } from "../queries"

const example = `{
  "model": "claude-sonnet-4-5",
  "max_tokens": 1024,
  "messages": [{ "role": "user", "content": "Hello" }]
}`

type DryRunLimit = DryRun["limits"][number]

/** What other screens know how to say: why a request goes where it goes, and what a limit is. */
export interface DryRunWords {
  sentences: (parts: DryRun["reason"], english: string) => readonly string[]
  task: (name: string) => string
  limit: (limit: DryRunLimit) => string
  amount: (limit: DryRunLimit, value: number) => string
}

/** Paste a request and see where it would go and why; nothing is sent. */
export function DryRunPanel({ words }: { words: DryRunWords }) {
  const { t } = useTranslation("routing")
  const [draft, setDraft] = useState<DryRunDraft>({
    dialect: "anthropic-messages",
    body: example,
    headers: "",
    model: "",
    keyId: "",
  })
  const callers = useQuery(callersQuery)
  const working = workingKeys(callers.data ?? [], Date.now())
  const decision = useMutation({ mutationFn: api.routing.tryRequest })
  const request = dryRunOf(draft)
  const change = (part: Partial<DryRunDraft>) => setDraft({ ...draft, ...part })
  const code = { htmlInput: { spellCheck: false, style: { fontFamily: fonts.mono, fontSize: "0.8125rem" } } }
  return (
    <Panel title={t("dry_run.title")} hint={t("dry_run.hint")}>
      <Box
        component="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (request) decision.mutate(request)
        }}
        sx={{ display: "grid", gap: 2, gridTemplateColumns: { md: "minmax(0, 1fr) minmax(0, 1fr)" } }}
      >
        <Box sx={{ display: "grid", gap: 1.5, alignContent: "start" }}>
          <TextField
            select
            size="small"
            label={t("dry_run.key")}
            value={working.some((one) => one.id === draft.keyId) ? draft.keyId : ""}
            helperText={t("dry_run.key_hint")}
            onChange={(event) => change({ keyId: event.target.value })}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{t("dry_run.no_key")}</MenuItem>
            {working.map((one) => (
              <MenuItem key={one.id} value={one.id}>
                {one.name} (…{one.hint})
              </MenuItem>
            ))}
          </TextField>
          <TextField
            select
            size="small"
            label={t("dry_run.dialect")}
            value={draft.dialect}
            onChange={(event) => change({ dialect: event.target.value as Dialect })}
          >
            {dialects.map((one) => (
              <MenuItem key={one} value={one}>
                {t(`dialects.${one}`, { ns: "providers" })}
              </MenuItem>
            ))}
          </TextField>
          {draft.dialect === "gemini" && (
            <TextField
              size="small"
              label={t("dry_run.model")}
              value={draft.model}
              onChange={(event) => change({ model: event.target.value })}
            />
          )}
          <TextField
            multiline
            minRows={5}
            maxRows={16}
            label={t("dry_run.body")}
            value={draft.body}
            error={request === null}
            helperText={request === null ? t("dry_run.not_json") : undefined}
            onChange={(event) => change({ body: event.target.value })}
            slotProps={code}
          />
          <TextField
            multiline
            maxRows={6}
            label={t("dry_run.headers")}
            value={draft.headers}
            onChange={(event) => change({ headers: event.target.value })}
            slotProps={code}
          />
          <Box>
            <Button
              type="submit"
              variant="contained"
              disabled={request === null}
              loading={decision.isPending}
            >
              {t("dry_run.run")}
            </Button>
          </Box>
        </Box>
        <Box role="status" sx={{ minWidth: 0 }}>
          {decision.error && <ProblemPanel error={decision.error} />}
          {decision.data && <Decision decision={decision.data} words={words} />}
        </Box>
      </Box>
    </Panel>
  )
}

function Decision({ decision, words }: { decision: DryRun; words: DryRunWords }) {
  const { t } = useTranslation("routing")
  const format = useFormat()
  const forbidden = decision.not_allowed.length > 0
  const nobody =
    !forbidden && !decision.refusal && decision.candidates.length === 0 && decision.rejected.length === 0
  return (
    <Box sx={{ display: "grid", gap: 1.5, overflowWrap: "anywhere" }}>
      <Typography variant="body2">
        {t("dry_run.summary", {
          task: words.task(decision.task_class),
          tokens: format.count(decision.tokens),
        })}
      </Typography>
      {forbidden && (
        <Typography color="error">
          {t("dry_run.not_allowed", {
            name: decision.key,
            model: decision.model,
            models: decision.not_allowed.join(", "),
          })}
        </Typography>
      )}
      {decision.refusal && (
        <Typography color="error">{t("dry_run.refused", { message: decision.refusal })}</Typography>
      )}
      {nobody && <Typography color="error">{t("dry_run.nobody")}</Typography>}
      {decision.split && (
        <Typography variant="body2">
          {t("dry_run.experiment", { split: decision.split, arm: decision.arm })}
        </Typography>
      )}
      {decision.candidates.length > 0 && (
        <Box>
          <Typography variant="subtitle2" component="h3">
            {t("dry_run.order")}
          </Typography>
          <Box component="ol" sx={{ m: 0, pl: 2.5 }}>
            {decision.candidates.map((one) => (
              <Typography component="li" variant="body2" key={one.deployment}>
                {one.deployment}
                <Typography component="span" variant="caption" color="textSecondary" sx={{ ml: 1 }}>
                  {one.cost_nanos === null
                    ? t("dry_run.unknown_cost")
                    : t("dry_run.cost", { cost: format.money(one.cost_nanos, one.currency) })}
                </Typography>
              </Typography>
            ))}
          </Box>
        </Box>
      )}
      {decision.rejected.length > 0 && (
        <Box>
          <Typography variant="subtitle2" component="h3">
            {t("dry_run.passed_over")}
          </Typography>
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {decision.rejected.map((one) => (
              <Typography component="li" variant="body2" key={one.deployment}>
                {words.sentences(
                  [{ code: "passed_over", values: [one.deployment, one.why, ...one.values] }],
                  one.message,
                )}
              </Typography>
            ))}
          </Box>
        </Box>
      )}
      {decision.limits.length > 0 && (
        <Box>
          <Typography variant="subtitle2" component="h3">
            {t("dry_run.limits")}
          </Typography>
          <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
            {decision.limits.map((one) => (
              <LimitLine key={one.id} limit={one} words={words} />
            ))}
          </Box>
        </Box>
      )}
      {decision.reason.length > 0 && <Why decision={decision} words={words} />}
    </Box>
  )
}

/** Why it would go there, one sentence for each thing that leads there. Who is passed over stands in a list above. */
function Why({ decision, words }: { decision: DryRun; words: DryRunWords }) {
  const { t } = useTranslation("routing")
  const parts = decision.reason.filter((part) => part.code !== "passed_over")
  return (
    <Box>
      <Typography variant="subtitle2" component="h3">
        {t("dry_run.why")}
      </Typography>
      {words.sentences(parts, decision.sentence).map((sentence, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences are in a fixed order and may repeat
        <Typography key={index} variant="body2" color="textSecondary">
          {sentence}
        </Typography>
      ))}
    </Box>
  )
}

function LimitLine({ limit, words }: { limit: DryRunLimit; words: DryRunWords }) {
  const { t } = useTranslation("routing")
  const unknown = t("dry_run.unknown_amount")
  const amount = (value: number | null) => (value === null ? unknown : words.amount(limit, value))
  return (
    <Typography component="li" variant="body2" color={limit.why ? "error" : undefined}>
      {words.limit(limit)}
      <Typography
        component="span"
        variant="caption"
        color={limit.why ? "error" : "textSecondary"}
        sx={{ ml: 1 }}
      >
        {limit.why
          ? t(`dry_run.limit_refuses.${limit.why}`, { used: amount(limit.used), asks: amount(limit.asks) })
          : t("dry_run.limit_fits", { used: amount(limit.used), asks: amount(limit.asks) })}
      </Typography>
    </Typography>
  )
}
