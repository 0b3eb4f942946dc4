import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { DeletedProvider } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Undo2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { Ago } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { deletedProvidersQuery, useRestoreProvider } from "../queries"

/** Providers that were deleted and can still be brought back; nothing at all while there are none. */
export function DeletedProviders() {
  const { t } = useTranslation("providers")
  const query = useQuery(deletedProvidersQuery)
  // The list of providers above says what is wrong with the server; this one only adds to it.
  if (!query.data?.length) return null
  return (
    <Panel title={t("deleted.title")} sx={{ mt: 3 }}>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
        {t("deleted.hint")}
      </Typography>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {query.data.map((provider) => (
          <DeletedRow key={provider.id} provider={provider} />
        ))}
      </Box>
    </Panel>
  )
}

function DeletedRow({ provider }: { provider: DeletedProvider }) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const restore = useRestoreProvider()
  const facts = [provider.base_url, provider.key_hint && t("key", { hint: provider.key_hint })]
  return (
    <Box component="li" sx={{ py: 1.25, borderTop: 1, borderColor: "divider" }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
          <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
            {provider.name}
          </Typography>
          <Typography
            variant="caption"
            color="textSecondary"
            component="div"
            sx={{ overflowWrap: "anywhere" }}
          >
            {facts.filter(Boolean).join(" · ")}
          </Typography>
          <Typography variant="caption" color="textSecondary" component="div">
            {t("deleted.deleted")} <Ago moment={provider.deleted_at} /> ·{" "}
            {t("deleted.until", { day: format.moment(provider.restorable_until, "day") })}
          </Typography>
        </Box>
        <Allowed permission="providers:write">
          <Button
            size="small"
            variant="outlined"
            color="inherit"
            startIcon={<Undo2 size={15} />}
            loading={restore.isPending}
            aria-label={t("deleted.restore_named", { name: provider.name })}
            onClick={() =>
              restore.mutate(provider.id, {
                onSuccess: () => showToast(t("deleted.done", { name: provider.name })),
              })
            }
          >
            {t("deleted.restore")}
          </Button>
        </Allowed>
      </Box>
      {restore.error && (
        <Box sx={{ mt: 1 }}>
          <ProblemPanel error={restore.error} />
        </Box>
      )}
    </Box>
  )
}
