import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Skeleton from "@mui/material/Skeleton"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { MissingPrice, ModelPrice } from "@powerautomation/api-client"
import { PageHeader, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { FileUp, Tag } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Allowed } from "~/auth/Allowed"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { ImportDialog } from "../components/ImportDialog"
import { StatePriceDialog } from "../components/StatePriceDialog"
import { missingQuery, pricesQuery } from "../queries"
import { searchPrices } from "../search"

const SHOWN = 150
/** Stands for the vendor of a price that belongs to a name clients ask for, wherever it is served. */
const ASKED_FOR = "asked-for"
const MISSING_SHOWN = 5
const amounts = ["input", "cached_input", "cache_write_5m", "output"] as const
const heads = {
  input: "input",
  cached_input: "cached_input",
  cache_write_5m: "cache_write",
  output: "output",
} as const

/** Every price that requests are charged at, models that have none, and the import of a price file. */
export function PricesPage() {
  const { t } = useTranslation("prices")
  const format = useFormat()
  const [typed, setTyped] = useState("")
  const [importing, setImporting] = useState(false)
  const [stating, setStating] = useState(false)
  // A request whose asked-for name has no list price leads here with that name.
  const { state: asked = "" } = useSearch({ from: "/signed-in/prices" })
  const navigate = useNavigate()
  const prices = useQuery(pricesQuery)
  const found = searchPrices(prices.data ?? [], typed)
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1 }}>
            <Allowed permission="prices:write">
              <Button
                variant="outlined"
                color="inherit"
                startIcon={<Tag size={16} />}
                onClick={() => setStating(true)}
              >
                {t("state.action")}
              </Button>
            </Allowed>
            <Allowed permission="prices:write">
              <Button
                variant="outlined"
                color="inherit"
                startIcon={<FileUp size={16} />}
                onClick={() => setImporting(true)}
              >
                {t("import.action")}
              </Button>
            </Allowed>
          </Box>
        }
      />
      <Missing />
      <TextField
        size="small"
        type="search"
        label={t("search")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        sx={{ mb: 2, width: { xs: "100%", sm: 340 } }}
      />
      {prices.error && <ProblemPanel error={prices.error} onRetry={() => void prices.refetch()} />}
      {prices.isPending && <Skeleton variant="rounded" height={420} sx={{ borderRadius: "14px" }} />}
      {prices.data && (
        <Panel flush>
          {found.length === 0 ? (
            <Typography color="textSecondary" sx={{ p: 2.5 }}>
              {t("nothing", { typed })}
            </Typography>
          ) : (
            // A keyboard must be able to scroll what is wider than a phone.
            <Box role="region" aria-label={t("title")} tabIndex={0} sx={{ overflowX: "auto" }}>
              <Table size="small">
                <TableHead>
                  <TableRow>
                    <TableCell>{t("model")}</TableCell>
                    {amounts.map((name) => (
                      <TableCell key={name} align="right" sx={{ whiteSpace: "nowrap" }}>
                        {t(heads[name])}
                      </TableCell>
                    ))}
                    <TableCell>{t("since")}</TableCell>
                    <TableCell>{t("source")}</TableCell>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {found.slice(0, SHOWN).map((one) => (
                    <PriceRow
                      key={`${one.vendor}/${one.model}/${one.price.currency}/${one.price.effective_from}`}
                      listed={one}
                    />
                  ))}
                </TableBody>
              </Table>
            </Box>
          )}
        </Panel>
      )}
      {found.length > SHOWN && (
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1 }}>
          {t("shown", { shown: format.count(SHOWN), all: format.count(found.length) })}
        </Typography>
      )}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
      {(stating || asked) && (
        <StatePriceDialog
          missing={{ provider: "", vendor: ASKED_FOR, model: asked }}
          onClose={() => {
            setStating(false)
            if (asked) void navigate({ to: "/prices", replace: true })
          }}
        />
      )}
    </>
  )
}

