import Box from "@mui/material/Box"
import Drawer from "@mui/material/Drawer"
import IconButton from "@mui/material/IconButton"
import Skeleton from "@mui/material/Skeleton"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import { layout } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { X } from "lucide-react"
import { type ReactNode, useId } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { RequestDetails } from "../components/RequestDetails"
import { requestQuery } from "../queries"

/** One request, beside the list; its address can be sent to somebody. `rating` is shown with an answered one. */
export function RequestPage({ rating }: { rating: ReactNode }) {
  const { t } = useTranslation("metering")
  const id = useId()
  const { requestId } = useParams({ from: "/signed-in/requests/$requestId" })
  const filter = useSearch({ from: "/signed-in/requests" })
  const navigate = useNavigate()
  const query = useQuery(requestQuery(requestId))
  const close = () => void navigate({ to: "/requests", search: filter })
  return (
    <Drawer
      anchor="right"
      open
      onClose={close}
      slotProps={{
        paper: {
          role: "dialog",
          "aria-modal": true,
          "aria-labelledby": id,
          sx: {
            width: { xs: "100%", md: layout.drawer },
            borderLeft: { md: 1 },
            borderColor: { md: "divider" },
          },
        },
      }}
    >
      <Box
        sx={{
          position: "sticky",
          top: 0,
          zIndex: 1,
          display: "flex",
          alignItems: "center",
          px: { xs: 2, md: 3 },
          py: 1.5,
          bgcolor: "background.paper",
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Typography variant="h2" id={id} sx={{ flex: 1 }}>
          {t("detail.title")}
        </Typography>
        <Tooltip title={t("close", { ns: "common" })}>
          <IconButton onClick={close} aria-label={t("close", { ns: "common" })} autoFocus>
            <X size={18} />
          </IconButton>
        </Tooltip>
      </Box>
      <Box sx={{ p: { xs: 2, md: 3 } }}>
        {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending && (
          <Box sx={{ display: "grid", gap: 2 }} aria-hidden>
            {[70, 60, 110, 160, 120].map((height) => (
              <Skeleton key={height} variant="rounded" height={height} />
            ))}
          </Box>
        )}
        {query.data && (
          <RequestDetails request={query.data} rating={query.data.outcome === "completed" && rating} />
        )}
      </Box>
    </Drawer>
  )
}
