import Box from "@mui/material/Box"
import FormControlLabel from "@mui/material/FormControlLabel"
import FormHelperText from "@mui/material/FormHelperText"
import Switch from "@mui/material/Switch"

interface ChoiceProps {
  label: string
  hint: string
  checked: boolean
  onChange: (checked: boolean) => void
}

/** Something that is on or off, with what that means. */
export function Choice({ label, hint, checked, onChange }: ChoiceProps) {
  return (
    <Box>
      <FormControlLabel
        control={<Switch checked={checked} onChange={(event) => onChange(event.target.checked)} />}
        label={label}
      />
      <FormHelperText sx={{ mt: 0 }}>{hint}</FormHelperText>
    </Box>
  )
}
