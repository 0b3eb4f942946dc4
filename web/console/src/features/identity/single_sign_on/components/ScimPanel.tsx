import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ScimGroup, ScimState } from "@powerautomation/api-client"
import { CopyButton, FactList, fonts, Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { scimGroupsQuery, scimStateQuery, unitsQuery, useBindGroup } from "../queries"
import { useRoleName } from "./RoleSelect"
import { ScimKeyDialog } from "./ScimKeyDialog"

/** How the identity provider brings people and groups: its key, its last request, what was refused, its groups. */
export function ScimPanel({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation("single_sign_on")
  const may = useMay()
  const state = useQuery(scimStateQuery)
  const groups = useQuery(scimGroupsQuery)
  const [making, setMaking] = useState(false)
  const error = state.error ?? groups.error
  const retry = () => void Promise.all([state.refetch(), groups.refetch()])
  const action = mayWrite && may("api_keys:write") && may("users:write") && state.data && (
    <Button size="small" variant="outlined" color="inherit" onClick={() => setMaking(true)}>
      {t(state.data.key ? "scim.rotate" : "scim.make")}
    </Button>
  )
  return (
    <Panel title={t("scim.title")} hint={t("scim.hint")} actions={action || undefined} sx={{ mt: 2 }}>
      {error && <ProblemPanel error={error} onRetry={retry} />}
      {(state.isPending || groups.isPending) && !error && <Skeleton variant="rounded" height={120} />}
      {state.data && <Facts state={state.data} />}
      {state.data && state.data.problems.length > 0 && <Refused problems={state.data.problems} />}
      {groups.data && <Groups groups={groups.data} mayBind={mayWrite && may("units:write")} />}
      {making && state.data && <ScimKeyDialog known={state.data.key} onClose={() => setMaking(false)} />}
    </Panel>
  )
}

function Facts({ state }: { state: ScimState }) {
  const { t } = useTranslation("single_sign_on")
  const address = (
    <Box sx={{ display: "flex", alignItems: "center", gap: 0.5, minWidth: 0 }}>
      <Typography component="code" variant="body2" sx={{ fontFamily: fonts.mono, overflowWrap: "anywhere" }}>
        {state.address}
      </Typography>
      <CopyButton
        text={state.address}
        label={t("scim.copy_address")}
        copiedLabel={t("copied", { ns: "common" })}
      />
    </Box>
  )
  return (
    <FactList
      facts={[
        { name: t("scim.address"), value: address },
        { name: t("scim.key"), value: state.key ? `pa_…${state.key.hint}` : t("scim.no_key") },
        {
          name: t("scim.last_request"),
          value: state.last_request_at ? <Ago moment={state.last_request_at} /> : t("scim.never"),
        },
      ]}
    />
  )
}

function Refused({ problems }: { problems: ScimState["problems"] }) {
  const { t } = useTranslation("single_sign_on")
  return (
    <Box sx={{ mt: 2 }}>
      <Typography variant="subtitle2">{t("scim.problems")}</Typography>
      <Box component="ul" aria-label={t("scim.problems")} sx={{ listStyle: "none", m: 0, p: 0 }}>
        {problems.slice(0, 5).map((one) => (
          <Box component="li" key={`${one.at}${one.what}`} sx={{ py: 0.75 }}>
            <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}>
              <StatusBadge tone="bad">{String(one.status)}</StatusBadge>
              <Typography component="code" variant="body2" sx={{ fontFamily: fonts.mono }}>
                {one.what}
              </Typography>
              <Typography variant="caption" color="textSecondary">
                <Ago moment={one.at} />
              </Typography>
            </Box>
            <Typography
              variant="caption"
              color="textSecondary"
              component="p"
              sx={{ overflowWrap: "anywhere" }}
            >
              {one.message}
            </Typography>
          </Box>
        ))}
      </Box>
    </Box>
  )
}

function Groups({ groups, mayBind }: { groups: ScimGroup[]; mayBind: boolean }) {
  const { t } = useTranslation("single_sign_on")
  return (
    <Box sx={{ mt: 2 }}>
      <Typography variant="subtitle2">{t("scim.groups")}</Typography>
      {groups.length === 0 && (
        <Typography variant="body2" color="textSecondary">
          {t("scim.no_groups")}
        </Typography>
      )}
      <Box component="ul" aria-label={t("scim.groups")} sx={{ listStyle: "none", m: 0, p: 0 }}>
        {groups.map((one) => (
          <GroupRow key={one.id} group={one} mayBind={mayBind} />
        ))}
      </Box>
    </Box>
  )
}

function GroupRow({ group, mayBind }: { group: ScimGroup; mayBind: boolean }) {
  const { t } = useTranslation("single_sign_on")
  const nameOf = useRoleName()
  const bind = useBindGroup()
  const units = useQuery({ ...unitsQuery, enabled: mayBind }).data ?? []
  const roles = group.roles.map((one) =>
    t("scim.leads_to", { role: nameOf(one.role), provider: one.provider }),
  )
  const led = roles.length > 0 ? roles.join(" · ") : t("scim.leads_nowhere")
  return (
    <Box component="li" sx={{ py: 1.25, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
          <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{group.name}</Typography>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {[t("scim.people", { count: group.people }), led].join(" · ")}
          </Typography>
        </Box>
        {mayBind ? (
          <TextField
            select
            size="small"
            label={t("scim.unit")}
            value={units.some((one) => one.id === group.unit_id) ? group.unit_id : ""}
            disabled={bind.isPending}
            onChange={(event) =>
              bind.mutate(
                { groupId: group.id, unitId: event.target.value },
                { onSuccess: () => showToast(t("scim.bound")) },
              )
            }
            slotProps={{
              select: { displayEmpty: true },
              inputLabel: { shrink: true },
              htmlInput: { "aria-label": `${t("scim.unit")}: ${group.name}` },
            }}
            sx={{ minWidth: 180, flex: "0 1 220px" }}
          >
            <MenuItem value="">{t("scim.no_unit")}</MenuItem>
            {units.map((one) => (
              <MenuItem key={one.id} value={one.id}>
                {one.name}
              </MenuItem>
            ))}
          </TextField>
        ) : (
          <Typography variant="body2">{group.unit_name}</Typography>
        )}
      </Box>
      {bind.error && <ProblemPanel error={bind.error} />}
    </Box>
  )
}
