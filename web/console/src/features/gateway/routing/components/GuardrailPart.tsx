import Alert from "@mui/material/Alert"
import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { X } from "lucide-react"
import { useTranslation } from "react-i18next"
import { actions, type GuardrailFields, kindActions } from "../extras"
import type { FaultAt } from "./ExperimentPart"
import { FormSection } from "./FormSection"

interface GuardrailPartProps {
  fields: GuardrailFields
  onChange: (fields: GuardrailFields) => void
  /** What can be looked for. */
  kinds: readonly string[]
  at: FaultAt
}

/** What a route does with secrets and personal data in prompts, and with orders in the results of tools. */
export function GuardrailPart({ fields, onChange, kinds, at }: GuardrailPartProps) {
  const { t } = useTranslation("routing")
  const set = (some: Partial<GuardrailFields>) => onChange({ ...fields, ...some })
  const fault = at("guardrails") ?? at("guardrails.kinds")
  const empty = { select: { displayEmpty: true }, inputLabel: { shrink: true } } as const
  const does = (action: string) =>
    t(`edit.guardrails.does.${action || "nothing"}` as "edit.guardrails.does.mask")
  const without = (kind: string) =>
    Object.fromEntries(Object.entries(fields.kinds).filter(([one]) => one !== kind))
  return (
    <FormSection
      label={t("edit.guardrails.on")}
      hint={t("edit.guardrails.hint")}
      on={fields.on}
      onChange={(on) => set({ on })}
    >
      {fault && <Alert severity="error">{fault}</Alert>}
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
        <TextField
          select
          label={t("edit.guardrails.secrets")}
          value={fields.secrets}
          helperText={t("edit.guardrails.secrets_hint")}
          onChange={(event) => set({ secrets: event.target.value as GuardrailFields["secrets"] })}
          slotProps={empty}
        >
          {actions.map((one) => (
            <MenuItem key={one} value={one}>
              {does(one)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("edit.guardrails.personal_data")}
          value={fields.personalData}
          helperText={t("edit.guardrails.personal_data_hint")}
          onChange={(event) => set({ personalData: event.target.value as GuardrailFields["personalData"] })}
          slotProps={empty}
        >
          {actions.map((one) => (
            <MenuItem key={one} value={one}>
              {does(one)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      {Object.entries(fields.kinds).map(([kind, action]) => (
        <Box key={kind} sx={{ display: "flex", gap: 1, alignItems: "center" }}>
          <TextField
            select
            size="small"
            fullWidth
            label={kind}
            value={action}
            onChange={(event) =>
              set({ kinds: { ...fields.kinds, [kind]: event.target.value as (typeof kindActions)[number] } })
            }
          >
            {kindActions.map((one) => (
              <MenuItem key={one} value={one}>
                {does(one)}
              </MenuItem>
            ))}
          </TextField>
          <IconButton
            size="small"
            aria-label={t("edit.guardrails.remove", { kind })}
            onClick={() => set({ kinds: without(kind) })}
          >
            <X size={16} />
          </IconButton>
        </Box>
      ))}
      <Autocomplete
        size="small"
        options={kinds.filter((one) => !(one in fields.kinds))}
        value={null}
        blurOnSelect
        clearOnBlur
        // Chosen kinds leave the list and stand above; the field begins anew.
        key={Object.keys(fields.kinds).join()}
        onChange={(_, kind) => kind && set({ kinds: { ...fields.kinds, [kind]: "mask" } })}
        renderInput={(parameters) => (
          <TextField
            {...parameters}
            label={t("edit.guardrails.kind")}
            helperText={t("edit.guardrails.kind_hint")}
          />
        )}
      />
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
        <TextField
          select
          label={t("edit.guardrails.injection")}
          value={fields.injection}
          helperText={t("edit.guardrails.injection_hint")}
          onChange={(event) => set({ injection: event.target.value as GuardrailFields["injection"] })}
          slotProps={empty}
        >
          {(["", "refuse", "record"] as const).map((one) => (
            <MenuItem key={one} value={one}>
              {does(one)}
            </MenuItem>
          ))}
        </TextField>
        {fields.injection && (
          <TextField
            label={t("edit.guardrails.threshold")}
            value={fields.threshold}
            error={Boolean(at("guardrails.injection_threshold"))}
            helperText={at("guardrails.injection_threshold") ?? t("edit.guardrails.threshold_hint")}
            onChange={(event) => set({ threshold: event.target.value })}
            slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 5 } }}
          />
        )}
      </Box>
    </FormSection>
  )
}
