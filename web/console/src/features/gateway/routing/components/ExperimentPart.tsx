import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { RoutingTable } from "@powerautomation/api-client"
import { Plus, X } from "lucide-react"
import { useTranslation } from "react-i18next"
import { policies } from "../draft"
import { type ArmFields, type ExperimentFields, MOST_ARMS, numberOf, withArm } from "../extras"
import { FormSection } from "./FormSection"

/** What is wrong with a field of the form, named as the server names it; undefined when nothing is. */
export type FaultAt = (path: string) => string | undefined

interface ExperimentPartProps {
  fields: ExperimentFields
  onChange: (fields: ExperimentFields) => void
  table: RoutingTable
  at: FaultAt
}

/** Divides the requests of a route among arms, to compare them. */
export function ExperimentPart({ fields, onChange, table, at }: ExperimentPartProps) {
  const { t } = useTranslation("routing")
  const set = (some: Partial<ExperimentFields>) => onChange({ ...fields, ...some })
  const total = fields.arms.reduce((sum, arm) => sum + (numberOf(arm.weight) || 0), 0)
  return (
    <FormSection
      label={t("edit.experiment.on")}
      hint={t("edit.experiment.hint")}
      on={fields.on}
      onChange={(on) => set({ on })}
    >
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
        <TextField
          label={t("edit.experiment.name")}
          value={fields.name}
          error={Boolean(at("split.name"))}
          helperText={at("split.name") ?? t("edit.experiment.name_hint")}
          onChange={(event) => set({ name: event.target.value })}
          slotProps={{ htmlInput: { maxLength: 100 } }}
        />
        <TextField
          select
          label={t("edit.experiment.by")}
          value={fields.by}
          helperText={t(`edit.experiment.by_hint.${fields.by}`)}
          onChange={(event) => set({ by: event.target.value as ExperimentFields["by"] })}
        >
          <MenuItem value="session">{t("edit.experiment.by_session")}</MenuItem>
          <MenuItem value="person">{t("edit.experiment.by_person")}</MenuItem>
        </TextField>
      </Box>
      {fields.arms.map((arm, place) => (
        <Arm
          key={arm.id}
          arm={arm}
          share={total > 0 ? (numberOf(arm.weight) || 0) / total : 0}
          place={place}
          table={table}
          at={at}
          onChange={(some) =>
            set({ arms: fields.arms.map((one) => (one.id === arm.id ? { ...one, ...some } : one)) })
          }
          onRemove={
            fields.arms.length > 2
              ? () => set({ arms: fields.arms.filter((one) => one.id !== arm.id) })
              : undefined
          }
        />
      ))}
      <Box>
        <Button
          size="small"
          startIcon={<Plus size={16} />}
          disabled={fields.arms.length >= MOST_ARMS}
          onClick={() => onChange(withArm(fields))}
        >
          {t("edit.experiment.add")}
        </Button>
      </Box>
    </FormSection>
  )
}

interface ArmProps {
  arm: ArmFields
  share: number
  place: number
  table: RoutingTable
  at: FaultAt
  onChange: (some: Partial<ArmFields>) => void
  /** Absent where there must not be fewer arms. */
  onRemove: (() => void) | undefined
}

function Arm({ arm, share, place, table, at, onChange, onRemove }: ArmProps) {
  const { t } = useTranslation("routing")
  const wrong = (field: string) => at(`split.arms.${place}.${field}`)
  return (
    <Box
      role="group"
      aria-label={t("edit.experiment.arm", { name: arm.name })}
      sx={{
        display: "grid",
        gap: 2,
        gridTemplateColumns: "minmax(0, 2fr) minmax(0, 1fr) auto",
        alignItems: "start",
        borderTop: 1,
        borderColor: "divider",
        pt: 2,
      }}
    >
      <TextField
        size="small"
        label={t("edit.experiment.arm_name")}
        value={arm.name}
        error={Boolean(wrong("name"))}
        helperText={wrong("name")}
        onChange={(event) => onChange({ name: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 100 } }}
      />
      <TextField
        size="small"
        label={t("edit.experiment.weight")}
        value={arm.weight}
        error={Boolean(wrong("weight"))}
        helperText={wrong("weight") ?? t("edit.experiment.share", { percent: Math.round(share * 100) })}
        onChange={(event) => onChange({ weight: event.target.value })}
        slotProps={{ htmlInput: { inputMode: "decimal", maxLength: 10 } }}
      />
      <IconButton
        size="small"
        disabled={!onRemove}
        onClick={onRemove}
        aria-label={t("edit.experiment.remove", { name: arm.name })}
        sx={{ mt: 0.5 }}
      >
        <X size={16} />
      </IconButton>
      <Autocomplete
        multiple
        size="small"
        options={table.models.map((model) => model.name)}
        value={[...arm.use]}
        onChange={(_, use) => onChange({ use })}
        sx={{ gridColumn: "1 / -1" }}
        renderInput={(parameters) => (
          <TextField
            {...parameters}
            label={t("edit.experiment.use")}
            error={Boolean(wrong("use"))}
            helperText={wrong("use") ?? (arm.use.length === 0 ? t("edit.experiment.use_hint") : undefined)}
          />
        )}
      />
      <TextField
        select
        size="small"
        label={t("edit.policy")}
        value={arm.policy}
        onChange={(event) => onChange({ policy: event.target.value })}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        sx={{ gridColumn: "1 / -1" }}
      >
        {policies.map((one) => (
          <MenuItem key={one} value={one}>
            {one ? t(`policies.${one}.name`) : t("edit.experiment.as_route")}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  )
}
