import Box from "@mui/material/Box"
import { fonts } from "../tokens"
import { CopyButton } from "./CopyButton"

interface CodeBlockProps {
  code: string
  label: string
  /** What the lines are for, shown above them: a language or a file name. */
  title: string
  copyLabel: string
  copiedLabel: string
}

/** Lines to paste somewhere else, with a copy button. Long lines scroll inside the block, by keyboard too. */
export function CodeBlock({ code, label, title, copyLabel, copiedLabel }: CodeBlockProps) {
  return (
    <Box
      sx={{
        border: 1,
        borderColor: "divider",
        borderRadius: "10px",
        bgcolor: "background.code",
        minWidth: 0,
        overflow: "hidden",
      }}
    >
      <Box
        sx={{
          display: "flex",
          alignItems: "center",
          justifyContent: "space-between",
          pl: 2,
          pr: 0.75,
          minHeight: 38,
          borderBottom: 1,
          borderColor: "divider",
          fontSize: "0.78125rem",
          color: "text.secondary",
        }}
      >
        {title}
        <CopyButton text={code} label={copyLabel} copiedLabel={copiedLabel} variant="text" />
      </Box>
      <Box
        component="pre"
        tabIndex={0}
        role="region"
        aria-label={label}
        sx={{
          m: 0,
          p: 2,
          overflowX: "auto",
          fontFamily: fonts.mono,
          fontSize: "0.8125rem",
          lineHeight: 1.65,
          whiteSpace: "pre",
          outlineOffset: "-2px",
        }}
      >
        {code}
      </Box>
    </Box>
  )
}
