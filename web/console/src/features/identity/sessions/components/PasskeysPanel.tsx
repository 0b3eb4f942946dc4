import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { Passkey } from "@powerautomation/api-client"
import { Panel, SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { knowsPasskeys } from "../passkey"
import { browserOf, factorsQuery, useAddPasskey, useRemovePasskey } from "../queries"

/** The passkeys of the account: each alone signs in. */
export function PasskeysPanel() {
  const { t } = useTranslation("sessions")
  const query = useQuery(factorsQuery)
  const [name, setName] = useState(() => browserOf(navigator.userAgent))
  const [removing, setRemoving] = useState<Passkey | null>(null)
  const add = useAddPasskey()
  const remove = useRemovePasskey()
  const passkeys = query.data?.passkeys ?? []
  const address = query.data?.passkeys_at ?? ""
  const obstacle = !address
    ? t("passkeys.unavailable")
    : address !== location.origin
      ? t("passkeys.elsewhere", { address })
      : !knowsPasskeys()
        ? t("passkeys.unsupported")
        : ""
  return (
    <Panel title={t("passkeys.title")} hint={t("passkeys.hint")}>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={72} />}
      {query.data && (
        <Box sx={{ display: "grid", gap: 2 }}>
          {passkeys.length > 0 && (
            <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1.5 }}>
              {passkeys.map((passkey) => (
                <PasskeyRow key={passkey.id} passkey={passkey} onRemove={() => setRemoving(passkey)} />
              ))}
            </Box>
          )}
          {obstacle ? (
            <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
              {obstacle}
            </Typography>
          ) : (
            <SafeForm
              label={t("passkeys.add")}
              onSubmit={() =>
                name.trim() && add.mutate(name.trim(), { onSuccess: () => showToast(t("passkeys.added")) })
              }
              sx={{ display: "grid", gap: 1.5 }}
            >
              {passkeys.length === 0 && <Typography variant="body2">{t("passkeys.none")}</Typography>}
              {add.error && <ProblemPanel error={add.error} />}
              <TextField
                label={t("passkeys.name")}
                helperText={t("passkeys.name_hint")}
                value={name}
                onChange={(event) => setName(event.target.value)}
                slotProps={{ htmlInput: { maxLength: 100 } }}
              />
              <Button
                type="submit"
                variant="outlined"
                color="inherit"
                loading={add.isPending}
                disabled={!name.trim()}
                sx={{ justifySelf: "start" }}
              >
                {t("passkeys.add")}
              </Button>
            </SafeForm>
          )}
        </Box>
      )}
      <ConfirmDialog
        open={removing !== null}
        title={t("passkeys.remove_title", { name: removing?.name })}
        text={t("passkeys.remove_text")}
        confirmLabel={t("passkeys.remove")}
        pending={remove.isPending}
        error={remove.error}
        onClose={() => {
          setRemoving(null)
          remove.reset()
        }}
        onConfirm={() =>
          removing &&
          remove.mutate(removing.id, {
            onSuccess: () => {
              setRemoving(null)
              showToast(t("passkeys.removed"))
            },
          })
        }
      />
    </Panel>
  )
}

function PasskeyRow({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const { t } = useTranslation("sessions")
  const format = useFormat()
  return (
    <Box component="li" sx={{ display: "flex", gap: 1.5, alignItems: "center", flexWrap: "wrap" }}>
      <Box sx={{ flex: "1 1 200px", minWidth: 0 }}>
        <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{passkey.name}</Typography>
        <Typography variant="caption" color="textSecondary" component="p">
          {t("passkeys.made", { moment: format.moment(passkey.created_at, "day") })}
          {passkey.synced && ` · ${t("passkeys.synced")}`}
          {passkey.last_used_at && (
            <>
              {" · "}
              {t("passkeys.used")} <Ago moment={passkey.last_used_at} />
            </>
          )}
        </Typography>
      </Box>
      <Button
        size="small"
        color="error"
        aria-label={t("passkeys.remove_named", { name: passkey.name })}
        onClick={onRemove}
      >
        {t("passkeys.remove")}
      </Button>
    </Box>
  )
}
