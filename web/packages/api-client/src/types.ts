/**
 * The values of the control API under the names the console uses. Their fields come from `schema.ts`, which is
 * generated from the server's own description; only what the description leaves open is narrowed here.
 */
import type { components, paths } from "./schema"

type Schemas = components["schemas"]

export type User = Schemas["UserAnswer"]
export type Session = Schemas["SessionAnswer"]
/** The first step of a sign-in was right; a code is needed before anybody is signed in. */
export type PendingStep = Schemas["StepAnswer"]
export type SignInAnswer = Session | PendingStep
export type ComplianceReport = Schemas["ComplianceReport"]
export type ComplianceSection = Schemas["ComplianceSection"]
export type ComplianceLanguage = "en" | "zh-CN" | "zh-TW"
export type ComplianceFilter = {
  since: string
  until: string
  dormant_days: number
  language: ComplianceLanguage
}
export type ConfirmBody = Schemas["ConfirmBody"]
export type Factors = Schemas["FactorsAnswer"]
export type Passkey = Schemas["PasskeyAnswer"]
export type PasskeyOptions = Schemas["PasskeyOptions"]
export type TotpSetup = Schemas["TotpSetupAnswer"]
export type RecoveryCodes = Schemas["RecoveryCodes"]
export type PasswordBody = Schemas["PasswordBody"]
export type ProfileBody = Schemas["ProfileBody"]

export type LiveSession = Schemas["LiveSessionAnswer"]
export type LiveSessionList = Schemas["LiveSessionList"]
export type Membership = Schemas["MembershipAnswer"]
export type Invitation = Schemas["InvitationAnswer"]
export type AcceptBody = Schemas["AcceptBody"]

export type Person = Schemas["PersonAnswer"]
export type PersonPage = Schemas["PersonList"]
export type PersonState = Person["state"]
export type PersonDraft = Schemas["InviteBody"]
export type PersonChange = Schemas["PersonBody"]
export type InvitationLink = Schemas["InvitationLink"]
export type DeletedPerson = Schemas["DeletedPerson"]
export type ConsentText = Schemas["ConsentTextAnswer"]
export type ConsentTextDraft = Schemas["ConsentTextBody"]
export type Consent = Schemas["ConsentAnswer"]
export type ConsentList = Schemas["ConsentList"]
export type OwnConsent = Schemas["OwnConsentAnswer"]
export type ErasureRequest = Schemas["ErasureRequestAnswer"]
export type OwnErasureRequest = Schemas["OwnErasureRequest"]
export type RetentionRule = Schemas["RetentionAnswer"]
export type Erasure = Schemas["ErasureAnswer"]
export type ImportReport = Schemas["ImportReport"]
export type ImportLine = Schemas["ImportLine"]
export type Unit = Schemas["UnitAnswer"]
export type UnitDraft = Schemas["UnitBody"]
export type UnitChange = Schemas["UnitChange"]
export type UnitMember = Schemas["MemberAnswer"]
export type UnitMembership = Schemas["MemberBody"]
export type Quota = Schemas["QuotaAnswer"]
export type Tenant = Schemas["TenantAnswer"]
export type TenantDraft = Schemas["TenantBody"]
export type MadeTenant = Schemas["MadeTenant"]
export type Role = Schemas["RoleAnswer"]
export type RoleDraft = Schemas["RoleBody"]
export type RoleChange = Schemas["RoleChange"]
export type Permission = Schemas["PermissionAnswer"]
export type RoleList = Schemas["RoleList"]
export type Supposed = Schemas["Supposed"]
export type Policy = Schemas["PolicyAnswer"]
export type PolicyDraft = Schemas["PolicyBody"]
export type PolicyChange = Schemas["PolicyChange"]
export type PolicyVersion = Schemas["PolicyVersionAnswer"]
export type TryDraft = Schemas["TryBody"]
export type TryAnswer = Schemas["TryAnswer"]
export type AccessExplanation = Schemas["AccessExplanation"]

export type ApiKey = Schemas["ApiKeyAnswer"]
export type Share = Schemas["ShareAnswer"]
export type ShareDraft = Schemas["ShareBody"]
export type CreatedApiKey = Schemas["CreatedApiKeyAnswer"]
/** Labels that are left out are empty. */
export type ApiKeyBody = Omit<Schemas["ApiKeyBody"], "project" | "tags"> &
  Partial<Pick<Schemas["ApiKeyBody"], "project" | "tags">>

