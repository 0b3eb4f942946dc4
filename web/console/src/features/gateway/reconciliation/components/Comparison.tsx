import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import FormControlLabel from "@mui/material/FormControlLabel"
import Switch from "@mui/material/Switch"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { BillDifference, Reconciliation } from "@powerautomation/api-client"
import { StatusBadge } from "@powerautomation/design"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { isSettled, tokensOf } from "../differences"

const SHOWN = 500

/** A month and its bill: totals, then the lines that differ, or all of them. */
export function Comparison({ found }: { found: Reconciliation }) {
  const { t } = useTranslation("reconciliation")
  const format = useFormat()
  const [all, setAll] = useState(false)
  const lines = all ? found.lines : found.lines.filter((line) => !isSettled(line.finding))
  return (
    <Box sx={{ display: "grid", gap: 1.5 }}>
      <Alert severity={found.status === "agrees" ? "success" : "warning"}>
        {t(`verdict.${found.status}`, { provider: found.provider, month: found.month })}
      </Alert>
      {found.totals.map((total) => (
        <Box key={total.currency}>
          <Typography className="tabular">
            {t("total", {
              here: format.money(total.here_nanos, total.currency),
              there: format.money(total.there_nanos, total.currency),
            })}
          </Typography>
          {total.credits_nanos !== 0 && (
            <Typography variant="body2" color="textSecondary">
              {t("credits", { amount: format.money(total.credits_nanos, total.currency) })}
            </Typography>
          )}
          {total.rates.map((rate) => (
            <Typography key={rate} variant="caption" color="textSecondary" component="div">
              {t("converted", { rate })}
            </Typography>
          ))}
        </Box>
      ))}
      {found.tokens_agree !== null && (
        <Typography variant="body2" className="tabular">
          {t("tokens", {
            here: format.count(tokensOf(found.here) ?? 0),
            there: format.count(tokensOf(found.there) ?? 0),
          })}
        </Typography>
      )}
      <FormControlLabel
        control={<Switch checked={all} onChange={(event) => setAll(event.target.checked)} />}
        label={t("show_all")}
      />
      {lines.length === 0 ? (
        <Typography color="textSecondary">{t("no_differences")}</Typography>
      ) : (
        // A keyboard must be able to scroll what is wider than a phone.
        <Box role="region" aria-label={t("differences")} tabIndex={0} sx={{ overflowX: "auto" }}>
          <Table size="small">
            <TableHead>
              <TableRow>
                <TableCell>{t("columns.day")}</TableCell>
                <TableCell>{t("columns.model")}</TableCell>
                <TableCell>{t("columns.finding")}</TableCell>
                {(["tokens_here", "tokens_there", "cost_here", "cost_there"] as const).map((column) => (
                  <TableCell key={column} align="right" sx={{ whiteSpace: "nowrap" }}>
                    {t(`columns.${column}`)}
                  </TableCell>
                ))}
              </TableRow>
            </TableHead>
            <TableBody>
              {lines.slice(0, SHOWN).map((line) => (
                <Line key={`${line.day}-${line.model}-${line.currency}-${line.finding}`} line={line} />
              ))}
            </TableBody>
          </Table>
        </Box>
      )}
      {lines.length > SHOWN && (
        <Typography variant="body2" color="textSecondary">
          {t("more", { formatted: format.count(lines.length - SHOWN) })}
        </Typography>
      )}
    </Box>
  )
}

function Line({ line }: { line: BillDifference }) {
  const { t } = useTranslation("reconciliation")
  const format = useFormat()
  const money = (nanos: number | null) => (nanos === null ? "–" : format.money(nanos, line.currency))
  const count = (tokens: BillDifference["here"]) => {
    const sum = tokensOf(tokens)
    return sum === null ? "–" : format.count(sum)
  }
  return (
    <TableRow hover>
      <TableCell sx={{ whiteSpace: "nowrap" }}>{line.day}</TableCell>
      <TableCell sx={{ minWidth: 140, wordBreak: "break-word" }}>{line.model || t("whole_day")}</TableCell>
      <TableCell sx={{ minWidth: 180 }}>
        <StatusBadge tone={isSettled(line.finding) ? "good" : "warning"}>
          {t(`findings.${line.finding}.name`)}
        </StatusBadge>
        <Typography variant="caption" color="textSecondary" component="div">
          {t(`findings.${line.finding}.why`)} {line.note}
        </Typography>
      </TableCell>
      {[count(line.here), count(line.there), money(line.here_nanos), money(line.there_nanos)].map(
        (value, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: four fixed columns
          <TableCell key={place} align="right" className="tabular" sx={{ whiteSpace: "nowrap" }}>
            {value}
          </TableCell>
        ),
      )}
    </TableRow>
  )
}
