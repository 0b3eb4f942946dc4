import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { SignInProvider } from "@powerautomation/api-client"
import { EmptyState, PageHeader, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { LogIn, Plus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { DomainsPanel } from "../components/DomainsPanel"
import { PasswordsPanel } from "../components/PasswordsPanel"
import { PasswordTest } from "../components/PasswordTest"
import { ProviderDialog } from "../components/ProviderDialog"
import { RedirectAddress } from "../components/RedirectAddress"
import { ScimPanel } from "../components/ScimPanel"
import { TestReport } from "../components/TestReport"
import { addressOf, byRedirect, draftOf, type Kind } from "../kinds"
import { providersQuery, useRemoveProvider, useSaveProvider, useTestProvider } from "../queries"

/** By which providers people sign in, how that is set up, and whether it works. */
export function SingleSignOnPage() {
  const { t } = useTranslation("single_sign_on")
  const { test } = useSearch({ from: "/signed-in/single-sign-on" })
  const navigate = useNavigate()
  const mayWrite = useMay()("single_sign_on:write")
  const query = useQuery(providersQuery)
  const [editing, setEditing] = useState<SignInProvider | "new" | null>(null)
  const [removing, setRemoving] = useState<SignInProvider | null>(null)
  const remove = useRemoveProvider()
  const add = mayWrite && (
    <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setEditing("new")}>
      {t("add.title")}
    </Button>
  )
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} actions={add} />
      {test && (
        <TestReport testId={test} onClose={() => void navigate({ to: "/single-sign-on", search: {} })} />
      )}
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={180} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <>
          <Card>
            {query.data.items.length === 0 ? (
              <EmptyState
                icon={<LogIn size={24} />}
                title={t("empty.title")}
                text={t("empty.text")}
                action={add || undefined}
              />
            ) : (
              <Box component="ul" aria-label={t("title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
                {query.data.items.map((provider) => (
                  <ProviderRow
                    key={provider.id}
                    provider={provider}
                    mayWrite={mayWrite}
                    onEdit={() => setEditing(provider)}
                    onRemove={() => setRemoving(provider)}
                  />
                ))}
              </Box>
            )}
          </Card>
          <Box sx={{ mt: 2 }}>
            <RedirectAddress address={query.data.redirect_uri} />
          </Box>
          <DomainsPanel mayWrite={mayWrite} />
          <ScimPanel mayWrite={mayWrite} />
          <PasswordsPanel mayWrite={mayWrite} />
          <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1.5 }}>
            {t("break_glass")}
          </Typography>
        </>
      )}
      {editing && query.data && (
        <ProviderDialog
          provider={editing === "new" ? null : editing}
          redirectUri={query.data.redirect_uri}
          onClose={() => setEditing(null)}
        />
      )}
      <ConfirmDialog
        open={removing !== null}
        title={t("remove.title", { name: removing?.name ?? "" })}
        text={t("remove.text")}
        confirmLabel={t("remove.confirm")}
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setRemoving(null)}
        onConfirm={() =>
          removing &&
          remove.mutate(removing.id, {
            onSuccess: () => {
              showToast(t("remove.done"))
              setRemoving(null)
            },
          })
        }
      />
    </>
  )
}

interface ProviderRowProps {
  provider: SignInProvider
  mayWrite: boolean
  onEdit: () => void
  onRemove: () => void
}

function ProviderRow({ provider, mayWrite, onEdit, onRemove }: ProviderRowProps) {
  const { t } = useTranslation("single_sign_on")
  const test = useTestProvider()
  const [trying, setTrying] = useState(false)
  const save = useSaveProvider(provider)
  const error = test.error ?? save.error
  const facts = [
    addressOf(provider),
    t("people", { count: provider.people }),
    provider.email_domains.join(", "),
  ]
  return (
    <Box component="li" sx={{ px: 2.5, py: 1.75, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 240px", minWidth: 0 }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{provider.name}</Typography>
            <StatusBadge tone={provider.enabled ? "good" : "neutral"}>
              {t(provider.enabled ? "on" : "off")}
            </StatusBadge>
          </Box>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {facts.filter(Boolean).join(" · ")}
          </Typography>
        </Box>
        {mayWrite && (
          <Box sx={{ display: "flex", flexWrap: "wrap", gap: 0.5 }}>
            <Button
              size="small"
              variant="outlined"
              color="inherit"
              loading={test.isPending}
              aria-label={t("test.start_named", { name: provider.name })}
              onClick={() => (byRedirect(provider.kind as Kind) ? test.mutate(provider.id) : setTrying(true))}
            >
              {t("test.start")}
            </Button>
            <Button
              size="small"
              color="inherit"
              loading={save.isPending}
              onClick={() => save.mutate({ ...draftOf(provider), enabled: !provider.enabled })}
            >
              {t(provider.enabled ? "switch_off" : "switch_on")}
            </Button>
            <Button size="small" color="inherit" onClick={onEdit}>
              {t("edit.action")}
            </Button>
            <Button size="small" color="error" onClick={onRemove}>
              {t("remove.confirm")}
            </Button>
          </Box>
        )}
      </Box>
      {trying && <PasswordTest provider={provider} onClose={() => setTrying(false)} />}
      {error && (
        <Box sx={{ mt: 1.5 }}>
          <ProblemPanel error={error} />
        </Box>
      )}
    </Box>
  )
}
