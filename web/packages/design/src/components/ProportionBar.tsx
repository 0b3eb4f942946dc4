import Box from "@mui/material/Box"

interface Part {
  value: number
  color: string
  label: string
}

/** How a whole divides, as one bar. The text beside it says the same in numbers. */
export function ProportionBar({
  parts,
  height = 10,
  label,
}: {
  parts: readonly Part[]
  height?: number
  label: string
}) {
  const whole = parts.reduce((sum, part) => sum + Math.max(0, part.value), 0)
  return (
    <Box
      role="img"
      aria-label={label}
      sx={{
        display: "flex",
        gap: "2px",
        height,
        borderRadius: height / 2,
        overflow: "hidden",
        bgcolor: "background.sunken",
      }}
    >
      {whole > 0 &&
        parts
          .filter((part) => part.value > 0)
          .map((part) => (
            <Box
              key={part.label}
              title={part.label}
              sx={{
                bgcolor: part.color,
                flexGrow: part.value / whole,
                flexBasis: 0,
                minWidth: 3,
                transition: "flex-grow 220ms",
              }}
            />
          ))}
    </Box>
  )
}
