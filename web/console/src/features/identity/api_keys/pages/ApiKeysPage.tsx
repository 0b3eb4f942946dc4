import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import FormControlLabel from "@mui/material/FormControlLabel"
import Skeleton from "@mui/material/Skeleton"
import Switch from "@mui/material/Switch"
import Typography from "@mui/material/Typography"
import type { ApiKey } from "@powerautomation/api-client"
import { EmptyState, fonts, PageHeader, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { KeyRound, Plus } from "lucide-react"
import { type ComponentProps, type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago, RouterLink, useNow } from "~/display"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { CreateKeyDialog } from "../components/CreateKeyDialog"
import { RotateDialog } from "../components/RotateDialog"
import { ShareDialog } from "../components/ShareDialog"
import { apiKeysQuery, type KeyState, stateOf, useRevokeKey } from "../queries"

const tones = { active: "good", expired: "warning", revoked: "neutral" } as const

interface ApiKeysPageProps {
  /** What else is known of a key that works, below it. */
  limitsOf?: (key: ApiKey) => ReactNode
  /** The fields for the limits of a new key. */
  limitFields?: ComponentProps<typeof CreateKeyDialog>["limitFields"]
}

/** Who may use the gateway. */
export function ApiKeysPage({ limitsOf, limitFields }: ApiKeysPageProps) {
  const { t } = useTranslation("api_keys")
  const { create } = useSearch({ from: "/signed-in/api-keys" })
  const navigate = useNavigate()
  const query = useQuery(apiKeysQuery)
  const may = useMay()
  const mayWrite = may("api_keys:write") || may("api_keys:own")
  const [showEnded, setShowEnded] = useState(false)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const [rotating, setRotating] = useState<ApiKey | null>(null)
  const [sharing, setSharing] = useState<ApiKey | null>(null)
  const revoke = useRevokeKey()
  const now = useNow(30_000)
  const all = (query.data ?? []).map((key) => ({ key, state: stateOf(key, now) }))
  const ended = all.filter((entry) => entry.state !== "active").length
  const shown = showEnded ? all : all.filter((entry) => entry.state === "active")
  const openCreate = () => void navigate({ to: "/api-keys", search: { create: true } })
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <>
            {ended > 0 && (
              <FormControlLabel
                control={
                  <Switch size="small" checked={showEnded} onChange={(_, checked) => setShowEnded(checked)} />
                }
                label={<Typography variant="body2">{t("show_ended", { count: ended })}</Typography>}
              />
            )}
            {mayWrite && (
              <Button variant="contained" startIcon={<Plus size={17} />} onClick={openCreate}>
                {t("create.title")}
              </Button>
            )}
          </>
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={220} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {shown.length === 0 ? (
            <EmptyState
              icon={<KeyRound size={24} />}
              title={t("empty.title")}
              text={t("empty.text")}
              action={
                mayWrite && (
                  <Button variant="contained" onClick={openCreate}>
                    {t("create.title")}
                  </Button>
                )
              }
            />
          ) : (
            <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
              {shown.map(({ key, state }) => (
                <KeyRow
                  key={key.id}
                  apiKey={key}
                  state={state}
                  limits={state === "active" && limitsOf?.(key)}
                  onShare={mayWrite && !key.shared ? () => setSharing(key) : undefined}
                  onRotate={mayWrite && key.shared !== "see" ? () => setRotating(key) : undefined}
                  onRevoke={mayWrite && key.shared !== "see" ? () => setRevoking(key) : undefined}
                />
              ))}
            </Box>
          )}
        </Card>
      )}
      {create && mayWrite && (
        <CreateKeyDialog
          limitFields={limitFields}
          onClose={() => void navigate({ to: "/api-keys", search: {} })}
        />
      )}
      {sharing && <ShareDialog apiKey={sharing} onClose={() => setSharing(null)} />}
      {rotating && <RotateDialog apiKey={rotating} onClose={() => setRotating(null)} />}
      <ConfirmDialog
        open={revoking !== null}
        title={t("revoke.title", { name: revoking?.name ?? "" })}
        text={t("revoke.text")}
        confirmLabel={t("revoke.confirm")}
        pending={revoke.isPending}
        error={revoke.error}
        onClose={() => {
          setRevoking(null)
          revoke.reset()
        }}
        onConfirm={() => {
          if (!revoking) return
          revoke.mutate(revoking.id, {
            onSuccess: () => {
              showToast(t("revoke.done", { name: revoking.name }))
              setRevoking(null)
            },
          })
        }}
      />
    </>
  )
}

