import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { factorsQuery, useMakeRecoveryCodes, useRemoveTotp } from "../queries"
import { RecoveryCodesDialog } from "./RecoveryCodesDialog"
import { TotpDialog } from "./TotpDialog"

const FEW_CODES = 3

/** The authenticator app of the account, and the recovery codes that stand in for it. */
export function TotpPanel() {
  const { t } = useTranslation("sessions")
  const format = useFormat()
  const query = useQuery(factorsQuery)
  const [dialog, setDialog] = useState<"set_up" | "remove" | "renew" | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const remove = useRemoveTotp()
  const renew = useMakeRecoveryCodes()
  const since = query.data?.totp_since
  const left = query.data?.recovery_codes_left ?? 0
  return (
    <Panel title={t("totp.title")} hint={t("totp.hint")}>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={72} />}
      {query.data && !since && (
        <Button variant="contained" onClick={() => setDialog("set_up")}>
          {t("totp.set_up")}
        </Button>
      )}
      {since && (
        <Box sx={{ display: "grid", gap: 1.5, justifyItems: "start" }}>
          <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
            <StatusBadge tone="good">{t("totp.on")}</StatusBadge>
            <Typography variant="body2">
              {t("totp.since", { moment: format.moment(since, "day") })}
            </Typography>
          </Box>
          {left <= FEW_CODES ? (
            <Alert severity="warning">{t("totp.codes_left", { count: left })}</Alert>
          ) : (
            <Typography variant="body2" color="textSecondary">
              {t("totp.codes_left", { count: left })}
            </Typography>
          )}
          <Box sx={{ display: "flex", gap: 1, flexWrap: "wrap" }}>
            <Button variant="outlined" color="inherit" onClick={() => setDialog("renew")}>
              {t("totp.new_codes")}
            </Button>
            <Button color="error" onClick={() => setDialog("remove")}>
              {t("totp.remove")}
            </Button>
          </Box>
        </Box>
      )}
      {dialog === "set_up" && (
        <TotpDialog
          onClose={() => setDialog(null)}
          onDone={(made) => {
            setDialog(null)
            setCodes(made)
          }}
        />
      )}
      <ConfirmDialog
        open={dialog === "renew"}
        title={t("totp.new_codes_title")}
        text={t("totp.new_codes_text")}
        confirmLabel={t("totp.new_codes")}
        pending={renew.isPending}
        error={renew.error}
        onClose={() => {
          setDialog(null)
          renew.reset()
        }}
        onConfirm={() =>
          renew.mutate(undefined, {
            onSuccess: (made) => {
              setDialog(null)
              setCodes(made.codes)
            },
          })
        }
      />
      <ConfirmDialog
        open={dialog === "remove"}
        title={t("totp.remove_title")}
        text={t("totp.remove_text")}
        confirmLabel={t("totp.remove")}
        pending={remove.isPending}
        error={remove.error}
        onClose={() => {
          setDialog(null)
          remove.reset()
        }}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              setDialog(null)
              showToast(t("totp.removed"))
            },
          })
        }
      />
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(null)} />}
    </Panel>
  )
}
