import Box from "@mui/material/Box"

/** The key that does the same as a button; screen readers hear it by `aria-keyshortcuts`. */
export function Key({ name }: { name: string }) {
  return (
    <Box
      component="kbd"
      aria-hidden
      sx={{
        display: { xs: "none", md: "inline-block" },
        minWidth: 18,
        ml: 0.75,
        px: 0.5,
        textAlign: "center",
        fontFamily: "inherit",
        fontSize: "0.6875rem",
        lineHeight: "16px",
        border: 1,
        borderColor: "currentcolor",
        borderRadius: "5px",
      }}
    >
      {name}
    </Box>
  )
}
