import Box from "@mui/material/Box"
import ButtonBase from "@mui/material/ButtonBase"
import Drawer from "@mui/material/Drawer"
import { useLocation } from "@tanstack/react-router"
import { Menu } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Action } from "~/actions"
import { RouterLink } from "~/display"
import { WaitingBadge } from "~/features/approvals/requests/components/WaitingBadge"
import { LimitsBadge } from "~/features/gateway/limits/components/LimitsBadge"
import { bottomNavigation, isCurrent } from "./navigation"
import { NavigationList } from "./SideBar"

const entry = {
  display: "grid",
  justifyItems: "center",
  alignContent: "center",
  gap: 0.25,
  minHeight: 56,
  fontSize: "0.6875rem",
  fontWeight: 550,
  lineHeight: 1.3,
  textAlign: "center",
} as const

// Figures without the dot: with it the badge would end beyond the edge of a small phone.
const corner = {
  position: "absolute",
  top: 4,
  left: "calc(50% + 8px)",
  "& [role=img] > span": { px: 0.625 },
  "& [aria-hidden]": { display: "none" },
} as const

/** The phone's navigation: four pages under the thumb, the rest behind "More". */
export function BottomBar({ actions }: { actions: readonly Action[] }) {
  const { t } = useTranslation("shell")
  const path = useLocation({ select: (location) => location.pathname })
  const [open, setOpen] = useState(false)
  const pages = bottomNavigation.flatMap((id) => actions.find((action) => action.id === id) ?? [])
  const elsewhere = !pages.some((page) => page.to && isCurrent(page.to, path))
  return (
    <>
      <Box
        component="nav"
        aria-label={t("navigation_phone")}
        sx={{
          display: { xs: "grid", md: "none" },
          gridTemplateColumns: "repeat(5, minmax(0, 1fr))",
          position: "fixed",
          zIndex: 1100,
          insetInline: 0,
          bottom: 0,
          bgcolor: "background.paper",
          borderTop: 1,
          borderColor: "divider",
          pb: "env(safe-area-inset-bottom)",
        }}
      >
        {pages.map((page) => {
          const current = isCurrent(page.to ?? "", path)
          return (
            <RouterLink
              key={page.id}
              to={page.to ?? "/"}
              underline="none"
              aria-current={current ? "page" : undefined}
              sx={{
                ...entry,
                position: "relative",
                color: current ? "primary.main" : "text.secondary",
              }}
            >
              <page.icon size={20} aria-hidden />
              {page.title()}
              {page.id === "approvals" && (
                <Box component="span" sx={corner}>
                  <WaitingBadge />
                </Box>
              )}
            </RouterLink>
          )
        })}
        <ButtonBase
          onClick={() => setOpen(true)}
          aria-haspopup="dialog"
          sx={{
            ...entry,
            position: "relative",
            fontFamily: "inherit",
            color: elsewhere ? "primary.main" : "text.secondary",
          }}
        >
          <Menu size={20} aria-hidden />
          {t("more")}
          <Box component="span" sx={corner}>
            {actions.some((action) => action.id === "limits") && <LimitsBadge />}
          </Box>
        </ButtonBase>
      </Box>
      <Drawer
        anchor="bottom"
        open={open}
        onClose={() => setOpen(false)}
        slotProps={{
          paper: {
            sx: { borderTopLeftRadius: 16, borderTopRightRadius: 16, p: 2, pb: 4 },
            "aria-label": t("more"),
          },
        }}
      >
        <NavigationList actions={actions} onNavigate={() => setOpen(false)} />
      </Drawer>
    </>
  )
}
