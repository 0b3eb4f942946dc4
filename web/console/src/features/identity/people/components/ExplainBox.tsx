import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Person } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { CircumstanceFields, here, roleName, supposedOf } from "~/display"
import { ProblemPanel } from "~/feedback"
import { explainQuery, rolesQuery } from "../queries"

/** Answers why a person may do something, or may not. */
export function ExplainBox({ people }: { people: readonly Person[] }) {
  const { t } = useTranslation("people")
  const [userId, setUserId] = useState("")
  const [permission, setPermission] = useState("")
  const [circumstances, setCircumstances] = useState(here)
  const known = useQuery(rolesQuery).data
  const permissions = known?.permissions ?? []
  const named = (role: string) => roleName(t, role, known?.items.find((one) => one.id === role)?.name)
  const told = useQuery(explainQuery(permission, userId, supposedOf(circumstances)))
  const person = people.find((one) => one.id === userId)
  const name = person ? person.name || person.email : ""
  return (
    <Panel title={t("explain.title")} hint={t("explain.hint")} sx={{ mt: 3 }}>
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
        <TextField
          select
          label={t("explain.person")}
          value={person ? userId : ""}
          onChange={(event) => setUserId(event.target.value)}
        >
          {people.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {one.name || one.email}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          label={t("explain.permission")}
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
      <Box sx={{ mt: 2 }}>
        <CircumstanceFields value={circumstances} onChange={setCircumstances} />
      </Box>
      <Box aria-live="polite" sx={{ mt: 2 }}>
        {told.error && <ProblemPanel error={told.error} />}
        {told.data && person && (
          <Alert severity={told.data.allowed ? "success" : "warning"}>
            {t(`explain.reasons.${told.data.reason}`, {
              name,
              role: roleName(t, told.data.role, told.data.role_name),
              via: told.data.via ? roleName(t, told.data.via, told.data.via_name) : "",
              permission: told.data.permission,
              policy: told.data.policy_name,
              by: told.data.shared_by,
            })}{" "}
            {!told.data.allowed &&
              told.data.roles_with.length > 0 &&
              t("explain.roles_with", {
                roles: told.data.roles_with.map(named).join(", "),
              })}
          </Alert>
        )}
      </Box>
    </Panel>
  )
}
