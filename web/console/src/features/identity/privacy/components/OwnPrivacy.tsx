import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { ownConsentQuery, ownRequestQuery, useTakeBack, useWithdrawRequest } from "../queries"
import { AskErasureDialog } from "./AskErasureDialog"
import { Loaded } from "./Loaded"

/** What one agreed to, with the way to take it back, and asking to be erased. */
export function OwnPrivacy() {
  const { t } = useTranslation("privacy")
  const format = useFormat()
  const consent = useQuery(ownConsentQuery)
  const request = useQuery(ownRequestQuery)
  const takeBack = useTakeBack()
  const withdraw = useWithdrawRequest()
  const [asking, setAsking] = useState(false)
  return (
    <Panel title={t("own.title")} sx={{ mt: 2.5 }}>
      <Box sx={{ display: "grid", gap: 2 }}>
        <Loaded query={consent}>
          {({ given, text }) => {
            const held = given.find((one) => !one.withdrawn_at)
            if (!held) return <Typography variant="body2">{t("own.none")}</Typography>
            return (
              <Box sx={{ display: "grid", gap: 1, justifyItems: "start" }}>
                <Typography variant="body2">
                  {t("own.agreed", {
                    version: held.version,
                    moment: format.moment(held.given_at, "day"),
                  })}
                </Typography>
                {text && text.version === held.version && (
                  <Box component="details">
                    <Box component="summary" sx={{ cursor: "pointer" }}>
                      {t("own.show")}
                    </Box>
                    <Typography
                      variant="body2"
                      sx={{ mt: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
                    >
                      {text.text}
                    </Typography>
                  </Box>
                )}
                {takeBack.error && <ProblemPanel error={takeBack.error} />}
                <Button
                  variant="outlined"
                  color="inherit"
                  loading={takeBack.isPending}
                  onClick={() =>
                    takeBack.mutate(undefined, { onSuccess: () => showToast(t("own.withdrawn")) })
                  }
                >
                  {t("own.withdraw")}
                </Button>
              </Box>
            )
          }}
        </Loaded>
        <Loaded query={request}>
          {(found) => (
            <Box sx={{ display: "grid", gap: 1, justifyItems: "start" }}>
              {found?.state === "refused" && (
                <Typography variant="body2" sx={{ overflowWrap: "anywhere" }}>
                  {t("own.refused", { reason: found.answer })}
                </Typography>
              )}
              {withdraw.error && <ProblemPanel error={withdraw.error} />}
              {found?.state === "open" ? (
                <>
                  <Typography variant="body2">
                    {t("own.asked", { moment: format.moment(found.due_at, "day") })}
                  </Typography>
                  <Button
                    variant="outlined"
                    color="inherit"
                    loading={withdraw.isPending}
                    onClick={() => withdraw.mutate()}
                  >
                    {t("own.take_back")}
                  </Button>
                </>
              ) : (
                <Button variant="outlined" color="inherit" onClick={() => setAsking(true)}>
                  {t("own.ask")}
                </Button>
              )}
            </Box>
          )}
        </Loaded>
      </Box>
      {asking && <AskErasureDialog onClose={() => setAsking(false)} />}
    </Panel>
  )
}
