import type { Environment, Flag, FlagDraft, FlagRule } from "@powerautomation/api-client"

export const environments: readonly Environment[] = ["development", "staging", "production"]
export const kinds = ["boolean", "string", "number", "object"] as const
export const attributes = ["organization", "edition", "person", "role"] as const
export type Kind = (typeof kinds)[number]

export interface VariantDraft {
  name: string
  value: string
}
export interface ConditionDraft {
  attribute: string
  values: string
}
/** `serve` is a variant's name, or "" for percentages, which are by variant as they were typed. */
export interface RuleDraft {
  conditions: ConditionDraft[]
  serve: string
  percents: Record<string, string>
}
export interface TargetingDraft {
  isOn: boolean
  variant: string
  rules: RuleDraft[]
}
export interface FlagForm {
  key: string
  description: string
  kind: Kind
  variants: VariantDraft[]
  offVariant: string
  ownerId: string
  expiresOn: string
  shared: boolean
  environments: Record<Environment, TargetingDraft>
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value))

function ruleDraft(rule: FlagRule): RuleDraft {
  return {
    conditions: Object.entries(rule.when).map(([attribute, values]) => ({
      attribute,
      values: values.join(", "),
    })),
    serve: rule.variant ?? "",
    percents: Object.fromEntries((rule.shares ?? []).map((one) => [one.variant, String(one.percent)])),
  }
}

/** Return a flag as it is edited; without one, a yes-or-no flag that is off for everybody until a rule says otherwise. */
export function formOf(flag: Flag | null, owner: string): FlagForm {
  if (!flag) {
    const targeting = (): TargetingDraft => ({ isOn: true, variant: "off", rules: [] })
    return {
      key: "",
      description: "",
      kind: "boolean",
      variants: [
        { name: "on", value: "true" },
        { name: "off", value: "false" },
      ],
      offVariant: "off",
      ownerId: owner,
      expiresOn: "",
      shared: false,
      environments: { development: targeting(), staging: targeting(), production: targeting() },
    }
  }
  const targeting = (environment: Environment): TargetingDraft => {
    const one = flag.environments[environment]
    return {
      isOn: one?.is_on ?? true,
      variant: one?.variant ?? flag.off_variant,
      rules: (one?.rules ?? []).map(ruleDraft),
    }
  }
  return {
    key: flag.key,
    description: flag.description,
    kind: flag.kind,
    variants: Object.entries(flag.variants).map(([name, value]) => ({ name, value: textOf(value) })),
    offVariant: flag.off_variant,
    ownerId: flag.owner_id,
    expiresOn: flag.expires_on ?? "",
    shared: flag.shared,
    environments: {
      development: targeting("development"),
      staging: targeting("staging"),
      production: targeting("production"),
    },
  }
}

/** Return what a person typed as a value of a kind, or undefined when it is none. */
export function typedValue(kind: Kind, text: string): unknown {
  if (kind === "string") return text
  try {
    const value: unknown = JSON.parse(text)
    if (kind === "boolean") return typeof value === "boolean" ? value : undefined
    if (kind === "number") return typeof value === "number" ? value : undefined
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

const listed = (text: string) =>
  text
    .split(/[,\n，、]/)
    .map((one) => one.trim())
    .filter(Boolean)

function ruleOf(rule: RuleDraft): FlagRule {
  const when = Object.fromEntries(
    rule.conditions
      .filter((one) => one.attribute.trim())
      .map((one) => [one.attribute.trim(), listed(one.values)]),
  )
  if (rule.serve) return { when, variant: rule.serve }
  const shares = Object.entries(rule.percents)
    .filter(([, percent]) => percent.trim())
    .map(([variant, percent]) => ({ variant, percent: Number(percent) }))
  return { when, shares }
}

/** Return what is sent for a form. */
export function draftOf(form: FlagForm): FlagDraft & { expires_on: string | null } {
  return {
    key: form.key.trim(),
    description: form.description.trim(),
    kind: form.kind,
    variants: Object.fromEntries(
      form.variants.map((one) => [one.name.trim(), typedValue(form.kind, one.value)]),
    ),
    off_variant: form.offVariant,
    owner_id: form.ownerId,
    expires_on: form.expiresOn || null,
    shared: form.shared,
    environments: Object.fromEntries(
      environments.map((environment) => {
        const one = form.environments[environment]
        return [environment, { is_on: one.isOn, variant: one.variant, rules: one.rules.map(ruleOf) }]
      }),
    ),
  }
}

/** Return whether a form can be saved as it is. */
export function isComplete(form: FlagForm): boolean {
  const names = form.variants.map((one) => one.name.trim())
  const known = (name: string) => names.includes(name)
  return (
    form.key.trim() !== "" &&
    names.every(Boolean) &&
    new Set(names).size === names.length &&
    form.variants.every((one) => typedValue(form.kind, one.value) !== undefined) &&
    known(form.offVariant) &&
    environments.every((environment) => {
      const one = form.environments[environment]
      return (
        known(one.variant) &&
        one.rules.every(
          (rule) =>
            (rule.serve
              ? known(rule.serve)
              : Object.values(rule.percents).some((percent) => Number(percent) > 0)) &&
            rule.conditions.every((condition) => listed(condition.values).length > 0),
        )
      )
    })
  )
}
