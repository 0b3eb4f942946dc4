import Box from "@mui/material/Box"
import type { SxProps, Theme } from "@mui/material/styles"
import type { FormEvent, KeyboardEvent, ReactNode } from "react"

/** Whether a key press belongs to an input method that is still composing (229 is what older browsers say). */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229
}

interface SafeFormProps {
  onSubmit: () => void
  children: ReactNode
  label?: string
  sx?: SxProps<Theme>
}

/** A form that Enter submits, except while Chinese, Japanese or Korean text is being composed. */
export function SafeForm({ onSubmit, children, label, sx }: SafeFormProps) {
  return (
    <Box
      component="form"
      aria-label={label}
      noValidate
      sx={sx}
      onKeyDownCapture={(event: KeyboardEvent) => {
        if (event.key === "Enter" && isComposing(event)) event.preventDefault()
      }}
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
    </Box>
  )
}
