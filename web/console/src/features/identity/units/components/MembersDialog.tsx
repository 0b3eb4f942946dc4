import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Checkbox from "@mui/material/Checkbox"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import FormControlLabel from "@mui/material/FormControlLabel"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Unit, UnitMember } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel, showToast } from "~/feedback"
import { candidatesQuery, inOrder, type MemberChange, membersQuery, useChangeMember } from "../queries"

/** Who belongs to a unit; people are added, moved to another unit and removed here. */
export function MembersDialog(props: {
  unit: Unit
  units: readonly Unit[]
  mayWrite: boolean
  onClose: () => void
}) {
  const { unit, units, mayWrite } = props
  const { t } = useTranslation("units")
  const id = useId()
  const query = useQuery(membersQuery(unit.id))
  const change = useChangeMember()
  const members = query.data ?? []
  const maySearch = useMay()("users:read") && mayWrite
  const apply = (wanted: MemberChange, name: string) =>
    change.mutate(wanted, {
      onSuccess: () => {
        const into = units.find((one) => one.id === wanted.unitId)?.name ?? unit.name
        showToast(t(`members.done_${wanted.do}`, { name, unit: into }))
      },
    })
  return (
    <Dialog open onClose={props.onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("members.title", { name: unit.name })}</DialogTitle>
      <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
        <Typography color="textSecondary">{t("members.hint")}</Typography>
        {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
        {change.error && <ProblemPanel error={change.error} />}
        {maySearch && (
          <AddMember
            known={members}
            pending={change.isPending}
            onAdd={(userId, name) => apply({ do: "put", unitId: unit.id, userId }, name)}
          />
        )}
        {query.isPending && <Skeleton variant="rounded" height={96} />}
        {query.data?.length === 0 && <Typography>{t("members.none")}</Typography>}
        <Box component="ul" aria-label={t("members.title", { name: unit.name })} sx={{ m: 0, p: 0 }}>
          {members.map((member) => (
            <MemberRow
              key={member.user_id}
              member={member}
              unit={unit}
              units={units}
              disabled={!mayWrite || change.isPending}
              apply={apply}
            />
          ))}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button variant="contained" onClick={props.onClose}>
          {t("close", { ns: "common" })}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function MemberRow(props: {
  member: UnitMember
  unit: Unit
  units: readonly Unit[]
  disabled: boolean
  apply: (change: MemberChange, name: string) => void
}) {
  const { member, unit, disabled, apply } = props
  const { t } = useTranslation("units")
  const who = { unitId: unit.id, userId: member.user_id }
  const others = inOrder(props.units).filter((one) => one.unit.id !== unit.id)
  return (
    <Box
      component="li"
      sx={{
        listStyle: "none",
        py: 1.25,
        "& + &": { borderTop: 1, borderColor: "divider" },
        display: "grid",
        gap: 1,
      }}
    >
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
        <Typography sx={{ fontWeight: 600, flex: "1 1 140px", overflowWrap: "anywhere" }}>
          {member.name}
        </Typography>
        {member.is_primary && <StatusBadge tone="good">{t("members.primary")}</StatusBadge>}
        <FormControlLabel
          label={t("members.manages")}
          control={
            <Checkbox
              size="small"
              checked={member.manages}
              disabled={disabled}
              slotProps={{ input: { "aria-label": t("members.manages_on", { name: member.name }) } }}
              onChange={(_, manages) =>
                apply({ do: "put", ...who, is_primary: member.is_primary, manages }, member.name)
              }
            />
          }
        />
      </Box>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
        {others.length > 0 && (
          <TextField
            select
            size="small"
            label={t("members.move")}
            value=""
            disabled={disabled}
            sx={{ minWidth: 150 }}
            onChange={(event) =>
              apply(
                { do: "move", unitId: event.target.value, userId: member.user_id, from: unit.id },
                member.name,
              )
            }
            slotProps={{
              select: {
                SelectDisplayProps: { "aria-label": t("members.move_named", { name: member.name }) },
              },
            }}
          >
            {others.map(({ unit: other, depth }) => (
              <MenuItem key={other.id} value={other.id} sx={{ pl: 2 + depth * 2 }}>
                {other.name}
              </MenuItem>
            ))}
          </TextField>
        )}
        {!member.is_primary && (
          <Button
            size="small"
            color="inherit"
            disabled={disabled}
            onClick={() =>
              apply({ do: "put", ...who, is_primary: true, manages: member.manages }, member.name)
            }
          >
            {t("members.primary_make")}
          </Button>
        )}
        <Button
          size="small"
          color="error"
          disabled={disabled}
          aria-label={t("members.remove_named", { name: member.name })}
          onClick={() => apply({ do: "remove", ...who }, member.name)}
        >
          {t("members.remove")}
        </Button>
      </Box>
    </Box>
  )
}

function AddMember(props: {
  known: readonly UnitMember[]
  pending: boolean
  onAdd: (userId: string, name: string) => void
}) {
  const { t } = useTranslation("units")
  const [typed, setTyped] = useState("")
  const found = useQuery(candidatesQuery(typed.trim()))
  const inside = new Set(props.known.map((member) => member.user_id))
  const people = (found.data ?? []).filter((person) => !inside.has(person.id))
  return (
    <Autocomplete
      options={people}
      value={null}
      inputValue={typed}
      disabled={props.pending}
      loading={found.isPending}
      filterOptions={(options) => options}
      noOptionsText={t("members.nobody")}
      getOptionLabel={(person) => person.name}
      getOptionKey={(person) => person.id}
      onInputChange={(_, value, why) => setTyped(why === "input" ? value : "")}
      onChange={(_, person) => person && props.onAdd(person.id, person.name)}
      renderOption={({ key, ...rest }, person) => (
        <Box component="li" key={key} {...rest}>
          {person.email ? `${person.name} · ${person.email}` : person.name}
        </Box>
      )}
      renderInput={(parameters) => (
        <TextField {...parameters} label={t("members.add")} helperText={t("members.add_hint")} />
      )}
    />
  )
}
