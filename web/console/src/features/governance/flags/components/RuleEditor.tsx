import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import IconButton from "@mui/material/IconButton"
import InputAdornment from "@mui/material/InputAdornment"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { attributes, type ConditionDraft, type RuleDraft } from "../draft"

interface RuleEditorProps {
  rule: RuleDraft
  number: number
  names: readonly string[]
  locked: boolean
  onChange: (rule: RuleDraft) => void
  onUp: (() => void) | null
  onDown: (() => void) | null
  onRemove: () => void
}

/** One rule: for whom, and what they get: one variant, or each of several a percentage. */
export function RuleEditor({
  rule,
  number,
  names,
  locked,
  onChange,
  onUp,
  onDown,
  onRemove,
}: RuleEditorProps) {
  const { t } = useTranslation("flags")
  const put = (place: number, change: Partial<ConditionDraft>) =>
    onChange({
      ...rule,
      conditions: rule.conditions.map((one, at) => (at === place ? { ...one, ...change } : one)),
    })
  return (
    <Box
      role="group"
      aria-label={t("form.rule", { number })}
      sx={{ border: 1, borderColor: "divider", borderRadius: 1, p: 1.5, display: "grid", gap: 1.5 }}
    >
      <Box sx={{ display: "flex", alignItems: "center", gap: 0.5 }}>
        <Typography variant="h3" sx={{ flex: 1 }}>
          {t("form.rule", { number })}
        </Typography>
        {!locked && (
          <>
            <IconButton aria-label={t("form.up", { number })} disabled={!onUp} onClick={() => onUp?.()}>
              <ArrowUp size={16} />
            </IconButton>
            <IconButton aria-label={t("form.down", { number })} disabled={!onDown} onClick={() => onDown?.()}>
              <ArrowDown size={16} />
            </IconButton>
            <IconButton aria-label={t("form.remove_rule", { number })} onClick={onRemove}>
              <Trash2 size={16} />
            </IconButton>
          </>
        )}
      </Box>
      {rule.conditions.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("form.for_everybody")}
        </Typography>
      )}
      {rule.conditions.map((one, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a condition is known by its place
        <Box key={place} sx={{ display: "flex", gap: 1, flexWrap: { xs: "wrap", sm: "nowrap" } }}>
          <Autocomplete
            freeSolo
            disabled={locked}
            options={[...attributes]}
            value={one.attribute}
            onInputChange={(_, value) => put(place, { attribute: value })}
            sx={{ flex: { xs: "1 1 100%", sm: "0 0 200px" } }}
            renderInput={(parameters) => (
              <TextField {...parameters} size="small" label={t("form.attribute")} />
            )}
          />
          <TextField
            size="small"
            label={t("form.values")}
            value={one.values}
            disabled={locked}
            onChange={(event) => put(place, { values: event.target.value })}
            sx={{ flex: 1 }}
          />
          {!locked && (
            <IconButton
              aria-label={t("form.remove_condition", { name: one.attribute })}
              onClick={() =>
                onChange({ ...rule, conditions: rule.conditions.filter((_, at) => at !== place) })
              }
            >
              <Trash2 size={16} />
            </IconButton>
          )}
        </Box>
      ))}
      <Box sx={{ display: "flex", gap: 1.5, flexWrap: "wrap", alignItems: "flex-start" }}>
        {!locked && (
          <Button
            color="inherit"
            startIcon={<Plus size={16} />}
            onClick={() =>
              onChange({ ...rule, conditions: [...rule.conditions, { attribute: "", values: "" }] })
            }
          >
            {t("form.add_condition")}
          </Button>
        )}
        <TextField
          select
          size="small"
          label={t("form.serve")}
          value={names.includes(rule.serve) ? rule.serve : ""}
          disabled={locked}
          onChange={(event) => onChange({ ...rule, serve: event.target.value })}
          sx={{ minWidth: 180 }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          {names.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
          <MenuItem value="">{t("form.percentages")}</MenuItem>
        </TextField>
        {!rule.serve &&
          names.map((name) => (
            <TextField
              key={name}
              size="small"
              type="number"
              label={name}
              value={rule.percents[name] ?? ""}
              disabled={locked}
              onChange={(event) =>
                onChange({ ...rule, percents: { ...rule.percents, [name]: event.target.value } })
              }
              sx={{ width: 110 }}
              slotProps={{
                htmlInput: { min: 0, max: 100, step: 0.001 },
                input: { endAdornment: <InputAdornment position="end">%</InputAdornment> },
              }}
            />
          ))}
      </Box>
    </Box>
  )
}
