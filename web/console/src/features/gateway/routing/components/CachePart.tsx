import Box from "@mui/material/Box"
import Checkbox from "@mui/material/Checkbox"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { useTranslation } from "react-i18next"
import { type CacheFields, units } from "../extras"
import type { FaultAt } from "./ExperimentPart"
import { FormSection } from "./FormSection"

const switches = ["tools", "images", "perKey", "semantic"] as const

interface CachePartProps {
  fields: CacheFields
  onChange: (fields: CacheFields) => void
  at: FaultAt
}

/** Which answers of a route are given again. */
export function CachePart({ fields, onChange, at }: CachePartProps) {
  const { t } = useTranslation("routing")
  const set = (some: Partial<CacheFields>) => onChange({ ...fields, ...some })
  const decimal = { htmlInput: { inputMode: "decimal", maxLength: 10 } } as const
  return (
    <FormSection
      label={t("edit.cache.on")}
      hint={t("edit.cache.hint")}
      on={fields.on}
      onChange={(on) => set({ on })}
    >
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: "1fr 1fr", alignItems: "start" }}>
        <TextField
          label={t("edit.cache.age")}
          value={fields.age}
          error={Boolean(at("cache.max_age_seconds"))}
          helperText={at("cache.max_age_seconds")}
          onChange={(event) => set({ age: event.target.value })}
          slotProps={decimal}
        />
        <TextField
          select
          label={t("edit.cache.unit")}
          value={fields.unit}
          onChange={(event) => set({ unit: event.target.value as CacheFields["unit"] })}
        >
          {units.map((one) => (
            <MenuItem key={one} value={one}>
              {t(`edit.cache.units.${one}`)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { sm: "1fr 1fr" }, alignItems: "start" }}>
        <TextField
          label={t("edit.cache.max_temperature")}
          value={fields.maxTemperature}
          error={Boolean(at("cache.max_temperature"))}
          helperText={at("cache.max_temperature") ?? t("edit.cache.max_temperature_hint")}
          onChange={(event) => set({ maxTemperature: event.target.value })}
          slotProps={decimal}
        />
        <TextField
          label={t("edit.cache.kilobytes")}
          value={fields.kilobytes}
          error={Boolean(at("cache.max_answer_bytes"))}
          helperText={at("cache.max_answer_bytes") ?? t("edit.cache.kilobytes_hint")}
          onChange={(event) => set({ kilobytes: event.target.value })}
          slotProps={decimal}
        />
      </Box>
      <Box sx={{ display: "grid" }}>
        {switches.map((one) => (
          <FormControlLabel
            key={one}
            control={
              <Checkbox
                size="small"
                checked={fields[one]}
                onChange={(event) => set({ [one]: event.target.checked })}
              />
            }
            label={t(`edit.cache.${one}`)}
            slotProps={{ typography: { variant: "body2" } }}
          />
        ))}
      </Box>
      {fields.semantic && (
        <TextField
          label={t("edit.cache.similarity")}
          value={fields.similarity}
          error={Boolean(at("cache.similarity"))}
          helperText={at("cache.similarity") ?? t("edit.cache.similarity_hint")}
          onChange={(event) => set({ similarity: event.target.value })}
          slotProps={decimal}
        />
      )}
    </FormSection>
  )
}
