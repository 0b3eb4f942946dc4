import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { AccessExplanation } from "@powerautomation/api-client"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { CircumstanceFields, here, roleName, supposedOf, useSettled } from "~/display"
import { ProblemPanel } from "~/feedback"
import { peopleQuery, rolesQuery, tryQuery } from "../queries"

interface TryBoxProps {
  /** A policy that is being written, and the one it would replace. */
  text?: string
  policyId?: string
}

/** Who, what, when and from where; and what is decided, with the policy that is being written and without it. */
export function TryBox({ text, policyId }: TryBoxProps) {
  const { t } = useTranslation("policies")
  const [userId, setUserId] = useState("")
  const [permission, setPermission] = useState("")
  const [circumstances, setCircumstances] = useState(here)
  const people = useQuery(peopleQuery).data ?? []
  const permissions = useQuery(rolesQuery).data?.permissions ?? []
  const draft = useSettled({
    permission,
    user_id: userId,
    supposed: supposedOf(circumstances),
    ...(text !== undefined && { text }),
    ...(policyId && { policy_id: policyId }),
  })
  const tried = useQuery({ ...tryQuery(draft), enabled: draft.permission !== "" })
  const person = people.find((one) => one.id === userId)
  const name = person ? person.name || person.email : t("try.you")
  const { before, after } = tried.data ?? {}
  const differs = before && after && before.allowed !== after.allowed
  return (
    <Box sx={{ display: "grid", gap: 2 }}>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
        <TextField
          select
          label={t("try.person")}
          value={person ? userId : ""}
          onChange={(event) => setUserId(event.target.value)}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t("try.yourself")}</MenuItem>
          {people.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {one.name || one.email}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("try.permission")}
          value={permissions.length > 0 ? permission : ""}
          onChange={(event) => setPermission(event.target.value)}
        >
          {permissions.map((one) => (
            <MenuItem key={one.name} value={one.name}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      <CircumstanceFields value={circumstances} onChange={setCircumstances} />
      <Box aria-live="polite" sx={{ display: "grid", gap: 1 }}>
        {tried.error && <ProblemPanel error={tried.error} />}
        {draft.permission && after && <Decision told={after} name={name} />}
        {differs && (
          <Typography variant="caption" color="textSecondary">
            {t(before.allowed ? "try.before_allowed" : "try.before_refused")}
          </Typography>
        )}
      </Box>
    </Box>
  )
}

function Decision({ told, name }: { told: AccessExplanation; name: string }) {
  const { t } = useTranslation("people")
  return (
    <Alert severity={told.allowed ? "success" : "warning"}>
      {t(`explain.reasons.${told.reason}`, {
        name,
        role: roleName(t, told.role, told.role_name),
        via: told.via ? roleName(t, told.via, told.via_name) : "",
        permission: told.permission,
        policy: told.policy_name,
        by: told.shared_by,
      })}
    </Alert>
  )
}
