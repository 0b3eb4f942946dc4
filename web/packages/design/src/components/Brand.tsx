import Box from "@mui/material/Box"

/** The mark: one line comes in, two go on, the cheaper one is lit. */
export function BrandMark({ size = 28 }: { size?: number }) {
  return (
    <Box
      component="svg"
      viewBox="0 0 32 32"
      aria-hidden
      sx={{ width: size, height: size, flexShrink: 0, display: "block" }}
    >
      <Box
        component="rect"
        width="32"
        height="32"
        rx="8"
        sx={{ color: "primary.main", fill: "currentColor" }}
      />
      <Box
        component="path"
        d="M6 16h6c4 0 4-7 8-7h5"
        sx={{
          color: "primary.contrastText",
          fill: "none",
          stroke: "currentColor",
          strokeOpacity: 0.5,
          strokeWidth: 2.4,
          strokeLinecap: "round",
        }}
      />
      <Box
        component="path"
        d="M6 16h6c4 0 4 7 8 7h5"
        sx={{
          color: "primary.contrastText",
          fill: "none",
          stroke: "currentColor",
          strokeWidth: 2.8,
          strokeLinecap: "round",
        }}
      />
      <Box
        component="circle"
        cx="25"
        cy="23"
        r="2.6"
        sx={{ color: "primary.contrastText", fill: "currentColor" }}
      />
    </Box>
  )
}
