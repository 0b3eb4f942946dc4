import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ApiKey, Share, ShareDraft } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Trash2 } from "lucide-react"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { roleName } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { rolesQuery, sharesQuery, unitsQuery, useShare, useUnshare } from "../queries"

const kinds = ["person", "role", "unit", "organization"] as const
const levels = ["see", "change"] as const

/** With whom a key is shared, and sharing it with one more. */
export function ShareDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation("api_keys")
  const { t: people } = useTranslation("people")
  const id = useId()
  const [kind, setKind] = useState<ShareDraft["grantee_kind"]>("person")
  const [grantee, setGrantee] = useState("")
  const [level, setLevel] = useState<ShareDraft["level"]>("see")
  const shares = useQuery(sharesQuery(apiKey.id))
  const units = useQuery({ ...unitsQuery, enabled: kind === "unit" }).data ?? []
  const roles = useQuery(rolesQuery).data?.items ?? []
  const share = useShare(apiKey.id)
  const unshare = useUnshare(apiKey.id)
  const complete = kind === "organization" || grantee.trim() !== ""
  const nameOf = (one: Share) =>
    one.grantee_kind === "organization"
      ? t("share.kinds.organization")
      : one.grantee_kind === "role"
        ? roleName(people, one.grantee_id, one.grantee_name)
        : one.grantee_name
  const submit = () =>
    complete &&
    share.mutate(
      { grantee_kind: kind, grantee_id: kind === "organization" ? null : grantee.trim(), level },
      {
        onSuccess: () => {
          showToast(t("share.done", { name: apiKey.name }))
          setGrantee("")
        },
      },
    )
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>{t("share.title", { name: apiKey.name })}</DialogTitle>
      <SafeForm onSubmit={submit}>
        <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
          <Typography variant="body2" color="textSecondary">
            {t("share.hint")}
          </Typography>
          {(shares.error ?? share.error ?? unshare.error) && (
            <ProblemPanel error={shares.error ?? share.error ?? unshare.error} />
          )}
          {shares.isPending && <Skeleton variant="rounded" height={48} />}
          {shares.data && (
            <Box component="ul" aria-label={t("share.list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
              {shares.data.map((one) => (
                <Box component="li" key={one.id} sx={{ display: "flex", alignItems: "center", gap: 1 }}>
                  <Typography sx={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>
                    {nameOf(one)}
                    <Typography variant="caption" color="textSecondary" component="span" sx={{ ml: 1 }}>
                      {t(`share.levels.${one.level}`)}
                    </Typography>
                  </Typography>
                  <IconButton
                    onClick={() => unshare.mutate(one.id)}
                    aria-label={t("share.remove", { name: nameOf(one) })}
                  >
                    <Trash2 size={17} />
                  </IconButton>
                </Box>
              ))}
              {shares.data.length === 0 && (
                <Typography component="li" variant="body2">
                  {t("share.nobody")}
                </Typography>
              )}
            </Box>
          )}
          <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" } }}>
            <TextField
              select
              label={t("share.with")}
              value={kind}
              onChange={(event) => {
                setKind(event.target.value as ShareDraft["grantee_kind"])
                setGrantee("")
              }}
            >
              {kinds.map((one) => (
                <MenuItem key={one} value={one}>
                  {t(`share.kinds.${one}`)}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              select
              label={t("share.level")}
              value={level}
              onChange={(event) => setLevel(event.target.value as ShareDraft["level"])}
            >
              {levels.map((one) => (
                <MenuItem key={one} value={one}>
                  {t(`share.levels.${one}`)}
                </MenuItem>
              ))}
            </TextField>
          </Box>
          {kind === "person" && (
            <TextField
              label={t("share.email")}
              type="email"
              value={grantee}
              onChange={(event) => setGrantee(event.target.value)}
              slotProps={{ htmlInput: { maxLength: 254 } }}
            />
          )}
          {kind === "role" && (
            <TextField
              select
              label={t("share.role")}
              value={roles.length > 0 ? grantee : ""}
              onChange={(event) => setGrantee(event.target.value)}
            >
              {roles.map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {roleName(people, one.id, one.name)}
                </MenuItem>
              ))}
            </TextField>
          )}
          {kind === "unit" && (
            <TextField
              select
              label={t("share.kinds.unit")}
              value={units.length > 0 ? grantee : ""}
              helperText={t("share.unit_hint")}
              onChange={(event) => setGrantee(event.target.value)}
            >
              {units.map((one) => (
                <MenuItem key={one.id} value={one.id}>
                  {one.name}
                </MenuItem>
              ))}
            </TextField>
          )}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="inherit" onClick={onClose}>
            {t("close", { ns: "common" })}
          </Button>
          <Button type="submit" variant="contained" disabled={!complete} loading={share.isPending}>
            {t("share.confirm")}
          </Button>
        </DialogActions>
      </SafeForm>
    </Dialog>
  )
}
