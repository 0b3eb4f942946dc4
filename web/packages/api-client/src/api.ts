import { queryString, type Transport } from "./client"
import type {
  AcceptBody,
  AccessExplanation,
  ApiKey,
  ApiKeyBody,
  Approval,
  ApprovalDecision,
  ApprovalFilter,
  ApprovalMemory,
  ApprovalPage,
  ApprovalPolicy,
  ApprovalRules,
  ApprovalRulesDraft,
  ApprovalTryAnswer,
  ApprovalTryDraft,
  AuditEventPage,
  AuditFilter,
  AuditStream,
  AutomaticAnswers,
  Balance,
  BalanceChange,
  BalanceThreshold,
  CacheReport,
  ComplianceFilter,
  ComplianceReport,
  ConfigurationProposal,
  ConfigurationVersionDetail,
  ConfigurationVersionPage,
  ConfirmBody,
  Connect,
  Consent,
  ConsentList,
  ConsentText,
  ConsentTextDraft,
  CreatedApiKey,
  DeletedPerson,
  DeletedProvider,
  DoctorCheck,
  DryRun,
  DryRunBody,
  EmailDomain,
  Encryption,
  Environment,
  Erasure,
  ErasureRequest,
  Exploration,
  ExplorationQuery,
  Factors,
  Flag,
  FlagChange,
  FlagDraft,
  FlagEvaluation,
  FlagList,
  FlagQuestion,
  ImportReport,
  Invitation,
  InvitationLink,
  Limit,
  LimitChange,
  LimitDraft,
  LimitedKeyBody,
  LimitList,
  LiveSessionList,
  MadeTenant,
  Membership,
  MissingPrice,
  ModelPrice,
  OfferedProviderList,
  OwnConsent,
  OwnErasureRequest,
  Passkey,
  PasskeyOptions,
  PasswordBody,
  PendingStep,
  Person,
  PersonChange,
  PersonDraft,
  PersonPage,
  PersonState,
  Policy,
  PolicyChange,
  PolicyDraft,
  PolicyVersion,
  PriceFile,
  PriceImport,
  ProfileBody,
  PromiseDraft,
  Provider,
  ProviderChange,
  ProviderDraft,
  ProviderPreset,
  ProviderTest,
  ProviderTestBody,
  Quota,
  Rating,
  RatingDraft,
  Reconciliation,
  ReconciliationSummary,
  RecoveryCodes,
  RequestDetail,
  RequestFilter,
  RequestPage,
  RetentionRule,
  Role,
  RoleChange,
  RoleDraft,
  RoleList,
  RouteBody,
  RoutingTable,
  ScimGroup,
  ScimState,
  ServiceBreach,
  ServiceCredit,
  ServiceLevel,
  ServicePeriod,
  Session,
  Setting,
  Share,
  ShareDraft,
  SignInAnswer,
  SignInPolicy,
  SignInPolicyDraft,
  SignInProvider,
  SignInProviderDraft,
  SignInProviderList,
  SignInTest,
  Split,
  SplitComparison,
  StoredRoute,
  Supposed,
  System,
  Tenant,
  TenantDraft,
  TotpSetup,
  TryAnswer,
  TryDraft,
  Unit,
  UnitChange,
  UnitDraft,
  UnitMember,
  UnitMembership,
  Usage,
  UsageQuery,
} from "./types"

interface Items<T> {
  items: T[]
}

const id = encodeURIComponent
const versionPath = (one: { kind: string; object_id: string; number: number }) =>
  `configuration/versions/${id(one.kind)}/${id(one.object_id)}/${one.number}`

