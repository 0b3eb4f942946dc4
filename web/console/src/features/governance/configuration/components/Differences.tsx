import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { ConfigurationDifference } from "@powerautomation/api-client"
import { useMemo } from "react"
import { useTranslation } from "react-i18next"
import { compare, type Piece, shown } from "../words"

const hidden = {
  position: "absolute",
  clip: "rect(0 0 0 0)",
  width: 1,
  height: 1,
  overflow: "hidden",
} as const

/** What differs, field by field and word by word. */
export function Differences({ items }: { items: readonly ConfigurationDifference[] }) {
  return (
    <Box
      component="ul"
      sx={{ listStyle: "none", m: 0, p: 0, border: 1, borderColor: "divider", borderRadius: 1 }}
    >
      {items.map((one) => (
        <Box
          component="li"
          key={one.path}
          sx={{ px: 1.5, py: 1, "& + &": { borderTop: 1, borderColor: "divider" } }}
        >
          <Typography
            variant="caption"
            color="textSecondary"
            component="div"
            sx={{ overflowWrap: "anywhere" }}
          >
            {one.path}
          </Typography>
          <Words before={shown(one.before)} after={shown(one.after)} />
        </Box>
      ))}
    </Box>
  )
}

function Words({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation("configuration")
  const pieces = useMemo(() => compare(before, after), [before, after])
  const line = (kind: "gone" | "new") => {
    const parts = pieces.filter((piece) => piece.kind === "same" || piece.kind === kind)
    if (!parts.some((piece) => piece.text)) return null
    return (
      <Box
        sx={{
          position: "relative",
          display: "grid",
          gridTemplateColumns: "16px minmax(0, 1fr)",
          fontFamily: "monospace",
          fontSize: "0.8125rem",
          px: 0.75,
          my: 0.25,
          borderRadius: "4px",
          bgcolor: kind === "gone" ? "ledger.dangerSoft" : "ledger.accentSoft",
        }}
      >
        <Box component="span" aria-hidden>
          {kind === "gone" ? "−" : "+"}
        </Box>
        <Box component="span" sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          <Box component="span" sx={hidden}>
            {t(kind === "gone" ? "detail.before" : "detail.after")}:{" "}
          </Box>
          {parts.map((piece, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name than their place
            <Word key={place} piece={piece} whole={parts.length === 1} />
          ))}
        </Box>
      </Box>
    )
  }
  return (
    <>
      {line("gone")}
      {line("new")}
    </>
  )
}

function Word({ piece, whole }: { piece: Piece; whole: boolean }) {
  if (piece.kind === "same" || whole) return <>{piece.text}</>
  return (
    <Box
      component={piece.kind === "gone" ? "del" : "ins"}
      sx={{ fontWeight: 700, textDecoration: piece.kind === "gone" ? "line-through" : "underline" }}
    >
      {piece.text}
    </Box>
  )
}
