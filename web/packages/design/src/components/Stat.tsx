import Box from "@mui/material/Box"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { ReactNode } from "react"

interface StatProps {
  label: ReactNode
  value: ReactNode
  note?: ReactNode
  tone?: "saved" | "plain" | "loss"
  loading?: boolean
}

/** One headline number with its name and a line of context. */
export function Stat({ label, value, note, tone = "plain", loading = false }: StatProps) {
  return (
    <Box sx={{ minWidth: 0 }}>
      <Typography variant="overline" component="div" color="textSecondary">
        {label}
      </Typography>
      <Typography
        component="div"
        className="tabular"
        sx={{
          fontSize: "1.4375rem",
          lineHeight: 1.3,
          fontWeight: 640,
          letterSpacing: "-0.02em",
          // Words stand where a number is not known; as large as a number they would break.
          "& .unknown": { fontSize: "0.9375rem", fontWeight: 540, letterSpacing: 0 },
          color: tone === "saved" ? "success.main" : tone === "loss" ? "ledger.loss" : "text.primary",
        }}
      >
        {loading ? <Skeleton width="60%" /> : value}
      </Typography>
      {(note || loading) && (
        <Typography
          variant="caption"
          component="div"
          color="textSecondary"
          className="tabular"
          // Amounts with a Chinese unit stay in one piece.
          sx={{ wordBreak: "keep-all", overflowWrap: "anywhere" }}
        >
          {loading ? <Skeleton width="80%" /> : note}
        </Typography>
      )}
    </Box>
  )
}

/** A definition list in two columns: names on the left, values on the right. */
export function FactList({ facts }: { facts: readonly { name: ReactNode; value: ReactNode }[] }) {
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: "grid",
        gridTemplateColumns: "minmax(120px, max-content) minmax(0, 1fr)",
        columnGap: 2.5,
        rowGap: 0.75,
        fontSize: "0.84375rem",
      }}
    >
      {facts.map((fact, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the facts of one thing never change their order
        <Box key={index} sx={{ display: "contents" }}>
          <Box component="dt" sx={{ color: "text.secondary" }}>
            {fact.name}
          </Box>
          <Box component="dd" className="tabular" sx={{ m: 0, minWidth: 0, overflowWrap: "anywhere" }}>
            {fact.value}
          </Box>
        </Box>
      ))}
    </Box>
  )
}
