import Box from "@mui/material/Box"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { CacheReport } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { Money } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import { ageOf, byRoute, hitPercent, type Sums } from "../days"

/** What the cache did on every route, and what the route allows. */
export function RouteTable({ report }: { report: CacheReport }) {
  const { t } = useTranslation("answer_cache")
  const format = useFormat()
  const routes = new Map(report.routes.map((route) => [route.name, route]))
  const head = ["hits", "semantic", "misses", "hit_rate", "saved"] as const
  return (
    // A keyboard must be able to scroll what is wider than a phone.
    <Box role="region" aria-label={t("title")} tabIndex={0} sx={{ overflowX: "auto" }}>
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>{t("route")}</TableCell>
            {head.map((name) => (
              <TableCell key={name} align="right" sx={{ whiteSpace: "nowrap" }}>
                {t(name)}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {byRoute(report.items, [...routes.keys()]).map(([name, sums]) => {
            const percent = hitPercent(sums)
            return (
              <TableRow key={name} sx={{ "&:last-child > *": { border: 0 } }}>
                <TableCell component="th" scope="row" sx={{ minWidth: 220 }}>
                  <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
                    {name || "–"}
                  </Typography>
                  <Typography variant="caption" color="textSecondary" component="p">
                    <Allowed route={routes.get(name)} />
                  </Typography>
                </TableCell>
                {[sums.hits, sums.semantic, sums.misses].map((count, index) => (
                  <TableCell key={head[index]} align="right" className="tabular">
                    {format.count(count)}
                  </TableCell>
                ))}
                <TableCell align="right" className="tabular">
                  {percent === null ? "–" : format.percent(percent)}
                </TableCell>
                <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
                  <Saved sums={sums} />
                </TableCell>
              </TableRow>
            )
          })}
        </TableBody>
      </Table>
    </Box>
  )
}

/** What was saved, one amount for each currency. */
export function Saved({ sums }: { sums: Sums }) {
  if (sums.saved.size === 0) return <>–</>
  return (
    <>
      {[...sums.saved].map(([currency, nanos]) => (
        <Box key={currency} component="span" sx={{ display: "block" }}>
          <Money nanos={nanos} currency={currency} />
        </Box>
      ))}
    </>
  )
}

function Allowed({ route }: { route: CacheReport["routes"][number] | undefined }) {
  const { t } = useTranslation("answer_cache")
  const format = useFormat()
  if (!route) return <>{t("allows_none")}</>
  const allowed = [
    t("age", { duration: ageOf(route.max_age_seconds, format.locale) }),
    t("temperature", { value: route.max_temperature }),
    ...(route.semantic ? [t("alike", { value: route.similarity })] : []),
    ...(["tools", "images", "per_key"] as const).filter((name) => route[name]).map((name) => t(name)),
  ]
  return <>{`${route.pattern} · ${allowed.join(", ")}`}</>
}
