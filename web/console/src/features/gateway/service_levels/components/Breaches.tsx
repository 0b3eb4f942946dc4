import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { periodName } from "../promise"
import { breachesQuery } from "../queries"

const AT_FIRST = 8

/** The promises that were not kept, newest first: a few, and the others on demand. */
export function Breaches() {
  const { t } = useTranslation("service_levels")
  const format = useFormat()
  const [all, setAll] = useState(false)
  const breaches = useQuery(breachesQuery)
  const shown = (measure: string, value: number) =>
    measure === "latency_p95"
      ? format.duration(value)
      : `${value.toLocaleString(format.locale, { maximumFractionDigits: 3 })}%`
  const count = breaches.data?.length ?? 0
  return (
    <Panel title={t("breaches.title")} hint={t("breaches.hint")} flush={count > 0}>
      {breaches.error && <ProblemPanel error={breaches.error} />}
      {count === 0 && !breaches.error && (
        <Typography color="textSecondary">{breaches.data ? t("breaches.none") : "…"}</Typography>
      )}
      {count > 0 && (
        // A keyboard must be able to scroll what is wider than a phone.
        <Box role="region" aria-label={t("title")} tabIndex={0} sx={{ overflowX: "auto" }}>
          <Table size="small" sx={{ "& .MuiTableCell-root": { whiteSpace: "nowrap" } }}>
            <TableHead>
              <TableRow>
                {(["when", "provider", "what"] as const).map((name) => (
                  <TableCell key={name}>{t(`breaches.${name}`)}</TableCell>
                ))}
                {(["measured", "promised"] as const).map((name) => (
                  <TableCell key={name} align="right">
                    {t(`breaches.${name}`)}
                  </TableCell>
                ))}
              </TableRow>
            </TableHead>
            <TableBody>
              {breaches.data?.slice(0, all ? undefined : AT_FIRST).map((one) => (
                <TableRow
                  key={`${one.provider}-${one.period}-${one.start}-${one.measure}`}
                  sx={{ "&:last-child > *": { border: 0 } }}
                >
                  <TableCell>
                    {periodName(one.start, one.period, format.locale)}
                    <Typography component="span" variant="caption" color="textSecondary">
                      {` · ${t(`periods.${one.period}`)}`}
                    </Typography>
                  </TableCell>
                  <TableCell>{one.provider}</TableCell>
                  <TableCell>{t(`measures.${one.measure}`)}</TableCell>
                  <TableCell align="right" className="tabular" sx={{ color: "error.main", fontWeight: 600 }}>
                    {shown(one.measure, one.measured)}
                  </TableCell>
                  <TableCell align="right" className="tabular">
                    {shown(one.measure, one.promised)}
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
      {!all && count > AT_FIRST && (
        <Box sx={{ p: 1.5 }}>
          <Button size="small" color="inherit" onClick={() => setAll(true)}>
            {t("breaches.all", { count, formatted: format.count(count) })}
          </Button>
        </Box>
      )}
    </Panel>
  )
}
