import Tooltip from "@mui/material/Tooltip"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { useNow } from "./useNow"

interface MoneyProps {
  nanos: number | null
  currency: string
  detail?: "cents" | "fine"
}

/** An amount of money; every digit of the ledger on hover. Unknown is said, never shown as zero. */
export function Money({ nanos, currency, detail = "cents" }: MoneyProps) {
  const { t } = useTranslation()
  const format = useFormat()
  if (nanos === null) {
    return (
      <Tooltip describeChild title={t("unknown_price_hint")}>
        <span className="unknown" style={{ opacity: 0.75 }}>
          {t("unknown_price")}
        </span>
      </Tooltip>
    )
  }
  const shown = format.money(nanos, currency, detail)
  const exact = format.money(nanos, currency, "exact")
  if (shown === exact) return <span className="tabular">{shown}</span>
  return (
    <Tooltip title={exact}>
      <span className="tabular">{shown}</span>
    </Tooltip>
  )
}

/** A token count, short; in full on hover. */
export function Tokens({ count, estimated = false }: { count: number; estimated?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const short = format.shortCount(count)
  const full = format.count(count)
  const text = `${estimated ? "≈ " : ""}${short}`
  const hint = estimated
    ? t("estimated_tokens", { count, formatted: full })
    : t("tokens", { count, formatted: full })
  if (short === full && !estimated) return <span className="tabular">{text}</span>
  return (
    <Tooltip title={hint}>
      <span className="tabular">{text}</span>
    </Tooltip>
  )
}

/** How long ago something was; the exact local time on hover. */
export function Ago({ moment }: { moment: string }) {
  const format = useFormat()
  const now = useNow(20_000)
  return (
    <Tooltip title={format.moment(moment, "full")}>
      <time dateTime={moment}>{format.ago(moment, now)}</time>
    </Tooltip>
  )
}

/** A moment of today as a clock, an older one with its day. */
export function Moment({ moment }: { moment: string }) {
  const format = useFormat()
  const today = new Date(moment).toDateString() === new Date().toDateString()
  return (
    <Tooltip title={format.moment(moment, "full")}>
      <time dateTime={moment} className="tabular">
        {format.moment(moment, today ? "clock" : "short")}
      </time>
    </Tooltip>
  )
}