export type AuditActor = Schemas["AuditActorAnswer"]
export type AuditEvent = Schemas["AuditEventAnswer"]
export type AuditEventPage = Schemas["AuditEventList"]
export type AuditStream = Schemas["AuditStreamAnswer"]
export type AuditFilter = Omit<
  NonNullable<paths["/api/v1/audit-events"]["get"]["parameters"]["query"]>,
  "cursor" | "limit"
>

export type Flag = Schemas["FlagAnswer"]
export type FlagDraft = Schemas["FlagBody"]
export type FlagChange = Schemas["FlagChange"]
export type FlagList = Schemas["FlagList"]
export type FlagRule = Schemas["FlagRule"]
export type FlagTargeting = Schemas["FlagTargeting"]
export type FlagQuestion = Schemas["FlagQuestion"]
export type FlagEvaluation = Schemas["FlagEvaluation"]
export type Environment = FlagList["environment"]

export type ConfigurationVersion = Schemas["ConfigurationVersion"]
export type ConfigurationVersionDetail = Schemas["ConfigurationVersionDetail"]
export type ConfigurationVersionPage = Schemas["ConfigurationVersionList"]
export type ConfigurationDifference = Schemas["ConfigurationDifference"]
export type ConfigurationProposal = Schemas["ConfigurationProposal"]
export type ApprovalRules = Schemas["ApprovalRulesAnswer"]
export type ApprovalRule = Schemas["ApprovalRuleAnswer"]
export type ApprovalCase = Schemas["ApprovalCaseAnswer"]
export type ApprovalCaseResult = Schemas["ApprovalCaseResultAnswer"]
export type ApprovalRulesDraft = Schemas["ApprovalRulesBody"]
export type ApprovalTryDraft = Schemas["ApprovalTryBody"]
export type ApprovalTryAnswer = Schemas["ApprovalTryAnswer"]
export type RiskAnswer = Schemas["RiskAnswer"]
export type Approval = Schemas["ApprovalAnswer"]
export type ApprovalPage = Schemas["ApprovalList"]
export type ApprovalDecision = Schemas["powerautomation__approvals__requests__schemas__DecisionBody"]
export type ApprovalMemory = Schemas["MemoryAnswer"]
export type AutomaticAnswers = Schemas["AutomaticAnswer"]
export type ApprovalFilter = {
  readonly state?: readonly Approval["state"][]
  readonly level?: readonly Approval["level"][]
}
export type ApprovalPolicy = Schemas["ApprovalPolicy"]

export type Price = Schemas["PriceAnswer"]
export type Deployment = Schemas["DeploymentAnswer"]
export type Provider = Schemas["ProviderAnswer"]
export type DeletedProvider = Schemas["DeletedProviderAnswer"]
export type ProviderModel = Schemas["DeploymentBody"]
export type ProviderPreset = Schemas["PresetAnswer"]
export type ProviderTest = Schemas["ProviderTestAnswer"]
export type ProviderDraft = Omit<Schemas["ProviderCreate"], "api_key"> & { readonly api_key: string }
export type ProviderTestBody = Omit<Schemas["ProviderTestBody"], "api_key"> & { readonly api_key: string }
export type ProviderChange = Schemas["ProviderUpdate"]
/** The API that a provider added in the console may speak. */
export type ProviderDialect = NonNullable<ProviderDraft["dialect"]>

export type Route = Schemas["RouteAnswer"]
/** A route as it is sent; what has a default may be left out. */
export type RouteBody = Partial<Schemas["RouteBody"]> & Pick<Schemas["RouteBody"], "name" | "match">
export type StoredRoute = Schemas["StoredRouteAnswer"]
export type RoutingTable = Schemas["RouteList"]
export type DryRunBody = Schemas["DryRunBody"]
export type DryRun = Schemas["DryRunAnswer"]

export type Outcome = "completed" | "failed" | "refused" | "cancelled"
export type RequestSummary = Omit<Schemas["RequestSummary"], "outcome"> & { readonly outcome: Outcome }
export type Attempt = Omit<Schemas["Attempt"], "outcome"> & { readonly outcome: Exclude<Outcome, "refused"> }
export type RequestDetail = Omit<Schemas["RequestDetail"], "outcome" | "attempts"> & {
  readonly outcome: Outcome
  readonly attempts: readonly Attempt[]
}
export interface RequestPage {
  readonly items: readonly RequestSummary[]
  readonly next_cursor: string | null
}

export interface RequestFilter {
  model?: string
  deployment?: string
  outcome?: Outcome
  api_key_id?: string
  /** Whether the cost is known. */
  priced?: boolean
  demo?: boolean
  currency?: string
  from?: string
  to?: string
}

