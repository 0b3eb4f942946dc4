import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { DryRun } from "@powerautomation/api-client"
import { fonts, Panel } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { type Dialect, type DryRunDraft, dialects, dryRunOf } from "../dryRun"
import type en from "../messages/en.json"

const example = `{
  "model": "claude-sonnet-4-5",
  "max_tokens": 1024,
  "messages": [{ "role": "user", "content": "Hello" }]
}`

/** Paste a request and see where it would go and why; nothing is sent. */
export function DryRunPanel() {
  const { t } = useTranslation("routing")
  const [draft, setDraft] = useState<DryRunDraft>({
    dialect: "anthropic-messages",
    body: example,
    headers: "",
    model: "",
  })
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
            label={t("dry_run.dialect")}
            value={draft.dialect}
            onChange={(event) => change({ dialect: event.target.value as Dialect })}
          >
            {dialects.map((one) => (
              <MenuItem key={one} value={one}>
                {one}
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
          {decision.data && <Decision decision={decision.data} />}
        </Box>
      </Box>
    </Panel>
  )
}

function Decision({ decision }: { decision: DryRun }) {
  const { t } = useTranslation("routing")
  const format = useFormat()
  const task = t(`dry_run.tasks.${decision.task_class as keyof typeof en.dry_run.tasks}`)
  const nobody = !decision.refusal && decision.candidates.length === 0 && decision.rejected.length === 0
  return (
    <Box sx={{ display: "grid", gap: 1.5, overflowWrap: "anywhere" }}>
      <Typography variant="body2">
        {t("dry_run.summary", { task, tokens: format.count(decision.tokens) })}
      </Typography>
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
                {one.message}
              </Typography>
            ))}
          </Box>
        </Box>
      )}
      <Box>
        <Typography variant="subtitle2" component="h3">
          {t("dry_run.why")}
        </Typography>
        <Typography variant="body2" color="textSecondary">
          {decision.sentence}
        </Typography>
      </Box>
    </Box>
  )
}
