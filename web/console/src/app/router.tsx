import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router"
import { sessionQuery } from "~/auth/session"
import { parseApprovalSearch } from "~/features/approvals/requests/search"
import { parseFilter } from "~/features/gateway/metering/filter"
import { ranges } from "~/features/gateway/metering/period"
import { parseUsageSearch } from "~/features/gateway/metering/usage"
import { ranges as splitRanges } from "~/features/gateway/splits/queries"
import { parseSearch } from "~/features/governance/audit/filter"
import { ConsentGate } from "~/features/identity/privacy/components/ConsentGate"
import { ToastRegion } from "~/feedback"
import { basePath, queryClient } from "~/server"
import { BrokenPage, NotFoundPage } from "./pages/Fallbacks"
import { Shell } from "./shell/Shell"

const root = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <ToastRegion />
    </>
  ),
  errorComponent: BrokenPage,
  notFoundComponent: NotFoundPage,
})

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined)
/** A flag in the address, however it was written. */
const flag = (value: unknown) => (value === true || value === "true" ? true : undefined)

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (
    search: Record<string, unknown>,
  ): { next?: string; problem?: string; provider?: string } => ({
    next: text(search.next),
    problem: text(search.problem),
    provider: text(search.provider),
  }),
  component: lazyRouteComponent(() => import("~/features/identity/sessions/pages/SignInPage"), "SignInPage"),
})

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  component: lazyRouteComponent(
    () => import("~/features/identity/sessions/pages/InvitationPage"),
    "InvitationPage",
  ),
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  beforeLoad: async ({ location }) => {
    if ((await queryClient.ensureQueryData(sessionQuery)) === null) {
      throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } })
    }
  },
  component: () => (
    <ConsentGate>
      <Shell />
    </ConsentGate>
  ),
})

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  validateSearch: (
    search: Record<string, unknown>,
  ): { range?: (typeof ranges)[number]; currency?: string } => ({
    range: ranges.find((range) => range === search.range),
    currency: text(search.currency),
  }),
  component: lazyRouteComponent(
    () => import("~/features/gateway/metering/pages/OverviewPage"),
    "OverviewPage",
  ),
})

const getStarted = createRoute({
  getParentRoute: () => signedIn,
  path: "/get-started",
  component: lazyRouteComponent(() => import("./pages/GetStartedPage"), "GetStartedPage"),
})

const usage = createRoute({
  getParentRoute: () => signedIn,
  path: "/usage",
  validateSearch: parseUsageSearch,
  component: lazyRouteComponent(() => import("~/features/gateway/metering/pages/UsagePage"), "UsagePage"),
})

const requests = createRoute({
  getParentRoute: () => signedIn,
  path: "/requests",
  validateSearch: parseFilter,
  component: lazyRouteComponent(
    () => import("~/features/gateway/metering/pages/RequestsPage"),
    "RequestsPage",
  ),
})

const request = createRoute({
  getParentRoute: () => requests,
  path: "$requestId",
  component: lazyRouteComponent(() => import("./pages/RequestWithRating"), "RequestWithRating"),
})

const providers = createRoute({
  getParentRoute: () => signedIn,
  path: "/providers",
  validateSearch: (search: Record<string, unknown>): { add?: true } => ({ add: flag(search.add) }),
  component: lazyRouteComponent(
    () => import("~/features/gateway/providers/pages/ProvidersPage"),
    "ProvidersPage",
  ),
})

const routes = createRoute({
  getParentRoute: () => signedIn,
  path: "/routes",
  component: lazyRouteComponent(() => import("./pages/RoutesWithReasons"), "RoutesWithReasons"),
})

const serviceLevels = createRoute({
  getParentRoute: () => signedIn,
  path: "/service-levels",
  component: lazyRouteComponent(
    () => import("~/features/gateway/service_levels/pages/ServiceLevelsPage"),
    "ServiceLevelsPage",
  ),
})

const splits = createRoute({
  getParentRoute: () => signedIn,
  path: "/splits",
  validateSearch: (
    search: Record<string, unknown>,
  ): { name?: string; range?: (typeof splitRanges)[number]; baseline?: string } => ({
    name: text(search.name),
    range: splitRanges.find((range) => range === search.range),
    baseline: text(search.baseline),
  }),
  component: lazyRouteComponent(() => import("~/features/gateway/splits/pages/SplitsPage"), "SplitsPage"),
})

const answerCache = createRoute({
  getParentRoute: () => signedIn,
  path: "/answer-cache",
  component: lazyRouteComponent(
    () => import("~/features/gateway/answer_cache/pages/AnswerCachePage"),
    "AnswerCachePage",
  ),
})

const prices = createRoute({
  getParentRoute: () => signedIn,
  path: "/prices",
  validateSearch: (search: Record<string, unknown>): { state?: string } => ({ state: text(search.state) }),
  component: lazyRouteComponent(() => import("~/features/gateway/prices/pages/PricesPage"), "PricesPage"),
})

const reconciliations = createRoute({
  getParentRoute: () => signedIn,
  path: "/reconciliations",
  component: lazyRouteComponent(
    () => import("~/features/gateway/reconciliation/pages/ReconciliationsPage"),
    "ReconciliationsPage",
  ),
})

const apiKeys = createRoute({
  getParentRoute: () => signedIn,
  path: "/api-keys",
  validateSearch: (search: Record<string, unknown>): { create?: true } => ({ create: flag(search.create) }),
  component: lazyRouteComponent(() => import("./pages/ApiKeysWithLimits"), "ApiKeysWithLimits"),
})

