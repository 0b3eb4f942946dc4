import Box from "@mui/material/Box"
import FormControlLabel from "@mui/material/FormControlLabel"
import Switch from "@mui/material/Switch"
import Typography from "@mui/material/Typography"
import { type ReactNode, useId } from "react"

interface FormSectionProps {
  label: string
  hint: string
  on: boolean
  onChange: (on: boolean) => void
  /** What is shown while it is on. */
  children?: ReactNode
}

/** A part of a form that a person turns on; what was filled in stays while it is off. */
export function FormSection({ label, hint, on, onChange, children }: FormSectionProps) {
  const id = useId()
  return (
    <Box
      role="group"
      aria-label={label}
      sx={{ border: 1, borderColor: "divider", borderRadius: "10px", px: 2, py: 1.25 }}
    >
      <FormControlLabel
        control={
          <Switch
            size="small"
            checked={on}
            onChange={(event) => onChange(event.target.checked)}
            slotProps={{ input: { "aria-describedby": id } }}
          />
        }
        label={label}
        slotProps={{ typography: { sx: { fontWeight: 600 } } }}
        sx={{ mr: 0, gap: 0.5 }}
      />
      <Typography id={id} variant="caption" color="textSecondary" component="p">
        {hint}
      </Typography>
      {on && children && <Box sx={{ display: "grid", gap: 2, mt: 2, mb: 0.75 }}>{children}</Box>}
    </Box>
  )
}
