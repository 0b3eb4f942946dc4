import i18next from "i18next"
import { Keyboard, Languages, Monitor, Moon, Rocket, Sun } from "lucide-react"
import type { Action } from "~/actions"
import { actions as approvalsRequests } from "~/features/approvals/requests/actions"
import { actions as approvalsRisk } from "~/features/approvals/risk/actions"
import { actions as gatewayAnswerCache } from "~/features/gateway/answer_cache/actions"
import { actions as gatewayLimits } from "~/features/gateway/limits/actions"
import { actions as gatewayMetering } from "~/features/gateway/metering/actions"
import { actions as gatewayPrices } from "~/features/gateway/prices/actions"
import { actions as gatewayProviders } from "~/features/gateway/providers/actions"
import { actions as gatewayReconciliation } from "~/features/gateway/reconciliation/actions"
import { actions as gatewayRouting } from "~/features/gateway/routing/actions"
import { actions as gatewayServiceLevels } from "~/features/gateway/service_levels/actions"
import { actions as gatewaySplits } from "~/features/gateway/splits/actions"
import { actions as governanceAudit } from "~/features/governance/audit/actions"
import { actions as governanceConfiguration } from "~/features/governance/configuration/actions"
import { actions as governanceFlags } from "~/features/governance/flags/actions"
import { actions as identityApiKeys } from "~/features/identity/api_keys/actions"
import { actions as identityOrganizations } from "~/features/identity/organizations/actions"
import { actions as identityPeople } from "~/features/identity/people/actions"
import { actions as identityPolicies } from "~/features/identity/policies/actions"
import { actions as identityPrivacy } from "~/features/identity/privacy/actions"
import { actions as identityRoles } from "~/features/identity/roles/actions"
import { actions as identitySessions } from "~/features/identity/sessions/actions"
import { actions as identitySingleSignOn } from "~/features/identity/single_sign_on/actions"
import { actions as identityUnits } from "~/features/identity/units/actions"
import { actions as operationsCompliance } from "~/features/operations/compliance/actions"
import { actions as operationsHealth } from "~/features/operations/health/actions"
import { changeLanguage, languages } from "~/i18n"
import { openShortcuts } from "./palette/state"

const t = (...parameters: Parameters<ReturnType<typeof fixed>>) => fixed()(...parameters)
const fixed = () => i18next.getFixedT(null, "shell")

export type Mode = "light" | "dark" | "system"

/** Every page and action of the console. `setMode` switches between light, dark and the system's choice. */
export function allActions(setMode: (mode: Mode) => void): Action[] {
  return [
    ...gatewayMetering,
    ...gatewayProviders,
    ...gatewayRouting,
    ...gatewayServiceLevels,
    ...gatewaySplits,
    ...gatewayPrices,
    ...gatewayReconciliation,
    ...gatewayAnswerCache,
    ...identityApiKeys,
    ...gatewayLimits,
    {
      id: "get-started",
      icon: Rocket,
      title: () => t("get_started.title"),
      keywords: () => t("get_started.keywords"),
      shortcut: "g g",
      to: "/get-started",
    },
    ...identityPeople,
    ...identityOrganizations,
    ...identityUnits,
    ...identityPrivacy,
    ...identityRoles,
    ...identityPolicies,
    ...approvalsRequests,
    ...approvalsRisk,
    ...identitySingleSignOn,
    ...governanceFlags,
    ...governanceConfiguration,
    ...governanceAudit,
    ...operationsCompliance,
    ...operationsHealth,
    ...identitySessions,
    {
      id: "theme.light",
      icon: Sun,
      title: () => t("theme.light_action"),
      keywords: () => t("theme.keywords"),
      run: () => setMode("light"),
    },
    {
      id: "theme.dark",
      icon: Moon,
      title: () => t("theme.dark_action"),
      keywords: () => t("theme.keywords"),
      run: () => setMode("dark"),
    },
    {
      id: "theme.system",
      icon: Monitor,
      title: () => t("theme.system_action"),
      keywords: () => t("theme.keywords"),
      run: () => setMode("system"),
    },
    ...languages.map(
      (language): Action => ({
        id: `language.${language.id}`,
        icon: Languages,
        title: () => language.name,
        keywords: () => t("language_keywords"),
        run: () => void changeLanguage(language.id),
      }),
    ),
    {
      id: "shortcuts",
      icon: Keyboard,
      title: () => t("shortcuts.title"),
      keywords: () => t("shortcuts.keywords"),
      run: openShortcuts,
    },
  ]
}
