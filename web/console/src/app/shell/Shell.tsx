import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import ButtonBase from "@mui/material/ButtonBase"
import { useColorScheme } from "@mui/material/styles"
import { BrandMark, layout, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Outlet, useLocation, useMatches, useNavigate } from "@tanstack/react-router"
import { Search } from "lucide-react"
import { lazy, Suspense, useEffect, useMemo, useRef } from "react"
import { useTranslation } from "react-i18next"
import { useSession } from "~/auth/session"
import { RouterLink } from "~/display"
import { StandingBadge } from "~/features/approvals/requests/components/StandingBadge"
import { WaitingTitle } from "~/features/approvals/requests/components/WaitingBadge"
import { OrganizationSwitcher } from "~/features/identity/sessions/components/OrganizationSwitcher"
import { useConnection } from "~/realtime"
import { api, keys } from "~/server"
import { mayDo, mayOpen } from "../access"
import { allActions } from "../actions"
import { ForbiddenPage } from "../pages/ForbiddenPage"
import { commandKey, Keys } from "../palette/Keys"
import { useShortcuts } from "../palette/shortcuts"
import { closeOverlay, openPalette, useOverlay } from "../palette/state"
import { BottomBar } from "./BottomBar"
import { LiveBadge } from "./LiveBadge"
import { SideBar } from "./SideBar"
import { UserMenu } from "./UserMenu"

const loadPalette = () => import("../palette/CommandPalette")
const CommandPalette = lazy(() => loadPalette().then((m) => ({ default: m.CommandPalette })))
const ShortcutsDialog = lazy(() =>
  import("../palette/ShortcutsDialog").then((m) => ({ default: m.ShortcutsDialog })),
)

const nothing: readonly string[] = []

/** What surrounds every page of somebody who is signed in. */
export function Shell() {
  const { t, i18n } = useTranslation("shell")
  useConnection()
  const overlay = useOverlay()
  const navigate = useNavigate()
  const { setMode } = useColorScheme()
  const session = useSession()
  const permissions = session?.permissions ?? nothing
  const environment = session?.environment ?? "production"
  // Of the page that is shown: the address is ahead of it while the next page loads, and what the next one needs says
  // nothing about this one.
  const path = useMatches({ select: (matches) => matches.at(-1)?.pathname ?? "/" })
  // biome-ignore lint/correctness/useExhaustiveDependencies: titles are read again when the language changes
  const actions = useMemo(
    () => allActions(setMode).filter((action) => mayDo(action, permissions)),
    [setMode, i18n.language, permissions],
  )
  const context = useMemo(() => ({ navigate: (to: string) => void navigate({ to }) }), [navigate])
  useShortcuts(actions, context)
  const system = useQuery({
    queryKey: keys.system,
    queryFn: ({ signal }) => api.system(signal),
    staleTime: 60_000,
    enabled: permissions.includes("system:read"),
  })
  useFocusOnNavigation()
  // Fetched ahead, so that what is typed right after Ctrl-K arrives in the palette.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), 1_500)
    return () => clearTimeout(timer)
  }, [])

  return (
    <Box sx={{ display: "flex", minHeight: "100dvh" }}>
      <Box
        component="a"
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById("content")?.focus()
        }}
        sx={{
          position: "fixed",
          zIndex: 2000,
          top: 8,
          left: 8,
          px: 2,
          py: 1,
          borderRadius: 1,
          bgcolor: "primary.main",
          color: "primary.contrastText",
          "&:not(:focus)": { transform: "translateY(-200%)" },
        }}
      >
        {t("skip")}
      </Box>
      <SideBar actions={actions} version={system.data?.version} />
      <Box sx={{ flex: 1, minWidth: 0, display: "flex", flexDirection: "column" }}>
        <Box
          component="header"
          sx={{
            position: "sticky",
            top: 0,
            zIndex: 1050,
            display: "flex",
            alignItems: "center",
            gap: 1.5,
            px: { xs: 2, md: 4 },
            minHeight: 56,
            bgcolor: "color-mix(in srgb, var(--pa-palette-background-default) 88%, transparent)",
            backdropFilter: "blur(8px)",
            borderBottom: 1,
            borderColor: "divider",
          }}
        >
          <RouterLink
            to="/"
            aria-label="PowerAutomation"
            sx={{
              display: { xs: "grid", md: "none" },
              placeItems: "center",
              minWidth: layout.touch,
              minHeight: layout.touch,
              mx: -1,
            }}
          >
            <BrandMark size={28} />
          </RouterLink>
          <ButtonBase
            onClick={openPalette}
            aria-label={t("palette.title")}
            sx={{
              display: "flex",
              justifyContent: "flex-start",
              gap: 1,
              px: 1.25,
              height: 34,
              "@media (pointer: coarse)": { height: layout.touch },
              flex: { xs: 1, sm: "0 1 320px" },
              border: 1,
              borderColor: "divider",
              borderRadius: "8px",
              color: "text.secondary",
              bgcolor: "background.paper",
              fontSize: "0.84375rem",
              fontFamily: "inherit",
              minWidth: 0,
              "&:hover": { borderColor: "ledger.lineStrong" },
            }}
          >
            <Search size={15} aria-hidden />
            <Box
              component="span"
              sx={{
                flex: 1,
                textAlign: "left",
                overflow: "hidden",
                textOverflow: "ellipsis",
                whiteSpace: "nowrap",
              }}
            >
              {t("palette.open")}
            </Box>
            <Box component="span" sx={{ display: { xs: "none", sm: "inline" } }}>
              <Keys keys={[commandKey, "K"]} />
            </Box>
          </ButtonBase>
          <Box sx={{ flex: { sm: 1 } }} />
          {environment !== "production" && (
            <StatusBadge tone={environment === "staging" ? "warning" : "info"}>
              {t(`environment.${environment}`)}
            </StatusBadge>
          )}
          {actions.some((action) => action.id === "approvals") && (
            <>
              <WaitingTitle />
              <StandingBadge />
            </>
          )}
          <LiveBadge />
          <OrganizationSwitcher />
          <UserMenu />
        </Box>
        <Box
          component="main"
          id="content"
          tabIndex={-1}
          sx={{
            flex: 1,
            width: "100%",
            maxWidth: layout.content,
            mx: "auto",
            px: { xs: 2, md: 4 },
            pt: { xs: 2.5, md: 4 },
            pb: { xs: 12, md: 6 },
            outline: "none !important",
          }}
        >
          {system.data?.demo_mode && (
            <Alert severity="info" sx={{ mb: 3 }}>
              {t("demo_mode")}{" "}
              <RouterLink to="/providers" search={{ add: true }} underline="always" sx={{ fontWeight: 600 }}>
                {t("demo_mode_action")}
              </RouterLink>
            </Alert>
          )}
          {mayOpen(path, permissions) ? <Outlet /> : <ForbiddenPage path={path} actions={actions} />}
        </Box>
      </Box>
      <BottomBar actions={actions} />
      <Suspense>
        {overlay === "palette" && (
          <CommandPalette actions={actions} context={context} onClose={closeOverlay} />
        )}
        {overlay === "shortcuts" && <ShortcutsDialog actions={actions} onClose={closeOverlay} />}
      </Suspense>
    </Box>
  )
}

/** After going to another page, put the focus on the content so that a screen reader starts there. */
function useFocusOnNavigation() {
  const path = useLocation({ select: (location) => location.pathname.split("/")[1] })
  const previous = useRef(path)
  useEffect(() => {
    if (previous.current === path) return
    previous.current = path
    document.getElementById("content")?.focus({ preventScroll: true })
  }, [path])
}
