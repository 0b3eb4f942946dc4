import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Route } from "@powerautomation/api-client"
import { ShieldCheck } from "lucide-react"
import { useTranslation } from "react-i18next"

const SHOWN_KINDS = 3
const actions = ["mask", "refuse", "record"] as const

/** What a route does with secrets, personal data and injected orders; nothing for a route without guardrails. */
export function RouteGuardrails({ guardrails }: { guardrails: Route["guardrails"] }) {
  const { t } = useTranslation("routing")
  if (!guardrails) return null
  const named = (kinds: readonly string[]) => {
    const names = kinds.map((kind) => t(`guardrails.names.${kind as "email"}`, { defaultValue: kind }))
    const shown = names.slice(0, SHOWN_KINDS).join(t("guardrails.and"))
    const more = kinds.length - SHOWN_KINDS
    return more > 0 ? t("guardrails.more", { first: shown, count: more }) : shown
  }
  return (
    <Box sx={{ mt: 1.25 }}>
      <Typography
        variant="caption"
        color="textSecondary"
        sx={{ display: "flex", alignItems: "center", gap: 0.5 }}
      >
        <ShieldCheck size={14} aria-hidden />
        {t("guardrails.title")}
      </Typography>
      <Box component="ul" sx={{ m: 0, pl: 2.25, fontSize: "0.8125rem", overflowWrap: "anywhere" }}>
        {actions.map(
          (action) =>
            guardrails[action].length > 0 && (
              <li key={action} title={guardrails[action].join(", ")}>
                {t(`guardrails.${action}`, { kinds: named(guardrails[action]) })}
              </li>
            ),
        )}
        {guardrails.injection && (
          <li>
            {t("guardrails.injection", {
              action: t(`guardrails.actions.${guardrails.injection}`),
              threshold: guardrails.injection_threshold,
            })}
          </li>
        )}
      </Box>
    </Box>
  )
}