/** Every call of the control API that the console makes, one function each. */
export function createApi(transport: Transport) {
  const { call } = transport
  return {
    session: {
      get: (signal?: AbortSignal) => call<Session>("GET", "session", { signal }),
      redeemLink: (token: string) => call<SignInAnswer>("POST", "session/link", { body: { token } }),
      signIn: (email: string, password: string) =>
        call<SignInAnswer>("POST", "session", { body: { email, password } }),
      finish: (token: string, code: string) =>
        call<Session>("POST", "session/second-step", { body: { token, code } }),
      passkeyOptions: () => call<PasskeyOptions>("POST", "session/passkey/options"),
      signInByPasskey: (credential: string) =>
        call<Session>("POST", "session/passkey", { body: { credential } }),
      confirm: (body: ConfirmBody) => call<Session>("POST", "session/confirm", { body }),
      signOut: () => call<void>("DELETE", "session"),
      setPassword: (body: PasswordBody) => call<Session>("PUT", "session/password", { body }),
      change: (body: ProfileBody) => call<Session>("PATCH", "session", { body }),
      invitation: (token: string) => call<Invitation>("POST", "session/invitation", { body: { token } }),
      providers: (asked: { domain?: string; provider?: string }, signal?: AbortSignal) =>
        call<OfferedProviderList>("GET", `session/providers?${new URLSearchParams(asked)}`, { signal }),
      signInByDirectory: (providerId: string, username: string, password: string) =>
        call<Session | PendingStep>("POST", `session/providers/${id(providerId)}/password`, {
          body: { username, password },
        }),
      startProvider: (providerId: string, returnTo: string) =>
        call<{ url: string }>("POST", `session/providers/${id(providerId)}/start`, {
          body: { return_to: returnTo },
        }),
      join: (token: string) => call<Session>("POST", "session/invitation/join", { body: { token } }),
      memberships: (signal?: AbortSignal) =>
        call<Items<Membership>>("GET", "session/organizations", { signal }),
      switch: (organizationId: string) =>
        call<Session>("POST", "session/organization", { body: { organization_id: organizationId } }),
      accept: (body: AcceptBody) => call<Session>("POST", "session/invitation/accept", { body }),
    },
    factors: {
      list: (signal?: AbortSignal) => call<Factors>("GET", "factors", { signal }),
      beginTotp: () => call<TotpSetup>("POST", "factors/totp"),
      confirmTotp: (code: string) => call<RecoveryCodes>("POST", "factors/totp/confirm", { body: { code } }),
      removeTotp: () => call<void>("DELETE", "factors/totp"),
      passkeyOptions: () => call<PasskeyOptions>("POST", "factors/passkeys/options"),
      addPasskey: (name: string, credential: string) =>
        call<Passkey>("POST", "factors/passkeys", { body: { name, credential } }),
      removePasskey: (passkeyId: string) => call<void>("DELETE", `factors/passkeys/${id(passkeyId)}`),
      makeRecoveryCodes: () => call<RecoveryCodes>("POST", "factors/recovery-codes"),
    },
    sessions: {
      list: (signal?: AbortSignal) => call<LiveSessionList>("GET", "sessions", { signal }),
      end: (sessionId: string) => call<void>("DELETE", `sessions/${id(sessionId)}`),
      endOthers: () => call<{ ended: number }>("DELETE", "sessions"),
    },
    signInProviders: {
      list: (signal?: AbortSignal) => call<SignInProviderList>("GET", "sign-in-providers", { signal }),
      create: (body: SignInProviderDraft) => call<SignInProvider>("POST", "sign-in-providers", { body }),
      update: (providerId: string, body: SignInProviderDraft) =>
        call<SignInProvider>("PUT", `sign-in-providers/${id(providerId)}`, { body }),
      remove: (providerId: string) => call<void>("DELETE", `sign-in-providers/${id(providerId)}`),
      test: (providerId: string) => call<{ url: string }>("POST", `sign-in-providers/${id(providerId)}/test`),
      policy: (signal?: AbortSignal) => call<SignInPolicy>("GET", "sign-in-policy", { signal }),
      setPolicy: (body: SignInPolicyDraft) => call<SignInPolicy>("PUT", "sign-in-policy", { body }),
      testPassword: (providerId: string, username: string, password: string) =>
        call<SignInTest>("POST", `sign-in-providers/${id(providerId)}/test/password`, {
          body: { username, password },
        }),
      testReport: (testId: string, signal?: AbortSignal) =>
        call<SignInTest>("GET", `sign-in-providers/tests/${id(testId)}`, { signal }),
    },
    emailDomains: {
      list: (signal?: AbortSignal) => call<Items<EmailDomain>>("GET", "email-domains", { signal }),
      add: (domain: string) => call<EmailDomain>("POST", "email-domains", { body: { domain } }),
      check: (domainId: string) => call<EmailDomain>("POST", `email-domains/${id(domainId)}/check`),
      remove: (domainId: string) => call<void>("DELETE", `email-domains/${id(domainId)}`),
    },
    scim: {
      state: (signal?: AbortSignal) => call<ScimState>("GET", "scim/state", { signal }),
      groups: (signal?: AbortSignal) => call<Items<ScimGroup>>("GET", "scim/groups", { signal }),
      makeKey: (gives: string | null) => call<CreatedApiKey>("POST", "scim/key", { body: { gives } }),
      bind: (groupId: string, unitId: string) =>
        call<void>("PUT", `scim/groups/${id(groupId)}`, { body: { unit_id: unitId } }),
    },
    people: {
      list: (
        query: { search?: string; state?: PersonState; role?: string; after?: string },
        signal?: AbortSignal,
      ) => call<PersonPage>("GET", "users", { query, signal }),
      deleted: (signal?: AbortSignal) => call<Items<DeletedPerson>>("GET", "users/deleted", { signal }),
      invite: (body: PersonDraft) => call<InvitationLink>("POST", "users", { body }),
      inviteAgain: (userId: string) => call<InvitationLink>("POST", `users/${id(userId)}/invitation`),
      change: (userId: string, body: PersonChange) => call<Person>("PATCH", `users/${id(userId)}`, { body }),
      deactivate: (userId: string, revokeKeys: boolean) =>
        call<Person>("POST", `users/${id(userId)}/deactivate`, { body: { revoke_keys: revokeKeys } }),
      activate: (userId: string) => call<Person>("POST", `users/${id(userId)}/activate`),
      remove: (userId: string, revokeKeys: boolean) =>
        call<void>("DELETE", `users/${id(userId)}`, { query: { revoke_keys: revokeKeys } }),
      restore: (userId: string) => call<Person>("POST", `users/${id(userId)}/restore`),
      erase: (userId: string) => call<Erasure>("POST", `users/${id(userId)}/erase`),
      erasures: (signal?: AbortSignal) => call<Items<Erasure>>("GET", "erasures", { signal }),
      endSessions: (userId: string) => call<{ ended: number }>("DELETE", `users/${id(userId)}/sessions`),
      removeFactors: (userId: string) => call<void>("DELETE", `users/${id(userId)}/factors`),
      importFile: (csv: string, dryRun: boolean) =>
        call<ImportReport>("POST", "users/import", { body: { csv, dry_run: dryRun } }),
      roles: (signal?: AbortSignal) => call<RoleList>("GET", "roles", { signal }),
      explain: (permission: string, userId: string, supposed: Supposed, signal?: AbortSignal) =>
        call<AccessExplanation>("GET", "access/explain", {
          query: { ...supposed, permission, user_id: userId },
          signal,
        }),
    },
    approvals: {
      list: (filter: ApprovalFilter, cursor: string | null, limit: number, signal?: AbortSignal) =>
        call<ApprovalPage>("GET", "approvals", { query: { ...filter, cursor, limit }, signal }),
      get: (approvalId: string, signal?: AbortSignal) =>
        call<Approval>("GET", `approvals/${id(approvalId)}`, { signal }),
      decide: (approvalId: string, body: ApprovalDecision) =>
        call<Approval>("POST", `approvals/${id(approvalId)}/decisions`, { body }),
      automatic: (signal?: AbortSignal) => call<AutomaticAnswers>("GET", "approvals/automatic", { signal }),
      setAutomatic: (automatic: boolean) =>
        call<AutomaticAnswers>("PUT", "approvals/automatic", { body: { automatic } }),
      memories: (signal?: AbortSignal) =>
        call<Items<ApprovalMemory>>("GET", "approvals/memories", { signal }),
      forget: (memoryId: string) => call<void>("DELETE", `approvals/memories/${id(memoryId)}`),
    },
    approvalRules: {
      get: (signal?: AbortSignal) => call<ApprovalRules>("GET", "approval-rules", { signal }),
      put: (body: ApprovalRulesDraft & { revision: number }) =>
        call<ApprovalRules>("PUT", "approval-rules", { body }),
      test: (body: ApprovalTryDraft, signal?: AbortSignal) =>
        call<ApprovalTryAnswer>("POST", "approval-rules/try", { body, signal }),
    },
    policies: {
      list: (signal?: AbortSignal) => call<Items<Policy>>("GET", "policies", { signal }),
      create: (body: PolicyDraft) => call<Policy>("POST", "policies", { body }),
      change: (policyId: string, body: PolicyChange) =>
        call<Policy>("PATCH", `policies/${id(policyId)}`, { body }),
      remove: (policyId: string) => call<void>("DELETE", `policies/${id(policyId)}`),
      versions: (policyId: string, signal?: AbortSignal) =>
        call<Items<PolicyVersion>>("GET", `policies/${id(policyId)}/versions`, { signal }),
      test: (body: TryDraft, signal?: AbortSignal) =>
        call<TryAnswer>("POST", "policies/test", { body, signal }),
    },
    privacy: {
      texts: (signal?: AbortSignal) => call<Items<ConsentText>>("GET", "consent-texts", { signal }),
      setText: (body: ConsentTextDraft) => call<ConsentText>("PUT", "consent-texts", { body }),
      consents: (signal?: AbortSignal) => call<ConsentList>("GET", "consents", { signal }),
      own: (signal?: AbortSignal) => call<OwnConsent>("GET", "session/consent", { signal }),
      agree: (version: number) => call<Consent>("POST", "session/consent", { body: { version } }),
      takeBack: () => call<void>("DELETE", "session/consent"),
      requests: (signal?: AbortSignal) => call<Items<ErasureRequest>>("GET", "erasure-requests", { signal }),
      refuse: (userId: string, reason: string) =>
        call<ErasureRequest>("POST", `erasure-requests/${id(userId)}/refuse`, { body: { reason } }),
      ownRequest: (signal?: AbortSignal) =>
        call<OwnErasureRequest>("GET", "session/erasure-request", { signal }),
      ask: (words: string) => call<ErasureRequest>("POST", "session/erasure-request", { body: { words } }),
      withdrawRequest: () => call<void>("DELETE", "session/erasure-request"),
      retention: (signal?: AbortSignal) => call<Items<RetentionRule>>("GET", "retention", { signal }),
    },
    units: {
      list: (signal?: AbortSignal) => call<Items<Unit>>("GET", "units", { signal }),
      create: (body: UnitDraft) => call<Unit>("POST", "units", { body }),
      change: (unitId: string, body: UnitChange) => call<Unit>("PATCH", `units/${id(unitId)}`, { body }),
      archive: (unitId: string) => call<void>("DELETE", `units/${id(unitId)}`),
      people: (unitId: string, signal?: AbortSignal) =>
        call<Items<UnitMember>>("GET", `units/${id(unitId)}/people`, { signal }),
      putPerson: (unitId: string, userId: string, body: UnitMembership) =>
        call<void>("PUT", `units/${id(unitId)}/people/${id(userId)}`, { body }),
      removePerson: (unitId: string, userId: string) =>
        call<void>("DELETE", `units/${id(unitId)}/people/${id(userId)}`),
    },
    organizations: {
      list: (signal?: AbortSignal) => call<Items<Tenant>>("GET", "organizations", { signal }),
      create: (body: TenantDraft) => call<MadeTenant>("POST", "organizations", { body }),
      rename: (organizationId: string, name: string) =>
        call<Tenant>("PATCH", `organizations/${id(organizationId)}`, { body: { name } }),
      change: (organizationId: string, what: "suspend" | "resume" | "restore") =>
        call<Tenant>("POST", `organizations/${id(organizationId)}/${what}`),
      remove: (organizationId: string) => call<Tenant>("DELETE", `organizations/${id(organizationId)}`),
      ownQuotas: (signal?: AbortSignal) => call<Items<Quota>>("GET", "organization/quotas", { signal }),
      quotas: (organizationId: string, signal?: AbortSignal) =>
        call<Items<Quota>>("GET", `organizations/${id(organizationId)}/quotas`, { signal }),
      setQuotas: (organizationId: string, amounts: Record<string, number | null>) =>
        call<Items<Quota>>("PUT", `organizations/${id(organizationId)}/quotas`, { body: { amounts } }),
      exportOwn: (onBytes: (bytes: number) => void, signal?: AbortSignal) =>
        call<Blob>("GET", "organization/export", { onBytes, signal }),
    },
    roles: {
      create: (body: RoleDraft) => call<Role>("POST", "roles", { body }),
      change: (roleId: string, body: RoleChange) => call<Role>("PATCH", `roles/${id(roleId)}`, { body }),
      remove: (roleId: string, moveTo?: string) =>
        call<void>("DELETE", `roles/${id(roleId)}`, { query: { move_to: moveTo } }),
    },
    apiKeys: {
      list: (signal?: AbortSignal) => call<Items<ApiKey>>("GET", "api-keys", { signal }),
      shares: (keyId: string, signal?: AbortSignal) =>
        call<Items<Share>>("GET", `api-keys/${id(keyId)}/shares`, { signal }),
      share: (keyId: string, body: ShareDraft) =>
        call<Share>("POST", `api-keys/${id(keyId)}/shares`, { body }),
      unshare: (keyId: string, shareId: string) =>
        call<void>("DELETE", `api-keys/${id(keyId)}/shares/${id(shareId)}`),
      create: (body: ApiKeyBody) => call<CreatedApiKey>("POST", "api-keys", { body }),
      rotate: (keyId: string, overlapSeconds: number) =>
        call<CreatedApiKey>("POST", `api-keys/${id(keyId)}/rotate`, {
          body: { overlap_seconds: overlapSeconds },
        }),
      revoke: (keyId: string) => call<void>("DELETE", `api-keys/${id(keyId)}`),
    },
    audit: {
      list: (filter: AuditFilter, cursor: string | null, limit: number, signal?: AbortSignal) =>
        call<AuditEventPage>("GET", "audit-events", { query: { ...filter, cursor, limit }, signal }),
      streams: (signal?: AbortSignal) => call<Items<AuditStream>>("GET", "audit-streams", { signal }),
      /** Where the browser fetches the events as a file, below the console's base path. */
      exportPath: (filter: AuditFilter, format: "csv" | "jsonl") =>
        `api/v1/audit-events/export${queryString({ ...filter, format })}`,
    },
    compliance: {
      get: (filter: ComplianceFilter, signal?: AbortSignal) =>
        call<ComplianceReport>("GET", "compliance-report", { query: filter, signal }),
      /** Where the browser fetches the report as a file, below the console's base path. */
      filePath: (filter: ComplianceFilter, format: "pdf" | "csv" | "json") =>
        `api/v1/compliance-report/file${queryString({ ...filter, format })}`,
    },
    flags: {
      list: (signal?: AbortSignal) => call<FlagList>("GET", "flags", { signal }),
      create: (body: FlagDraft) => call<Flag>("POST", "flags", { body }),
      change: (key: string, body: FlagChange) => call<Flag>("PATCH", `flags/${id(key)}`, { body }),
      flip: (key: string, environment: Environment, isOn: boolean) =>
        call<Flag>("POST", `flags/${id(key)}/switch`, { body: { environment, is_on: isOn } }),
      remove: (key: string) => call<void>("DELETE", `flags/${id(key)}`),
      evaluate: (key: string, body: FlagQuestion) =>
        call<FlagEvaluation>("POST", `flags/${id(key)}/evaluation`, { body }),
    },
    configuration: {
      versions: (
        filter: { kind?: string; author_id?: string },
        cursor: string | null,
        limit: number,
        signal?: AbortSignal,
      ) =>
        call<ConfigurationVersionPage>("GET", "configuration/versions", {
          query: { ...filter, cursor, limit },
          signal,
        }),
      version: (version: { kind: string; object_id: string; number: number }, signal?: AbortSignal) =>
        call<ConfigurationVersionDetail>("GET", versionPath(version), { signal }),
      restore: (version: { kind: string; object_id: string; number: number }, reason: string) =>
        call<void>("POST", `${versionPath(version)}/restore`, { body: { reason } }),
      policy: (signal?: AbortSignal) => call<ApprovalPolicy>("GET", "configuration/policy", { signal }),
      setPolicy: (body: ApprovalPolicy) => call<ApprovalPolicy>("PUT", "configuration/policy", { body }),
      proposals: (signal?: AbortSignal) =>
        call<Items<ConfigurationProposal>>("GET", "configuration/proposals", { signal }),
      decide: (proposalId: string, verb: "approve" | "reject", words: string) =>
        call<ConfigurationProposal>("POST", `configuration/proposals/${id(proposalId)}/${verb}`, {
          body: { words },
        }),
      withdraw: (proposalId: string) =>
        call<ConfigurationProposal>("POST", `configuration/proposals/${id(proposalId)}/withdraw`),
      /** Where the browser fetches the settings as a file, below the console's base path. */
      exportPath: "api/v1/configuration/export",
    },
    providers: {
      list: (signal?: AbortSignal) => call<Items<Provider>>("GET", "providers", { signal }),
      deleted: (signal?: AbortSignal) => call<Items<DeletedProvider>>("GET", "providers/deleted", { signal }),
      presets: (signal?: AbortSignal) => call<Items<ProviderPreset>>("GET", "provider-presets", { signal }),
      create: (body: ProviderDraft) => call<Provider>("POST", "providers", { body }),
      testDraft: (body: ProviderTestBody) => call<ProviderTest>("POST", "providers/test", { body }),
      test: (providerId: string) => call<ProviderTest>("POST", `providers/${id(providerId)}/test`),
      change: (providerId: string, body: ProviderChange) =>
        call<Provider>("PATCH", `providers/${id(providerId)}`, { body }),
      remove: (providerId: string) => call<void>("DELETE", `providers/${id(providerId)}`),
      restore: (providerId: string) => call<Provider>("POST", `providers/${id(providerId)}/restore`),
    },
    routing: {
      table: (signal?: AbortSignal) => call<RoutingTable>("GET", "routes", { signal }),
      tryRequest: (body: DryRunBody) => call<DryRun>("POST", "routes/dry-run", { body }),
      create: (body: RouteBody) => call<StoredRoute>("POST", "routes", { body }),
      change: (routeId: string, body: RouteBody) =>
        call<StoredRoute>("PUT", `routes/${id(routeId)}`, { body }),
      order: (ids: readonly string[]) => call<void>("PUT", "routes/order", { body: { ids } }),
      remove: (routeId: string) => call<void>("DELETE", `routes/${id(routeId)}`),
      restore: (routeId: string) => call<StoredRoute>("POST", `routes/${id(routeId)}/restore`),
    },
    requests: {
      list: (filter: RequestFilter, cursor: string | null, limit: number, signal?: AbortSignal) =>
        call<RequestPage>("GET", "requests", { query: { ...filter, cursor, limit }, signal }),
      get: (requestId: string, signal?: AbortSignal) =>
        call<RequestDetail>("GET", `requests/${id(requestId)}`, { signal }),
    },
    ratings: {
      list: (requestId: string, signal?: AbortSignal) =>
        call<Items<Rating>>("GET", `requests/${id(requestId)}/ratings`, { signal }),
      give: (requestId: string, body: RatingDraft) =>
        call<Rating>("POST", `requests/${id(requestId)}/rating`, { body }),
      withdraw: (requestId: string) => call<void>("DELETE", `requests/${id(requestId)}/rating`),
    },
    limits: {
      list: (signal?: AbortSignal) => call<LimitList>("GET", "limits", { signal }),
      create: (body: LimitDraft) => call<Limit>("POST", "limits", { body }),
      change: (limitId: string, body: LimitChange) => call<Limit>("PATCH", `limits/${id(limitId)}`, { body }),
      remove: (limitId: string) => call<void>("DELETE", `limits/${id(limitId)}`),
      restore: (limitId: string) => call<Limit>("POST", `limits/${id(limitId)}/restore`),
      createKey: (body: LimitedKeyBody) => call<CreatedApiKey>("POST", "limits/api-keys", { body }),
    },
    serviceLevels: {
      list: (period: ServicePeriod, signal?: AbortSignal) =>
        call<Items<ServiceLevel>>("GET", "service-levels", { query: { period }, signal }),
      breaches: (signal?: AbortSignal) =>
        call<Items<ServiceBreach>>("GET", "service-levels/breaches", { signal }),
      credits: (signal?: AbortSignal) =>
        call<Items<ServiceCredit>>("GET", "service-levels/credits", { signal }),
      putPromise: (provider: string, body: PromiseDraft) =>
        call<void>("PUT", `service-levels/${id(provider)}/promise`, { body }),
      deletePromise: (provider: string) => call<void>("DELETE", `service-levels/${id(provider)}/promise`),
    },
    answerCache: {
      report: (query: { from: string; to: string; utc_offset_minutes: number }, signal?: AbortSignal) =>
        call<CacheReport>("GET", "answer-cache", { query: { ...query }, signal }),
      empty: () => call<void>("DELETE", "answer-cache"),
    },
    prices: {
      list: (signal?: AbortSignal) => call<Items<ModelPrice>>("GET", "prices", { signal }),
      missing: (signal?: AbortSignal) => call<Items<MissingPrice>>("GET", "prices/missing", { signal }),
      import: (body: PriceFile) => call<PriceImport>("POST", "prices/import", { body }),
    },
    balances: {
      list: (signal?: AbortSignal) => call<Items<Balance>>("GET", "balances", { signal }),
      ask: (provider: string) => call<Balance>("POST", `balances/${id(provider)}/ask`),
      setThreshold: (provider: string, body: BalanceThreshold) =>
        call<Balance>("PUT", `balances/${id(provider)}/threshold`, { body }),
      changes: (month: string, signal?: AbortSignal) =>
        call<Items<BalanceChange>>("GET", `balances/months/${id(month)}`, { signal }),
    },
    splits: {
      list: (signal?: AbortSignal) => call<Items<Split>>("GET", "splits", { signal }),
      compare: (
        name: string,
        query: { from: string; to: string; baseline?: string | undefined },
        signal?: AbortSignal,
      ) => call<SplitComparison>("GET", `splits/${id(name)}/comparison`, { query: { ...query }, signal }),
    },
    reconciliations: {
      list: (signal?: AbortSignal) =>
        call<Items<ReconciliationSummary>>("GET", "reconciliations", { signal }),
      get: (provider: string, month: string, signal?: AbortSignal) =>
        call<Reconciliation>("GET", `reconciliations/${id(provider)}/${id(month)}`, { signal }),
      create: (
        query: { provider: string; month: string; time_zone: string; file_name: string; dry_run: boolean },
        file: Blob,
      ) => call<Reconciliation>("POST", "reconciliations", { query, file }),
    },
    usage: (query: UsageQuery, signal?: AbortSignal) =>
      call<Usage>("GET", "usage", { query: { ...query }, signal }),
    exploration: (query: ExplorationQuery, signal?: AbortSignal) =>
      call<Exploration>("GET", "usage/explore", { query: { ...query }, signal }),
    connect: (signal?: AbortSignal) => call<Connect>("GET", "connect", { signal }),
    encryption: (signal?: AbortSignal) => call<Encryption>("GET", "encryption", { signal }),
    settings: (signal?: AbortSignal) => call<Items<Setting>>("GET", "settings", { signal }),
    doctor: (signal?: AbortSignal) => call<{ checks: DoctorCheck[] }>("GET", "doctor", { signal }),
    system: (signal?: AbortSignal) => call<System>("GET", "system", { signal }),
  }
}

export type Api = ReturnType<typeof createApi>
