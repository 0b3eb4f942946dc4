import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { fonts } from "@powerautomation/design"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { diffLines, folded } from "../diff"
import { shapeOf, valueText, visible } from "../shape"

const mono = { fontFamily: fonts.mono, fontSize: "0.8125rem", lineHeight: 1.6 } as const

/** All of what an agent wants to do: a command as it is, a file's changes line by line, anything else as a table. */
export function ActionShape({ given }: { given: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation("requests")
  const shape = shapeOf(given)
  return (
    <Box sx={{ display: "grid", gap: 1.5, minWidth: 0 }}>
      {shape.kind === "command" && <Code label={t("detail.command")}>{shape.command}</Code>}
      {shape.kind === "changes" && (
        <>
          <Typography variant="body2" sx={{ ...mono, overflowWrap: "anywhere", fontWeight: 600 }}>
            {visible(shape.path)}
          </Typography>
          {shape.whole && (
            <Typography variant="caption" color="textSecondary">
              {t("detail.whole")}
            </Typography>
          )}
          {shape.changes.map((change, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the changes of one request never change their order
            <Diff key={index} before={change.before} after={change.after} />
          ))}
        </>
      )}
      <Table rest={shape.rest} />
    </Box>
  )
}

/** Text as it is, with its line breaks; long text scrolls inside, by keyboard too. */
export function Code({ label, children }: { label: string; children: string }) {
  return (
    <Box
      component="pre"
      tabIndex={0}
      role="region"
      aria-label={label}
      sx={{
        ...mono,
        m: 0,
        p: 1.5,
        maxHeight: 360,
        overflow: "auto",
        whiteSpace: "pre-wrap",
        overflowWrap: "anywhere",
        border: 1,
        borderColor: "divider",
        borderRadius: "10px",
        bgcolor: "background.code",
      }}
    >
      {visible(children)}
    </Box>
  )
}

function Diff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation("requests")
  const lines = folded(diffLines(before, after))
  const marks = { same: " ", old: "−", new: "+" } as const
  const grounds = { same: undefined, old: "ledger.dangerSoft", new: "ledger.accentSoft" } as const
  return (
    <Box
      tabIndex={0}
      role="region"
      aria-label={t("detail.diff")}
      sx={{
        ...mono,
        maxHeight: 420,
        overflow: "auto",
        border: 1,
        borderColor: "divider",
        borderRadius: "10px",
        bgcolor: "background.code",
        py: 0.75,
      }}
    >
      {lines.map((line, index) =>
        line.kind === "gap" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one comparison never change their order
          <Box key={index} sx={{ px: 1.5, color: "text.secondary", fontStyle: "italic" }}>
            {t("detail.same_lines", { count: line.count })}
          </Box>
        ) : (
          <Box
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one comparison never change their order
            key={index}
            sx={{
              display: "grid",
              gridTemplateColumns: "20px minmax(0, 1fr)",
              px: 1,
              bgcolor: grounds[line.kind],
            }}
          >
            <span aria-hidden>{marks[line.kind]}</span>
            <Box component="span" sx={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {line.kind !== "same" && <Hidden>{t(`detail.${line.kind}_line`)}: </Hidden>}
              {visible(line.text) || " "}
            </Box>
          </Box>
        ),
      )}
    </Box>
  )
}

function Hidden({ children }: { children: ReactNode }) {
  return (
    <Box
      component="span"
      sx={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}
    >
      {children}
    </Box>
  )
}

/** Names and values; nested ones as JSON. */
export function Table({ rest }: { rest: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(rest)
  if (entries.length === 0) return null
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "minmax(100px, 180px) minmax(0, 1fr)" },
        columnGap: 2,
        rowGap: { xs: 0.25, sm: 0.75 },
        fontSize: "0.84375rem",
      }}
    >
      {entries.map(([name, value]) => (
        <Box key={name} sx={{ display: "contents" }}>
          <Box component="dt" sx={{ color: "text.secondary", overflowWrap: "anywhere" }}>
            {name}
          </Box>
          <Box
            component="dd"
            sx={{
              ...mono,
              m: 0,
              mb: { xs: 1, sm: 0 },
              minWidth: 0,
              whiteSpace: "pre-wrap",
              overflowWrap: "anywhere",
            }}
          >
            {visible(valueText(value))}
          </Box>
        </Box>
      ))}
    </Box>
  )
}
