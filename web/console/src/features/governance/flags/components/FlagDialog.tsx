import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import Switch from "@mui/material/Switch"
import Tab from "@mui/material/Tab"
import Tabs from "@mui/material/Tabs"
import TextField from "@mui/material/TextField"
import type { Environment, Flag, FlagList } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay, useSession } from "~/auth/session"
import { ProblemPanel, showToast } from "~/feedback"
import { draftOf, environments, type FlagForm, formOf, isComplete, type Kind, kinds } from "../draft"
import { peopleQuery, useSaveFlag } from "../queries"
import { TargetingEditor } from "./TargetingEditor"
import { VariantsEditor } from "./VariantsEditor"

interface FlagDialogProps {
  flag: Flag | null
  list: FlagList
  onClose: () => void
}

/** Makes, changes or only shows a flag. */
export function FlagDialog({ flag, list, onClose }: FlagDialogProps) {
  const { t } = useTranslation("flags")
  const may = useMay()
  const me = useSession()?.user
  const id = useId()
  const [form, setForm] = useState<FlagForm>(() => formOf(flag, me?.id ?? ""))
  const [environment, setEnvironment] = useState<Environment>(list.environment)
  const maySeePeople = may("users:read")
  const people = useQuery({ ...peopleQuery, enabled: maySeePeople })
  const save = useSaveFlag(flag)
  const readOnly = !may("flags:write")
  const set = (change: Partial<FlagForm>) => setForm((known) => ({ ...known, ...change }))
  const owners = [...(people.data?.items ?? [])].map((one) => ({ id: one.id, name: one.name || one.email }))
  if (!owners.some((one) => one.id === form.ownerId))
    owners.unshift({ id: form.ownerId, name: flag?.owner_name || me?.name || form.ownerId })
  const names = form.variants.map((one) => one.name.trim()).filter(Boolean)
  const pickKind = (kind: Kind) =>
    set({
      kind,
      variants:
        kind === "boolean"
          ? formOf(null, "").variants
          : ["on", "off"].map((name) => ({
              name,
              value: kind === "object" ? "{}" : kind === "number" ? "0" : name,
            })),
    })
  const submit = () =>
    !readOnly &&
    isComplete(form) &&
    save.mutate(flag && !form.expiresOn ? { ...draftOf(form), expires_on: "" } : draftOf(form), {
      onSuccess: () => {
        showToast(t("form.done", { key: form.key.trim() }))
        onClose()
      },
    })
  return (
    <Dialog
      open
      onClose={onClose}
      fullWidth
      maxWidth="md"
      aria-labelledby={id}
      sx={{ "& form": { display: "flex", flexDirection: "column", minHeight: 0, overflow: "hidden" } }}
    >
      <DialogTitle id={id}>
        {flag ? t(readOnly ? "show" : "edit", { key: flag.key }) : t("form.create")}
      </DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          {save.error && <ProblemPanel error={save.error} />}
          <Box
            component="fieldset"
            disabled={readOnly}
            sx={{
              border: 0,
              m: 0,
              p: 0,
              minWidth: 0,
              display: "grid",
              gap: 2,
              gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "minmax(0, 1fr) minmax(0, 1fr)" },
            }}
          >
            {!flag && (
              <>
                <TextField
                  label={t("form.key")}
                  helperText={t("form.key_hint")}
                  value={form.key}
                  onChange={(event) => set({ key: event.target.value })}
                  autoFocus
                  slotProps={{ htmlInput: { maxLength: 100, spellCheck: false } }}
                />
                <TextField
                  select
                  label={t("form.kind")}
                  value={form.kind}
                  onChange={(event) => pickKind(event.target.value as Kind)}
                >
                  {kinds.map((one) => (
                    <MenuItem key={one} value={one}>
                      {t(`kinds.${one}`)}
                    </MenuItem>
                  ))}
                </TextField>
              </>
            )}
            <TextField
              label={t("form.description")}
              value={form.description}
              onChange={(event) => set({ description: event.target.value })}
              sx={{ gridColumn: "1 / -1" }}
              slotProps={{ htmlInput: { maxLength: 500 } }}
            />
            <TextField
              select
              label={t("form.owner")}
              helperText={t("form.owner_hint")}
              value={form.ownerId}
              onChange={(event) => set({ ownerId: event.target.value })}
            >
              {owners.map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {one.name}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              type="date"
              label={t("form.expires")}
              helperText={t("form.expires_hint")}
              value={form.expiresOn}
              onChange={(event) => set({ expiresOn: event.target.value })}
              slotProps={{ inputLabel: { shrink: true } }}
            />
            {list.may_share && !flag?.built_in && (
              <FormControlLabel
                sx={{ gridColumn: "1 / -1" }}
                control={
                  <Switch checked={form.shared} onChange={(event) => set({ shared: event.target.checked })} />
                }
                label={t("form.shared")}
              />
            )}
            <VariantsEditor
              form={form}
              locked={readOnly || (flag?.built_in ?? false)}
              names={names}
              onChange={set}
            />
          </Box>
          <Box>
            <Tabs
              value={environment}
              onChange={(_, value: Environment) => setEnvironment(value)}
              aria-label={t("form.environments")}
              variant="scrollable"
            >
              {environments.map((one) => (
                <Tab
                  key={one}
                  value={one}
                  label={
                    one === list.environment
                      ? t("form.this_one", { name: t(`environments.${one}`) })
                      : t(`environments.${one}`)
                  }
                />
              ))}
            </Tabs>
            <TargetingEditor
              key={environment}
              targeting={form.environments[environment]}
              names={names}
              locked={readOnly}
              onChange={(next) => set({ environments: { ...form.environments, [environment]: next } })}
            />
          </Box>
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t(readOnly ? "close" : "cancel", { ns: "common" })}
          </Button>
          {!readOnly && (
            <Button type="submit" variant="contained" disabled={!isComplete(form)} loading={save.isPending}>
              {t(flag ? "form.save" : "form.create")}
            </Button>
          )}
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
