import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { Role } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Plus, ShieldPlus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { RemoveDialog } from "../components/RemoveDialog"
import { RoleDialog } from "../components/RoleDialog"
import { RoleRow } from "../components/RoleRow"
import { rolesQuery } from "../queries"

/** The roles of the organization: what each may do, and who has it. */
export function RolesPage() {
  const { t } = useTranslation("roles")
  const { create } = useSearch({ from: "/signed-in/roles" })
  const navigate = useNavigate()
  const may = useMay()
  const query = useQuery(rolesQuery)
  const [open, setOpen] = useState<Role | null>(null)
  const [removing, setRemoving] = useState<Role | null>(null)
  const mayWrite = may("roles:write")
  const setCreate = (on: boolean) => void navigate({ to: "/roles", search: on ? { create: true } : {} })
  const roles = query.data?.items ?? []
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          mayWrite && (
            <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setCreate(true)}>
              {t("form.create")}
            </Button>
          )
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {roles.map((role) => (
              <RoleRow
                key={role.id}
                role={role}
                roles={roles}
                onOpen={() => setOpen(role)}
                onRemove={() => setRemoving(role)}
              />
            ))}
          </Box>
          {!roles.some((role) => role.custom) && (
            <EmptyState icon={<ShieldPlus size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
        </Card>
      )}
      {create && mayWrite && query.data && (
        <RoleDialog current={null} known={query.data} onClose={() => setCreate(false)} />
      )}
      {open && query.data && (
        <RoleDialog key={open.id} current={open} known={query.data} onClose={() => setOpen(null)} />
      )}
      {removing && <RemoveDialog role={removing} roles={roles} onClose={() => setRemoving(null)} />}
    </>
  )
}
