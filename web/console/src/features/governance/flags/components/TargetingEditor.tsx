import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import Switch from "@mui/material/Switch"
import TextField from "@mui/material/TextField"
import { Plus } from "lucide-react"
import { useTranslation } from "react-i18next"
import type { RuleDraft, TargetingDraft } from "../draft"
import { RuleEditor } from "./RuleEditor"

interface TargetingEditorProps {
  targeting: TargetingDraft
  names: readonly string[]
  locked: boolean
  onChange: (targeting: TargetingDraft) => void
}

/** What a flag does in one environment: the kill switch, rules in their order, and what is served without one. */
export function TargetingEditor({ targeting, names, locked, onChange }: TargetingEditorProps) {
  const { t } = useTranslation("flags")
  const { rules } = targeting
  const setRules = (next: RuleDraft[]) => onChange({ ...targeting, rules: next })
  const move = (from: number, to: number) => {
    const next = [...rules]
    next.splice(to, 0, ...next.splice(from, 1))
    setRules(next)
  }
  return (
    <Box sx={{ display: "grid", gap: 1.5, pt: 1.5 }}>
      <FormControlLabel
        control={
          <Switch
            checked={targeting.isOn}
            disabled={locked}
            onChange={(event) => onChange({ ...targeting, isOn: event.target.checked })}
          />
        }
        label={t(targeting.isOn ? "form.is_on" : "form.is_off")}
      />
      {rules.map((rule, place) => (
        <RuleEditor
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place
          key={place}
          rule={rule}
          number={place + 1}
          names={names}
          locked={locked}
          onChange={(next) => setRules(rules.map((one, at) => (at === place ? next : one)))}
          onUp={place > 0 ? () => move(place, place - 1) : null}
          onDown={place < rules.length - 1 ? () => move(place, place + 1) : null}
          onRemove={() => setRules(rules.filter((_, at) => at !== place))}
        />
      ))}
      <Box sx={{ display: "flex", gap: 2, flexWrap: "wrap" }}>
        {!locked && rules.length < 50 && (
          <Button
            color="inherit"
            startIcon={<Plus size={16} />}
            onClick={() =>
              setRules([
                ...rules,
                { conditions: [{ attribute: "person", values: "" }], serve: names[0] ?? "", percents: {} },
              ])
            }
          >
            {t("form.add_rule")}
          </Button>
        )}
        <TextField
          select
          size="small"
          label={t(rules.length > 0 ? "form.otherwise" : "form.everybody")}
          value={names.includes(targeting.variant) ? targeting.variant : ""}
          disabled={locked}
          onChange={(event) => onChange({ ...targeting, variant: event.target.value })}
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
