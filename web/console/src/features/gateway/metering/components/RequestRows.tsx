import Box from "@mui/material/Box"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { RequestFilter, RequestSummary } from "@powerautomation/api-client"
import { useNavigate } from "@tanstack/react-router"
import { memo } from "react"
import { useTranslation } from "react-i18next"
import { Moment, Money, RouterLink, Tokens } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { servedBy, wholeInputOf } from "../ledger"
import { DemoBadge, OutcomeBadge } from "./outcome"

interface RowsProps {
  requests: readonly RequestSummary[]
  filter: RequestFilter
  openId: string | undefined
}

/** Finished requests as a table; a click anywhere in a row opens it. */
export function RequestTable({ requests, filter, openId }: RowsProps) {
  const { t } = useTranslation("metering")
  return (
    <Box tabIndex={0} role="region" aria-label={t("requests.title")} sx={{ overflowX: "auto" }}>
      <Table size="small" aria-label={t("requests.title")}>
        <TableHead>
          <TableRow>
            <TableCell sx={{ pl: 2.5 }}>{t("columns.time")}</TableCell>
            <TableCell>{t("columns.model")}</TableCell>
            <TableCell sx={{ display: { md: "none", lg: "table-cell" } }}>{t("columns.key")}</TableCell>
            <TableCell align="right">{t("columns.tokens")}</TableCell>
            <TableCell align="right">{t("columns.first_token")}</TableCell>
            <TableCell align="right">{t("columns.duration")}</TableCell>
            <TableCell align="right">{t("spent")}</TableCell>
            <TableCell align="right">{t("saved")}</TableCell>
            <TableCell sx={{ pr: 2.5 }}>{t("columns.outcome")}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {requests.map((request) => (
            <RequestRow key={request.id} request={request} filter={filter} open={request.id === openId} />
          ))}
        </TableBody>
      </Table>
    </Box>
  )
}

const RequestRow = memo(function RequestRow({
  request,
  filter,
  open,
}: {
  request: RequestSummary
  filter: RequestFilter
  open: boolean
}) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const navigate = useNavigate()
  const target = { to: "/requests/$requestId", params: { requestId: request.id }, search: filter } as const
  return (
    <TableRow
      hover
      selected={open}
      onClick={(event) => {
        // The link inside handles itself, also with Ctrl or the middle button.
        if (!(event.target as Element).closest("a")) void navigate(target)
      }}
      sx={{ cursor: "pointer", "& td": { whiteSpace: "nowrap" } }}
    >
      <TableCell sx={{ pl: 2.5, color: "text.secondary" }}>
        <Moment moment={request.started_at} />
      </TableCell>
      <TableCell sx={{ maxWidth: 300 }}>
        <RouterLink
          {...target}
          color="inherit"
          sx={{ fontWeight: 560, display: "block", overflow: "hidden", textOverflow: "ellipsis" }}
        >
          {request.requested_model || t("requests.no_model")}
        </RouterLink>
        <Served request={request} />
      </TableCell>
      <TableCell
        sx={{
          display: { md: "none", lg: "table-cell" },
          color: "text.secondary",
          maxWidth: 170,
          overflow: "hidden",
          textOverflow: "ellipsis",
        }}
      >
        {request.api_key_name}
      </TableCell>
      <TableCell align="right">
        <TokenPair request={request} />
      </TableCell>
      <TableCell align="right" className="tabular">
        {request.first_token_ms === null ? "—" : format.duration(request.first_token_ms)}
      </TableCell>
      <TableCell align="right" className="tabular">
        {format.duration(request.duration_ms)}
      </TableCell>
      <TableCell align="right">
        <Cost request={request} />
      </TableCell>
      <TableCell align="right">
        <Saving request={request} />
      </TableCell>
      <TableCell sx={{ pr: 2.5 }}>
        <Box sx={{ display: "flex", gap: 0.5 }}>
          <OutcomeBadge request={request} quiet />
          {request.demo && <DemoBadge />}
        </Box>
      </TableCell>
    </TableRow>
  )
})

/** Finished requests for a narrow screen: two lines each. */
export function RequestCards({ requests, filter }: Omit<RowsProps, "openId">) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  return (
    <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
      {requests.map((request) => (
        <Box component="li" key={request.id} sx={{ "& + &": { borderTop: 1, borderColor: "divider" } }}>
          <RouterLink
            to="/requests/$requestId"
            params={{ requestId: request.id }}
            search={filter}
            underline="none"
            color="inherit"
            sx={{
              display: "grid",
              gridTemplateColumns: "minmax(0, 1fr) auto",
              gap: 0.25,
              columnGap: 2,
              px: 2,
              py: 1.25,
              fontSize: "0.84375rem",
            }}
          >
            <Box sx={{ fontWeight: 560, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
              {request.requested_model || t("requests.no_model")}
            </Box>
            <Box sx={{ textAlign: "right" }}>
              <Cost request={request} />
            </Box>
            <Served request={request} whole />
            <Box sx={{ textAlign: "right" }}>
              <Saving request={request} named />
            </Box>
            <Typography variant="caption" color="textSecondary" className="tabular">
              <Moment moment={request.started_at} /> · {format.duration(request.duration_ms)} ·{" "}
              <TokenPair request={request} />
            </Typography>
            <Box sx={{ display: "flex", gap: 0.5, justifyContent: "flex-end" }}>
              {request.demo && <DemoBadge />}
              <OutcomeBadge request={request} quiet />
            </Box>
          </RouterLink>
        </Box>
      ))}
    </Box>
  )
}

function Served({ request, whole = false }: { request: RequestSummary; whole?: boolean }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  return (
    <Typography
      variant="caption"
      color="textSecondary"
      component="div"
      noWrap={!whole}
      sx={{ overflowWrap: "anywhere" }}
    >
      → {servedBy(request, t)}
      {request.attempts_count > 1 && ` · ${t("requests.attempts", { count: request.attempts_count })}`}
      {request.repeats > 0 &&
        ` · ${t("requests.repeats", { count: request.repeats, formatted: format.count(request.repeats) })}`}
    </Typography>
  )
}

function TokenPair({ request }: { request: RequestSummary }) {
  return (
    <>
      <Tokens count={wholeInputOf(request)} estimated={request.usage_estimated} />
      <Box component="span" sx={{ color: "text.secondary" }}>
        {" / "}
      </Box>
      <Tokens count={request.output_tokens} />
    </>
  )
}

const isUnserved = (request: RequestSummary) => request.outcome === "failed" || request.outcome === "refused"

function Cost({ request }: { request: RequestSummary }) {
  if (isUnserved(request) && !request.cost_nanos) return <span className="tabular">—</span>
  return <Money nanos={request.cost_nanos} currency={request.currency} detail="fine" />
}

function savingColor(nanos: number): string {
  if (nanos === 0) return "text.secondary"
  return nanos < 0 ? "ledger.loss" : "success.main"
}

function Saving({ request, named = false }: { request: RequestSummary; named?: boolean }) {
  const { t } = useTranslation("metering")
  if (request.savings_nanos === null || (isUnserved(request) && !request.savings_nanos)) {
    return <span className="tabular">—</span>
  }
  const lost = request.savings_nanos < 0
  return (
    <Box component="span" sx={{ color: savingColor(request.savings_nanos) }}>
      <Money
        nanos={named ? Math.abs(request.savings_nanos) : request.savings_nanos}
        currency={request.currency}
        detail="fine"
      />
      {named && <Typography variant="caption"> {lost ? t("lost_short") : t("saved_short")}</Typography>}
    </Box>
  )
}
