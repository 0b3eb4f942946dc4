import "./styles.css"
import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import { App } from "./app/App"
import { router } from "./app/router"
import { forgetSession } from "./auth/session"
import { initialLanguage, startI18n } from "./i18n"
import { whenSignedOut } from "./server"

const languages = {
  en: () => import("./app/languages/en"),
  "zh-CN": () => import("./app/languages/zh-CN"),
  "zh-TW": () => import("./app/languages/zh-TW"),
}

whenSignedOut(() => {
  const { pathname, href } = router.state.location
  if (pathname.endsWith("/sign-in")) return
  forgetSession()
  void router.navigate({ to: "/sign-in", search: { next: href } })
})

const root = document.getElementById("root")
if (!root) throw new Error("index.html has no #root")

await startI18n(
  initialLanguage(),
  async (language) => (await languages[language]()).default as Record<string, object>,
)
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
