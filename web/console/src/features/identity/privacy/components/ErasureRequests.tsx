import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { ErasureRequest } from "@powerautomation/api-client"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ConfirmDialog, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { requestsQuery, useAnswerRequest } from "../queries"
import { Loaded } from "./Loaded"
import { RefuseDialog } from "./RefuseDialog"

/** Who asked to be erased, and until when each is to be answered. */
export function ErasureRequests() {
  const { t } = useTranslation("privacy")
  const query = useQuery(requestsQuery)
  return (
    <Panel title={t("requests.title")}>
      <Loaded query={query}>
        {(items) =>
          items.length === 0 ? (
            <Typography variant="body2" color="textSecondary">
              {t("requests.none")}
            </Typography>
          ) : (
            <Box component="ul" aria-label={t("requests.title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
              {items.map((one) => (
                <RequestRow key={one.user_id} request={one} />
              ))}
            </Box>
          )
        }
      </Loaded>
    </Panel>
  )
}

function RequestRow({ request }: { request: ErasureRequest }) {
  const { t } = useTranslation("privacy")
  const may = useMay()
  const format = useFormat()
  const [asking, setAsking] = useState<"erase" | "refuse" | null>(null)
  const answer = useAnswerRequest(request.user_id)
  const name = request.name || request.user_id
  const state = request.overdue ? "overdue" : request.state
  return (
    <Box
      component="li"
      sx={{
        py: 1.25,
        display: "flex",
        flexWrap: "wrap",
        gap: 1.5,
        alignItems: "center",
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
        <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
          <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{name}</Typography>
          <StatusBadge tone={request.overdue ? "bad" : request.state === "open" ? "info" : "neutral"}>
            {t(`requests.${state}`)}
          </StatusBadge>
          {request.state === "open" && (
            <Typography variant="caption" color="textSecondary">
              {t("requests.due", { moment: format.moment(request.due_at, "day") })}
            </Typography>
          )}
        </Box>
        {(request.answer || request.words) && (
          <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
            {request.answer || request.words}
          </Typography>
        )}
      </Box>
      {request.state === "open" && (
        <Box sx={{ display: "flex", gap: 0.5 }}>
          {may("personal_data:write") && (
            <Button
              size="small"
              color="inherit"
              aria-label={t("requests.refuse_named", { name })}
              onClick={() => setAsking("refuse")}
            >
              {t("requests.refuse")}
            </Button>
          )}
          {may("personal_data:erase") && (
            <Button
              size="small"
              color="error"
              aria-label={t("requests.erase_named", { name })}
              onClick={() => setAsking("erase")}
            >
              {t("requests.erase")}
            </Button>
          )}
        </Box>
      )}
      <ConfirmDialog
        open={asking === "erase"}
        title={t("requests.erase_title", { name })}
        text={t("requests.erase_text")}
        confirmLabel={t("requests.erase")}
        pending={answer.isPending}
        error={answer.error}
        onClose={() => {
          setAsking(null)
          answer.reset()
        }}
        // Who is erased leaves the list, and callbacks of `mutate` go with what is no more shown.
        onConfirm={() =>
          void answer.mutateAsync({ erase: true }).then(
            () => showToast(t("requests.erased", { name })),
            () => undefined,
          )
        }
      />
      {asking === "refuse" && (
        <RefuseDialog name={name} userId={request.user_id} onClose={() => setAsking(null)} />
      )}
    </Box>
  )
}
