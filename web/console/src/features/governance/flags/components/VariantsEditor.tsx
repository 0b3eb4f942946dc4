import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { Plus, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { type FlagForm, typedValue, type VariantDraft } from "../draft"

interface VariantsEditorProps {
  form: FlagForm
  locked: boolean
  names: readonly string[]
  onChange: (change: Partial<FlagForm>) => void
}

/** The values a flag can have, and which of them everybody gets while it is off. */
export function VariantsEditor({ form, locked, names, onChange }: VariantsEditorProps) {
  const { t } = useTranslation("flags")
  const put = (place: number, change: Partial<VariantDraft>) =>
    onChange({ variants: form.variants.map((one, at) => (at === place ? { ...one, ...change } : one)) })
  return (
    <Box sx={{ gridColumn: "1 / -1", display: "grid", gap: 1.5 }}>
      <Typography variant="h3">{t("form.variants")}</Typography>
      {form.variants.map((one, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names may be typed anew, the place stays
        <Box key={place} sx={{ display: "flex", gap: 1, alignItems: "flex-start" }}>
          <TextField
            size="small"
            label={t("form.variant_name")}
            value={one.name}
            disabled={locked}
            onChange={(event) => put(place, { name: event.target.value })}
            sx={{ flex: "0 1 180px" }}
            slotProps={{ htmlInput: { maxLength: 64 } }}
          />
          <TextField
            size="small"
            label={t("form.variant_value")}
            value={one.value}
            disabled={locked}
            error={typedValue(form.kind, one.value) === undefined}
            onChange={(event) => put(place, { value: event.target.value })}
            multiline={form.kind === "object"}
            sx={{ flex: 1 }}
            slotProps={{ htmlInput: { maxLength: 4000, spellCheck: false } }}
          />
          {!locked && form.variants.length > 1 && (
            <IconButton
              aria-label={t("form.remove_variant", { name: one.name })}
              onClick={() => onChange({ variants: form.variants.filter((_, at) => at !== place) })}
            >
              <Trash2 size={17} />
            </IconButton>
          )}
        </Box>
      ))}
      <Box sx={{ display: "flex", gap: 2, flexWrap: "wrap", alignItems: "flex-start" }}>
        {!locked && form.variants.length < 20 && (
          <Button
            color="inherit"
            startIcon={<Plus size={16} />}
            onClick={() =>
              onChange({ variants: [...form.variants, { name: "", value: form.variants[0]?.value ?? "" }] })
            }
          >
            {t("form.add_variant")}
          </Button>
        )}
        <TextField
          select
          size="small"
          label={t("form.off_variant")}
          value={names.includes(form.offVariant) ? form.offVariant : ""}
          disabled={locked}
          onChange={(event) => onChange({ offVariant: event.target.value })}
          sx={{ minWidth: 220 }}
        >
          {names.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
      </Box>
    </Box>
  )
}