function PriceRow({ listed: { vendor, model, price } }: { listed: ModelPrice }) {
  const { t } = useTranslation("prices")
  const format = useFormat()
  const shown = (amount: string | null) =>
    amount === null ? "–" : Number(amount) === 0 ? t("free") : format.price(amount, price.currency)
  const bands = [
    { name: "", band: price },
    ...(price.above
      ? [{ name: t("above", { formatted: format.count(price.above_tokens ?? 0) }), band: price.above }]
      : []),
  ]
  return (
    <TableRow sx={{ "&:last-child > *": { border: 0 } }}>
      <TableCell component="th" scope="row" sx={{ minWidth: 190 }}>
        <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
          {model}
        </Typography>
        <Typography variant="caption" color="textSecondary" component="p">
          {vendor}
          {bands[1] && ` · ${bands[1].name}:`}
        </Typography>
        {(price.tiers.length > 0 || price.regions.length > 0) && (
          <Typography variant="caption" color="textSecondary" component="p">
            {[
              ...price.tiers.map(([name, factor]) => t("tier", { name, factor: Number(factor) })),
              ...price.regions.map(([name, factor]) => t("region", { name, factor: Number(factor) })),
            ].join(" · ")}
          </Typography>
        )}
      </TableCell>
      {amounts.map((name) => (
        <TableCell key={name} align="right" className="tabular" sx={{ whiteSpace: "nowrap" }}>
          {bands.map(({ name: of, band }, index) => (
            <Typography
              key={of}
              variant={index ? "caption" : "body2"}
              color={index ? "textSecondary" : undefined}
              component="p"
            >
              {shown(band[name])}
            </Typography>
          ))}
        </TableCell>
      ))}
      <TableCell className="tabular" sx={{ whiteSpace: "nowrap" }}>
        {price.effective_from ?? (
          <Typography variant="caption" color="textSecondary">
            {t("always")}
          </Typography>
        )}
      </TableCell>
      <TableCell sx={{ minWidth: 180, maxWidth: 280 }}>
        <Typography variant="caption" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
          {price.source}
        </Typography>
      </TableCell>
    </TableRow>
  )
}

/** Models that were used and have no price, each with a way to state it. */
function Missing() {
  const { t } = useTranslation("prices")
  const format = useFormat()
  const missing = useQuery(missingQuery)
  const [stating, setStating] = useState<MissingPrice | null>(null)
  const [all, setAll] = useState(false)
  if (!missing.data?.length) return null
  const count = missing.data.length
  return (
    <Alert severity="warning" sx={{ mb: 2, "& .MuiAlert-message": { flex: 1, minWidth: 0 } }}>
      <Typography variant="body2" sx={{ fontWeight: 600 }}>
        {t("missing", { count, formatted: format.count(count) })}
      </Typography>
      <Typography variant="body2">{t("missing_action")}</Typography>
      <Box component="ul" sx={{ listStyle: "none", p: 0, m: 0, mt: 1, display: "grid", gap: 0.5 }}>
        {missing.data.slice(0, all ? undefined : MISSING_SHOWN).map((one) => (
          <Box
            component="li"
            key={`${one.provider}/${one.model}`}
            sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", columnGap: 1 }}
          >
            <Typography variant="body2" sx={{ overflowWrap: "anywhere", minWidth: 0 }}>
              {t("missing_attempts", {
                count: one.attempts,
                name: `${one.provider}/${one.model}`,
                formatted: format.count(one.attempts),
              })}
            </Typography>
            <Allowed permission="prices:write">
              <Button
                size="small"
                color="inherit"
                aria-label={t("state.label", { model: one.model })}
                onClick={() => setStating(one)}
              >
                {t("state.action")}
              </Button>
            </Allowed>
          </Box>
        ))}
      </Box>
      {!all && count > MISSING_SHOWN && (
        <Button size="small" color="inherit" onClick={() => setAll(true)}>
          {t("import.more", { formatted: format.count(count - MISSING_SHOWN) })}
        </Button>
      )}
      {stating && <StatePriceDialog missing={stating} onClose={() => setStating(null)} />}
    </Alert>
  )
}