const limits = createRoute({
  getParentRoute: () => signedIn,
  path: "/limits",
  validateSearch: (search: Record<string, unknown>): { add?: true; key?: string } => ({
    add: flag(search.add),
    key: text(search.key),
  }),
  component: lazyRouteComponent(() => import("~/features/gateway/limits/pages/LimitsPage"), "LimitsPage"),
})

const people = createRoute({
  getParentRoute: () => signedIn,
  path: "/people",
  validateSearch: (search: Record<string, unknown>): { invite?: true; search?: string; role?: string } => ({
    invite: flag(search.invite),
    search: text(search.search),
    role: text(search.role),
  }),
  component: lazyRouteComponent(() => import("~/features/identity/people/pages/PeoplePage"), "PeoplePage"),
})

const privacy = createRoute({
  getParentRoute: () => signedIn,
  path: "/privacy",
  component: lazyRouteComponent(() => import("~/features/identity/privacy/pages/PrivacyPage"), "PrivacyPage"),
})

const units = createRoute({
  getParentRoute: () => signedIn,
  path: "/units",
  component: lazyRouteComponent(() => import("~/features/identity/units/pages/UnitsPage"), "UnitsPage"),
})

const organizations = createRoute({
  getParentRoute: () => signedIn,
  path: "/organizations",
  validateSearch: (search: Record<string, unknown>): { create?: true } => ({ create: flag(search.create) }),
  component: lazyRouteComponent(
    () => import("~/features/identity/organizations/pages/OrganizationsPage"),
    "OrganizationsPage",
  ),
})

const roles = createRoute({
  getParentRoute: () => signedIn,
  path: "/roles",
  validateSearch: (search: Record<string, unknown>): { create?: true } => ({ create: flag(search.create) }),
  component: lazyRouteComponent(() => import("~/features/identity/roles/pages/RolesPage"), "RolesPage"),
})

const policies = createRoute({
  getParentRoute: () => signedIn,
  path: "/policies",
  validateSearch: (search: Record<string, unknown>): { create?: true } => ({ create: flag(search.create) }),
  component: lazyRouteComponent(
    () => import("~/features/identity/policies/pages/PoliciesPage"),
    "PoliciesPage",
  ),
})

const approvals = createRoute({
  getParentRoute: () => signedIn,
  path: "/approvals",
  validateSearch: parseApprovalSearch,
  component: lazyRouteComponent(
    () => import("~/features/approvals/requests/pages/ApprovalsPage"),
    "ApprovalsPage",
  ),
})

const approval = createRoute({
  getParentRoute: () => approvals,
  path: "$approvalId",
})

const approvalRules = createRoute({
  getParentRoute: () => signedIn,
  path: "/approval-rules",
  component: lazyRouteComponent(
    () => import("~/features/approvals/risk/pages/ApprovalRulesPage"),
    "ApprovalRulesPage",
  ),
})

const flags = createRoute({
  getParentRoute: () => signedIn,
  path: "/flags",
  validateSearch: (search: Record<string, unknown>): { create?: true } => ({ create: flag(search.create) }),
  component: lazyRouteComponent(() => import("~/features/governance/flags/pages/FlagsPage"), "FlagsPage"),
})

const configuration = createRoute({
  getParentRoute: () => signedIn,
  path: "/configuration",
  validateSearch: (search: Record<string, unknown>): { kind?: string; author?: string } => ({
    kind: text(search.kind),
    author: text(search.author),
  }),
  component: lazyRouteComponent(
    () => import("~/features/governance/configuration/pages/ConfigurationPage"),
    "ConfigurationPage",
  ),
})

const singleSignOn = createRoute({
  getParentRoute: () => signedIn,
  path: "/single-sign-on",
  validateSearch: (search: Record<string, unknown>): { test?: string } => ({ test: text(search.test) }),
  component: lazyRouteComponent(
    () => import("~/features/identity/single_sign_on/pages/SingleSignOnPage"),
    "SingleSignOnPage",
  ),
})

const sessions = createRoute({
  getParentRoute: () => signedIn,
  path: "/sessions",
  component: lazyRouteComponent(
    () => import("~/features/identity/sessions/pages/SessionsPage"),
    "SessionsPage",
  ),
})

const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/AccountWithPrivacy"), "AccountWithPrivacy"),
})

const audit = createRoute({
  getParentRoute: () => signedIn,
  path: "/audit",
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import("~/features/governance/audit/pages/AuditPage"), "AuditPage"),
})

const compliance = createRoute({
  getParentRoute: () => signedIn,
  path: "/compliance",
  component: lazyRouteComponent(
    () => import("~/features/operations/compliance/pages/CompliancePage"),
    "CompliancePage",
  ),
})

const doctor = createRoute({
  getParentRoute: () => signedIn,
  path: "/doctor",
  component: lazyRouteComponent(() => import("~/features/operations/health/pages/DoctorPage"), "DoctorPage"),
})

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: lazyRouteComponent(
    () => import("~/features/operations/health/pages/SettingsPage"),
    "SettingsPage",
  ),
})

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    invitation,
    signedIn.addChildren([
      overview,
      usage,
      getStarted,
      requests.addChildren([request]),
      providers,
      routes,
      serviceLevels,
      splits,
      prices,
      answerCache,
      reconciliations,
      apiKeys,
      limits,
      people,
      organizations,
      units,
      privacy,
      roles,
      policies,
      approvals.addChildren([approval]),
      approvalRules,
      singleSignOn,
      flags,
      configuration,
      sessions,
      account,
      audit,
      compliance,
      doctor,
      settings,
    ]),
  ]),
  basepath: basePath,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: BrokenPage,
  defaultNotFoundComponent: NotFoundPage,
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
