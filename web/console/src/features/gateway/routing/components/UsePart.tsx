import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { RoutingTable } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { policies, type RouteFields, weighedNames } from "../draft"
import { CachePart } from "./CachePart"
import { ExperimentPart, type FaultAt } from "./ExperimentPart"
import { FormSection } from "./FormSection"
import { GuardrailPart } from "./GuardrailPart"

interface UsePartProps {
  fields: RouteFields
  set: (some: Partial<RouteFields>) => void
  table: RoutingTable
  at: FaultAt
}

/** Where a route that does not refuse sends requests, and what else it does with them. */
export function UsePart({ fields, set, table, at }: UsePartProps) {
  const { t } = useTranslation("routing")
  const weighed = weighedNames(fields)
  return (
    <>
      <Autocomplete
        multiple
        options={table.models.map((model) => model.name)}
        value={[...fields.use]}
        onChange={(_, use) => set({ use })}
        renderInput={(parameters) => (
          <TextField
            {...parameters}
            label={t("edit.use")}
            error={Boolean(at("use"))}
            helperText={at("use") ?? t("edit.use_hint")}
          />
        )}
      />
      <TextField
        select
        label={t("edit.policy")}
        value={fields.policy}
        helperText={t(`policies.${fields.policy || "default"}.hint`)}
        onChange={(event) => set({ policy: event.target.value as RouteFields["policy"] })}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {policies.map((one) => (
          <MenuItem key={one} value={one}>
            {t(`policies.${one || "default"}.name`)}
          </MenuItem>
        ))}
      </TextField>
      {weighed.length > 0 && (
        <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" } }}>
          {weighed.map((name) => (
            <TextField
              key={name}
              label={t("edit.weight", { name })}
              value={fields.weights[name] ?? "1"}
              error={Boolean(at(`weights.${name}`))}
              helperText={at(`weights.${name}`)}
              onChange={(event) => set({ weights: { ...fields.weights, [name]: event.target.value } })}
              slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 10 } }}
            />
          ))}
        </Box>
      )}
      <ExperimentPart
        fields={fields.experiment}
        onChange={(experiment) => set({ experiment })}
        table={table}
        at={at}
      />
      <GuardrailPart
        fields={fields.guardrails}
        onChange={(guardrails) => set({ guardrails })}
        kinds={table.guardrail_kinds}
        at={at}
      />
      <CachePart fields={fields.cache} onChange={(cache) => set({ cache })} at={at} />
      <FormSection
        label={t("edit.prompt_cache")}
        hint={t("edit.prompt_cache_hint")}
        on={fields.promptCache}
        onChange={(promptCache) => set({ promptCache })}
      />
      <FormSection
        label={t("edit.continue_streams")}
        hint={t("edit.continue_streams_hint")}
        on={fields.continueStreams}
        onChange={(continueStreams) => set({ continueStreams })}
      />
    </>
  )
}
