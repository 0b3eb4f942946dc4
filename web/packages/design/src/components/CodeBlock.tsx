import Box from "@mui/material/Box"
import { fonts } from "../tokens"
import { CopyButton } from "./CopyButton"

interface CodeBlockProps {
  code: string
  label: string
  copyLabel: string
  copiedLabel: string
  onCopied?: () => void
}

/** Lines to paste somewhere else, with a copy button. Long lines scroll inside the block, by keyboard too. */
export function CodeBlock({ code, label, copyLabel, copiedLabel, onCopied }: CodeBlockProps) {
  return (
    <Box
      sx={{
        position: "relative",
        border: 1,
        borderColor: "divider",
        borderRadius: "10px",
        bgcolor: "background.code",
        minWidth: 0,
      }}
    >
      <Box
        component="pre"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={label}
        sx={{
          m: 0,
          p: 2,
          pr: 7,
          overflowX: "auto",
          fontFamily: fonts.mono,
          fontSize: "0.8125rem",
          lineHeight: 1.65,
          whiteSpace: "pre",
        }}
      >
        {code}
      </Box>
      <Box sx={{ position: "absolute", top: 6, right: 6, bgcolor: "background.code", borderRadius: 1 }}>
        <CopyButton text={code} label={copyLabel} copiedLabel={copiedLabel} onCopied={onCopied} />
      </Box>
    </Box>
  )
}