interface KeyRowProps {
  apiKey: ApiKey
  state: KeyState
  limits: ReactNode
  onShare: (() => void) | undefined
  onRotate: (() => void) | undefined
  onRevoke: (() => void) | undefined
}

function KeyRow({ apiKey, state, limits, onShare, onRotate, onRevoke }: KeyRowProps) {
  const { t } = useTranslation("api_keys")
  const format = useFormat()
  return (
    <Box
      component="li"
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr) auto", sm: "minmax(0, 1fr) 150px auto" },
        columnGap: { xs: 1, sm: 3 },
        rowGap: 0.75,
        alignItems: "center",
        px: 2.5,
        py: 1.75,
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <Box sx={{ minWidth: 0, opacity: state === "active" ? 1 : 0.85 }}>
        <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
          <Typography sx={{ fontWeight: 600 }} noWrap>
            {apiKey.name}
          </Typography>
          <Box
            component="code"
            sx={{ fontFamily: fonts.mono, fontSize: "0.78125rem", color: "text.secondary" }}
          >
            pa_…{apiKey.hint}
          </Box>
          {state !== "active" && <StatusBadge tone={tones[state]}>{t(`states.${state}`)}</StatusBadge>}
          {state === "active" && apiKey.state === "expiring" && (
            <StatusBadge tone="warning">{t("states.expiring")}</StatusBadge>
          )}
        </Box>
        <Typography variant="caption" color="textSecondary" component="p">
          {t("created", { moment: format.moment(apiKey.created_at, "day"), name: apiKey.created_by_name })}
          {apiKey.shared && ` · ${t("share.by", { name: apiKey.shared_by_name || apiKey.created_by_name })}`}
          {apiKey.project && ` · ${t("in_project", { project: apiKey.project })}`}
          {apiKey.expires_at && ` · ${t("expires", { moment: format.moment(apiKey.expires_at, "day") })}`}
          {apiKey.scopes.join() !== "gateway" &&
            ` · ${t("scopes.opens", { scopes: apiKey.scopes.join(", ") })}`}
        </Typography>
        {state === "active" && apiKey.previous && (
          <Typography variant="caption" color="textSecondary" component="p">
            {t("rotate.previous", {
              hint: apiKey.previous.hint,
              moment: format.moment(apiKey.previous.expires_at, "short"),
            })}{" "}
            {apiKey.previous.last_used_at ? (
              <>
                {t("used")} <Ago moment={apiKey.previous.last_used_at} />
              </>
            ) : (
              t("never_used")
            )}
          </Typography>
        )}
      </Box>
      <Typography
        variant="body2"
        color="textSecondary"
        sx={{ gridColumn: { xs: "1 / -1", sm: "auto" }, gridRow: { xs: 2, sm: "auto" } }}
      >
        {apiKey.last_used_at ? (
          <RouterLink to="/requests" search={{ api_key_id: apiKey.id }} color="inherit">
            {t("used")} <Ago moment={apiKey.last_used_at} />
          </RouterLink>
        ) : (
          t("never_used")
        )}
      </Typography>
      {state === "active" && onRevoke ? (
        <Box sx={{ display: "flex", flexWrap: "wrap", justifyContent: "flex-end" }}>
          {onShare && (
            <Button
              size="small"
              color="inherit"
              onClick={onShare}
              aria-label={t("share.title", { name: apiKey.name })}
            >
              {t("share.confirm")}
            </Button>
          )}
          <Button
            size="small"
            color="inherit"
            onClick={onRotate}
            aria-label={t("rotate.title", { name: apiKey.name })}
          >
            {t("rotate.confirm")}
          </Button>
          <Button
            size="small"
            color="error"
            onClick={onRevoke}
            aria-label={t("revoke.title", { name: apiKey.name })}
          >
            {t("revoke.confirm")}
          </Button>
        </Box>
      ) : (
        <span />
      )}
      {limits && <Box sx={{ gridColumn: "1 / -1" }}>{limits}</Box>}
    </Box>
  )
}
