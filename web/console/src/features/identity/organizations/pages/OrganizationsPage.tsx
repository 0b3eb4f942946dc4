import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Building2, Plus } from "lucide-react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { CreateDialog } from "../components/CreateDialog"
import { OrganizationRow } from "../components/OrganizationRow"
import { organizationsQuery } from "../queries"

/** The organizations of this server, for whoever runs it. */
export function OrganizationsPage() {
  const { t } = useTranslation("organizations")
  const { create } = useSearch({ from: "/signed-in/organizations" })
  const navigate = useNavigate()
  const query = useQuery(organizationsQuery)
  const setCreate = (on: boolean) =>
    void navigate({ to: "/organizations", search: on ? { create: true } : {} })
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setCreate(true)}>
            {t("form.create")}
          </Button>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={160} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          <Box component="ul" aria-label={t("title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {query.data.map((tenant) => (
              <OrganizationRow key={tenant.id} tenant={tenant} />
            ))}
          </Box>
          {query.data.length < 2 && (
            <EmptyState icon={<Building2 size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
        </Card>
      )}
      {create && <CreateDialog onClose={() => setCreate(false)} />}
    </>
  )
}
