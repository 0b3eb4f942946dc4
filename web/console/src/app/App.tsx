import { CacheProvider } from "@emotion/react"
import CssBaseline from "@mui/material/CssBaseline"
import { ThemeProvider } from "@mui/material/styles"
import { createStyleCache, theme } from "@powerautomation/design"
import { QueryClientProvider } from "@tanstack/react-query"
import { RouterProvider } from "@tanstack/react-router"
import { ConfirmIdentity } from "~/features/identity/sessions/components/ConfirmIdentity"
import { queryClient } from "~/server"
import { router } from "./router"

const styles = createStyleCache()

export function App() {
  return (
    <CacheProvider value={styles}>
      <ThemeProvider theme={theme} defaultMode="system" modeStorageKey="powerautomation.theme">
        <CssBaseline />
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <ConfirmIdentity />
        </QueryClientProvider>
      </ThemeProvider>
    </CacheProvider>
  )
}
