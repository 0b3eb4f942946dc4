import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import { ThumbsDown, ThumbsUp } from "lucide-react"
import { useTranslation } from "react-i18next"
import { Money, Tokens } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { isCompared } from "../ledger"
import type { Group } from "../usage"

const SHOWN = 200

/** One line per group; a click narrows everything to it. */
export function UsageTable({
  groups,
  currency,
  onNarrow,
}: {
  groups: readonly Group[]
  currency: string
  onNarrow: (group: string) => void
}) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const columns = [
    "requests",
    "input",
    "cached",
    "written",
    "output",
    "spent",
    "baseline",
    "saved",
    "cache_lost",
    "ratings",
  ] as const
  return (
    // A keyboard must be able to scroll what is wider than a phone.
    <Box role="region" aria-label={t("usage.title")} tabIndex={0} sx={{ overflowX: "auto" }}>
      <Table size="small" sx={{ "& td": { whiteSpace: "nowrap" } }}>
        <TableHead>
          <TableRow>
            <TableCell>{t("usage.group")}</TableCell>
            {columns.map((column) => (
              <TableCell key={column} align="right" sx={{ whiteSpace: "nowrap" }}>
                {t(`usage.columns.${column}`)}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {groups.slice(0, SHOWN).map(({ group, name, sums }) => (
            <TableRow key={group} hover>
              <TableCell component="th" scope="row">
                <Button
                  size="small"
                  color="inherit"
                  disabled={!group}
                  onClick={() => onNarrow(group)}
                  sx={{
                    // The name stands below its heading, not a button's padding beside it.
                    ml: -1.25,
                    justifyContent: "flex-start",
                    textTransform: "none",
                    textAlign: "left",
                    maxWidth: 320,
                    overflowWrap: "anywhere",
                  }}
                >
                  {name || t("usage.without")}
                </Button>
              </TableCell>
              <TableCell align="right" className="tabular">
                {format.count(sums.requests)}
              </TableCell>
              {[sums.input_tokens, sums.cached_input_tokens, sums.cache_write_tokens, sums.output_tokens].map(
                (count, index) => (
                  <TableCell key={columns[index + 1]} align="right">
                    <Tokens count={count} />
                  </TableCell>
                ),
              )}
              {knownOf(sums).map((nanos, index) => (
                <TableCell key={columns[index + 5]} align="right">
                  <Money nanos={nanos} currency={currency} />
                </TableCell>
              ))}
              <TableCell align="right" className="tabular" sx={{ whiteSpace: "nowrap" }}>
                <Ratings good={sums.good_ratings} bad={sums.bad_ratings} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {groups.length > SHOWN && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ p: 2 }}>
          {t("breakdown.further", { count: groups.length - SHOWN })}
        </Typography>
      )}
    </Box>
  )
}

/** Spent, baseline, saved and lost by broken caches; null where nothing is known of what is summed, which is not zero. */
function knownOf(sums: Group["sums"]): (number | null)[] {
  const spent = sums.spent_nanos === 0 && sums.unpriced_attempts > 0 ? null : sums.spent_nanos
  const compared = isCompared(sums)
  return [
    spent,
    compared ? sums.baseline_nanos : null,
    compared ? sums.savings_nanos : null,
    sums.cache_lost_nanos,
  ]
}

/** Thumbs up and down; a dash where nobody said anything. */
function Ratings({ good, bad }: { good: number; bad: number }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  if (good + bad === 0) return "–"
  return (
    <Box
      component="span"
      aria-label={t("usage.ratings", { good: format.count(good), bad: format.count(bad) })}
      role="img"
      sx={{ display: "inline-flex", alignItems: "center", gap: 0.5, "& svg": { color: "text.secondary" } }}
    >
      <ThumbsUp size={14} /> {format.count(good)} <ThumbsDown size={14} /> {format.count(bad)}
    </Box>
  )
}
