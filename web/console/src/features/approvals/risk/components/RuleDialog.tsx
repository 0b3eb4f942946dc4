import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import Switch from "@mui/material/Switch"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ApprovalRules } from "@powerautomation/api-client"
import { fonts, SafeForm } from "@powerautomation/design"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { levels, modes, patternsOf, type Rule } from "../draft"

interface RuleDialogProps {
  current: Rule
  known: ApprovalRules
  taken: readonly string[]
  isNew: boolean
  onDone: (rule: Rule) => void
  onClose: () => void
}

const mono = { input: { sx: { fontFamily: fonts.mono, fontSize: 13 } }, htmlInput: { spellCheck: false } }

/** What a rule is about, what it does, and what a yes needs then. It is tried on the page before it is saved. */
export function RuleDialog({ current, known, taken, isNew, onDone, onClose }: RuleDialogProps) {
  const { t } = useTranslation("risk")
  const id = useId()
  const [rule, setRule] = useState(current)
  const [text, setText] = useState({
    tools: current.tools.join(", "),
    agents: current.agents.join(", "),
    paths: current.paths.join(", "),
    hosts: current.hosts.join(", "),
    lowers: current.lowers.join(", "),
  })
  const set = (change: Partial<Rule>) => setRule({ ...rule, ...change })
  const need = (change: Partial<Rule["needs"]>) => setRule({ ...rule, needs: { ...rule.needs, ...change } })
  const name = rule.name.trim()
  const isTaken = taken.some((one) => one.toLowerCase() === name.toLowerCase())
  const isAbout = Boolean(rule.command.trim() || text.tools || text.agents || text.paths || text.hosts)
  const fixed = patternsOf(text.lowers).filter((one) => known.fixed.includes(one))
  const ready =
    name && !isTaken && isAbout && (rule.raises || (rule.level && text.lowers && fixed.length === 0))
  const done = () =>
    ready &&
    onDone({
      ...rule,
      name,
      command: rule.command.trim(),
      tools: patternsOf(text.tools),
      agents: patternsOf(text.agents),
      paths: patternsOf(text.paths),
      hosts: patternsOf(text.hosts),
      lowers: rule.raises ? [] : patternsOf(text.lowers),
    })
  const patterns = (field: keyof typeof text, example: string) => (
    <TextField
      label={t(`rule.${field}`)}
      value={text[field]}
      placeholder={example}
      onChange={(event) => setText({ ...text, [field]: event.target.value })}
      slotProps={mono}
    />
  )
  return (
    <Dialog
      open
      onClose={(_, reason) => (reason === "backdropClick" ? undefined : onClose())}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
      sx={{ "& form": { display: "flex", flexDirection: "column", minHeight: 0, overflow: "hidden" } }}
    >
      <DialogTitle id={id}>{isNew ? t("rule.add") : t("rule.edit", { name: current.name })}</DialogTitle>
      <SafeForm onSubmit={done}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          <TextField
            label={t("rule.name")}
            value={rule.name}
            autoFocus={isNew}
            error={isTaken}
            helperText={isTaken ? t("rule.taken") : undefined}
            onChange={(event) => set({ name: event.target.value })}
            slotProps={{ htmlInput: { maxLength: 100 } }}
          />
          <TextField
            select
            label={t("rule.effect")}
            value={rule.raises ? "raises" : "lowers"}
            helperText={t(rule.raises ? "rule.raises_hint" : "rule.lowers_hint")}
            onChange={(event) => set({ raises: event.target.value === "raises" })}
          >
            <MenuItem value="raises">{t("rule.raises")}</MenuItem>
            <MenuItem value="lowers">{t("rule.lowers_to")}</MenuItem>
          </TextField>
          <TextField
            select
            label={t("rule.level")}
            value={rule.level}
            onChange={(event) => set({ level: event.target.value })}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            {rule.raises && <MenuItem value="">{t("rule.level_stays")}</MenuItem>}
            {levels.map((level) => (
              <MenuItem key={level} value={level}>
                {t(`levels.${level}`)}
              </MenuItem>
            ))}
          </TextField>
          {!rule.raises && (
            <TextField
              label={t("rule.lowers")}
              value={text.lowers}
              placeholder="command_unknown, path.write.home"
              error={fixed.length > 0}
              helperText={
                fixed.length > 0 ? t("rule.fixed", { names: fixed.join(", ") }) : t("rule.lowers_names")
              }
              onChange={(event) => setText({ ...text, lowers: event.target.value })}
              slotProps={mono}
            />
          )}
          <Typography component="h3" sx={{ fontWeight: 600 }}>
            {t("rule.about")}
          </Typography>
          <TextField
            label={t("rule.command")}
            value={rule.command}
            placeholder="git push"
            helperText={t("rule.command_hint")}
            onChange={(event) => set({ command: event.target.value })}
            slotProps={{ ...mono, htmlInput: { maxLength: 300, spellCheck: false } }}
          />
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
            {patterns("paths", "**/migrations/**")}
            {patterns("hosts", "*.example.com")}
            {patterns("tools", "mcp__github__*")}
            {patterns("agents", "codex")}
          </Box>
          <Typography component="h3" sx={{ fontWeight: 600 }}>
            {t("rule.needs")}
          </Typography>
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
            <TextField
              select
              label={t("rule.mode")}
              value={rule.needs.mode}
              onChange={(event) => need({ mode: event.target.value })}
              slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
            >
              <MenuItem value="">{t("rule.by_level")}</MenuItem>
              {modes.slice(1).map((mode) => (
                <MenuItem key={mode} value={mode}>
                  {t(`modes.${mode}`)}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              type="number"
              label={t("rule.timeout")}
              value={rule.needs.timeout_seconds ? rule.needs.timeout_seconds / 60 : ""}
              placeholder={t("rule.by_level")}
              onChange={(event) => need({ timeout_seconds: Math.round(Number(event.target.value) * 60) })}
              slotProps={{ htmlInput: { min: 1, max: 10080 }, inputLabel: { shrink: true } }}
            />
            <TextField
              label={t("rule.approver_role")}
              value={rule.needs.approver_role}
              placeholder={t("rule.by_level")}
              onChange={(event) => need({ approver_role: event.target.value })}
              slotProps={{ htmlInput: { maxLength: 64 }, inputLabel: { shrink: true } }}
            />
          </Box>
          <FormControlLabel
            control={
              <Switch
                checked={rule.needs.reason_required}
                onChange={(_, on) => need({ reason_required: on })}
              />
            }
            label={t("rule.reason_required")}
          />
          <FormControlLabel
            control={
              <Switch checked={rule.needs.second_person} onChange={(_, on) => need({ second_person: on })} />
            }
            label={t("rule.second_person")}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!ready}>
            {t("rule.done")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
