import type requests from "../../features/approvals/requests/messages/en.json"
import type risk from "../../features/approvals/risk/messages/en.json"
import type answer_cache from "../../features/gateway/answer_cache/messages/en.json"
import type limits from "../../features/gateway/limits/messages/en.json"
import type metering from "../../features/gateway/metering/messages/en.json"
import type prices from "../../features/gateway/prices/messages/en.json"
import type providers from "../../features/gateway/providers/messages/en.json"
import type ratings from "../../features/gateway/ratings/messages/en.json"
import type reconciliation from "../../features/gateway/reconciliation/messages/en.json"
import type routing from "../../features/gateway/routing/messages/en.json"
import type service_levels from "../../features/gateway/service_levels/messages/en.json"
import type splits from "../../features/gateway/splits/messages/en.json"
import type audit from "../../features/governance/audit/messages/en.json"
import type configuration from "../../features/governance/configuration/messages/en.json"
import type flags from "../../features/governance/flags/messages/en.json"
import type api_keys from "../../features/identity/api_keys/messages/en.json"
import type organizations from "../../features/identity/organizations/messages/en.json"
import type people from "../../features/identity/people/messages/en.json"
import type policies from "../../features/identity/policies/messages/en.json"
import type privacy from "../../features/identity/privacy/messages/en.json"
import type roles from "../../features/identity/roles/messages/en.json"
import type sessions from "../../features/identity/sessions/messages/en.json"
import type single_sign_on from "../../features/identity/single_sign_on/messages/en.json"
import type units from "../../features/identity/units/messages/en.json"
import type compliance from "../../features/operations/compliance/messages/en.json"
import type health from "../../features/operations/health/messages/en.json"
import type common from "../../i18n/messages/en.json"
import type shell from "../messages/en.json"

// Makes a missing or misspelt message a type error.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common"
    resources: {
      shell: typeof shell
      common: typeof common
      limits: typeof limits
      metering: typeof metering
      providers: typeof providers
      ratings: typeof ratings
      reconciliation: typeof reconciliation
      routing: typeof routing
      service_levels: typeof service_levels
      answer_cache: typeof answer_cache
      prices: typeof prices
      splits: typeof splits
      api_keys: typeof api_keys
      people: typeof people
      organizations: typeof organizations
      policies: typeof policies
      privacy: typeof privacy
      requests: typeof requests
      risk: typeof risk
      roles: typeof roles
      units: typeof units
      audit: typeof audit
      flags: typeof flags
      configuration: typeof configuration
      sessions: typeof sessions
      single_sign_on: typeof single_sign_on
      compliance: typeof compliance
      health: typeof health
    }
  }
}