export type UsageTotal = Schemas["UsageSums"]
export type UsageBucket = Schemas["UsageBucket"]
export type Usage = Schemas["UsageReport"]
type UsageParameters = NonNullable<paths["/api/v1/usage"]["get"]["parameters"]["query"]>
export type UsageGrouping = NonNullable<UsageParameters["group_by"]>
export interface UsageQuery {
  from: string
  to: string
  bucket: NonNullable<UsageParameters["bucket"]>
  group_by: UsageGrouping
  utc_offset_minutes: number
}

export type Exploration = Schemas["Exploration"]
export type ExploredRow = Schemas["ExploredRow"]
export type ExploredSums = Schemas["ExploredSums"]
type ExplorationParameters = NonNullable<paths["/api/v1/usage/explore"]["get"]["parameters"]["query"]>
export type Dimension = Exclude<NonNullable<ExplorationParameters["group_by"]>, "none">
export type DimensionFilter = { readonly [Name in Dimension]?: string }
export type ExplorationQuery = DimensionFilter & {
  from: string
  to: string
  bucket: "none" | "hour" | "day"
  group_by: Dimension
  time_zone: string
}

export type Rating = Schemas["RatingAnswer"]
export type RatingDraft = Schemas["RatingRequest"]

export type Limit = Schemas["LimitAnswer"]
export type LimitList = Schemas["LimitList"]
export type LimitDraft = Schemas["LimitBody"]
export type LimitChange = Schemas["LimitChanges"]
export type LimitedKeyBody = Schemas["LimitedKeyBody"]

export type ServiceLevel = Schemas["ServiceLevelAnswer"]
export type ServiceBreach = Schemas["BreachAnswer"]
export type ServiceCredit = Schemas["ServiceCreditAnswer"]
export type PromiseDraft = Schemas["PromiseBody"]
export type Reconciliation = Schemas["ReconciliationAnswer"]
export type ReconciliationSummary = Schemas["ReconciliationSummary"]
export type BillDifference = Schemas["DifferenceAnswer"]
export type ServicePeriod = "hour" | "day" | "month"

export type ModelPrice = Schemas["ModelPrice"]
export type Balance = Schemas["BalanceAnswer"]
export type BalanceThreshold = Schemas["ThresholdChange"]
export type BalanceChange = Schemas["BalanceChangeAnswer"]
export type MissingPrice = Schemas["MissingPrice"]
export type PriceFile = Schemas["PriceFile"]
export type PriceImport = Schemas["PriceImport"]

export type CacheReport = Schemas["CacheReport"]

export type Split = Schemas["Split"]
export type SplitComparison = Schemas["SplitComparison"]
export type ComparedArm = Schemas["ComparedArm"]
export type ArmDifference = Schemas["ArmDifference"]
export type MeasureDifference = Schemas["MeasureDifference"]
export type Estimate = Schemas["Estimate"]
export type Measure = Estimate["measure"]

export type SignInProvider = Schemas["SignInProviderAnswer"]
export type SignInProviderList = Schemas["SignInProviderList"]
export type OfferedProviderList = Schemas["OfferedProviderList"]
export type EmailDomain = Schemas["EmailDomainAnswer"]
export type ScimState = Schemas["ScimStateAnswer"]
export type ScimGroup = Schemas["ScimGroupAnswer"]
export type SignInProviderDraft = Schemas["SignInProviderBody"]
export type OfferedProvider = Schemas["OfferedProvider"]
export type SignInPolicy = Schemas["SignInPolicyAnswer"]
export type SignInPolicyDraft = Schemas["SignInPolicyBody"]
export type SignInTest = Schemas["SignInTestAnswer"]

export type Connect = Schemas["ConnectAnswer"]
export type Setting = Schemas["SettingAnswer"]
export type Encryption = Schemas["EncryptionAnswer"]
export type DoctorCheck = Schemas["CheckAnswer"]
export type System = Schemas["SystemAnswer"]

/** Part of the WebSocket, which the description does not cover. */
export interface RunningRequest {
  readonly id: string
  readonly started_at: string
  readonly requested_model: string
  readonly deployment: string | null
  readonly state: "waiting" | "streaming"
}

/** What the server sends over the WebSocket `/realtime`. */
export type RealtimeMessage =
  | { type: "hello"; version: string }
  | { type: "requests"; completed: RequestSummary[]; running: RunningRequest[] }
  | { type: "changed"; kind: string }
  | { type: "ping" }
