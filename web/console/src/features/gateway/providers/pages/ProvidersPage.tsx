import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { Provider } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Plus, Server } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { describeProblem, ProblemPanel, showToast } from "~/feedback"
import { AddProviderDialog } from "../components/AddProviderDialog"
import { DeletedProviders } from "../components/DeletedProviders"
import { EditProviderDialog } from "../components/EditProviderDialog"
import { ProviderCard } from "../components/ProviderCard"
import { providersQuery, restoreProvider, useRemoveProvider } from "../queries"

/** The upstream vendors: whether they are well, what they offer, at what price. */
export function ProvidersPage() {
  const { t } = useTranslation("providers")
  const { t: common, i18n } = useTranslation()
  const { add } = useSearch({ from: "/signed-in/providers" })
  const navigate = useNavigate()
  const query = useQuery(providersQuery)
  const remove = useRemoveProvider()
  const [editing, setEditing] = useState<Provider | null>(null)
  const openAdd = () => void navigate({ to: "/providers", search: { add: true } })
  const complain = (error: unknown) => {
    const problem = describeProblem(error, common, i18n.language)
    showToast(`${problem.message} ${problem.action}`.trim(), { tone: "error" })
  }
  const removeWithUndo = (provider: Provider) =>
    remove.mutate(provider, {
      onSuccess: () =>
        showToast(t("remove.done", { name: provider.name }), {
          action: {
            label: t("undo", { ns: "common" }),
            run: () => void restoreProvider(provider.id).catch(complain),
          },
        }),
      onError: complain,
    })
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <Allowed permission="providers:write">
            <Button variant="contained" startIcon={<Plus size={17} />} onClick={openAdd}>
              {t("add.title")}
            </Button>
          </Allowed>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={240} sx={{ borderRadius: "14px" }} />}
      {query.data?.length === 0 && (
        <Card>
          <EmptyState
            icon={<Server size={24} />}
            title={t("empty.title")}
            text={t("empty.text")}
            action={
              <Allowed permission="providers:write">
                <Button variant="contained" onClick={openAdd}>
                  {t("add.title")}
                </Button>
              </Allowed>
            }
          />
        </Card>
      )}
      <Box sx={{ display: "grid", gap: 2 }}>
        {query.data?.map((provider) => (
          <ProviderCard
            key={provider.id}
            provider={provider}
            onEdit={() => setEditing(provider)}
            onRemove={() => removeWithUndo(provider)}
          />
        ))}
      </Box>
      <DeletedProviders />
      {add && <AddProviderDialog onClose={() => void navigate({ to: "/providers", search: {} })} />}
      {editing && <EditProviderDialog provider={editing} onClose={() => setEditing(null)} />}
    </>
  )
}
