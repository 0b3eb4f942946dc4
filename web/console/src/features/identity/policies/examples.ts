/** Policies to begin with; the texts are Cedar and the same in every language. */
export const examples = {
  networks: `forbid (principal, action == Action::"providers:write", resource)
unless { context.network.ip.isInRange(ip("10.0.0.0/8")) };
`,
  hours: `forbid (principal in Role::"developer", action, resource)
when {
  context.time.hour < 8 || context.time.hour >= 18 || context.time.weekday > 5
};
`,
  everybody: `forbid (principal, action, resource)
when { principal.by == "session" }
unless { context.device.second_factor };
`,
  second_factor: `forbid (principal, action == Action::"audit:export", resource)
unless { context.device.second_factor && context.device.proof_age_minutes < 30 };
`,
  keys: `forbid (
  principal,
  action in [Action::"users:write", Action::"roles:write", Action::"providers:write"],
  resource
) when { principal.by == "key" };
`,
  project: `forbid (principal in Role::"project_manager", action, resource)
when { resource has project && resource.project != "Apollo" };
`,
  lend: `permit (principal in Role::"operator", action == Action::"users:read", resource)
when { context.time.hour >= 20 || context.time.hour < 7 };
`,
} as const

export type ExampleId = keyof typeof examples
export const exampleIds = Object.keys(examples) as ExampleId[]
