import Box from "@mui/material/Box"

/** Keys as caps. */
export function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <Box component="span" sx={{ display: "inline-flex", gap: 0.5 }}>
      {keys.map((key, index) => (
        <Box
          component="kbd"
          // biome-ignore lint/suspicious/noArrayIndexKey: the same key can appear twice in a pair
          key={`${key}-${index}`}
          sx={{
            minWidth: 20,
            px: 0.75,
            textAlign: "center",
            fontFamily: "inherit",
            fontSize: "0.6875rem",
            lineHeight: "18px",
            border: 1,
            borderColor: "divider",
            borderRadius: "5px",
            color: "text.secondary",
            bgcolor: "background.sunken",
          }}
        >
          {key.length === 1 ? key.toUpperCase() : key}
        </Box>
      ))}
    </Box>
  )
}

/** The key that stands for "command" on this machine. */
export const commandKey = /mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘" : "Ctrl"
