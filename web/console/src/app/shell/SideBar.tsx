import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { BrandMark, layout } from "@powerautomation/design"
import { useLocation } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"
import type { Action } from "~/actions"
import { RouterLink } from "~/display"
import { WaitingBadge } from "~/features/approvals/requests/components/WaitingBadge"
import { LimitsBadge } from "~/features/gateway/limits/components/LimitsBadge"
import { MissingPricesBadge } from "~/features/gateway/prices/components/MissingPricesBadge"
import { isCurrent, navigation } from "./navigation"

/** The pages, grouped; used as the side bar and inside the phone's drawer. */
export function NavigationList({
  actions,
  onNavigate,
}: {
  actions: readonly Action[]
  onNavigate?: () => void
}) {
  const { t } = useTranslation("shell")
  const path = useLocation({ select: (location) => location.pathname })
  return (
    <Box
      component="nav"
      aria-label={t("navigation")}
      sx={{ display: "grid", gap: 2.5, alignContent: "start" }}
    >
      {navigation.map((group) => (
        <Box key={group.heading ?? "top"}>
          {group.heading && (
            <Typography variant="overline" component="p" color="textSecondary" sx={{ px: 1.25, mb: 0.5 }}>
              {t(`headings.${group.heading}`)}
            </Typography>
          )}
          <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 0.25 }}>
            {group.actions.map((id) => {
              const action = actions.find((candidate) => candidate.id === id)
              if (!action?.to) return null
              const current = isCurrent(action.to, path)
              return (
                <li key={id}>
                  <RouterLink
                    to={action.to}
                    onClick={onNavigate}
                    underline="none"
                    aria-current={current ? "page" : undefined}
                    sx={{
                      display: "flex",
                      alignItems: "center",
                      gap: 1.25,
                      px: 1.25,
                      minHeight: 36,
                      "@media (pointer: coarse)": { minHeight: layout.touch },
                      borderRadius: "8px",
                      fontSize: "0.875rem",
                      fontWeight: current ? 600 : 480,
                      color: current ? "primary.main" : "text.primary",
                      bgcolor: current ? "ledger.accentSoft" : "transparent",
                      "&:hover": { bgcolor: current ? "ledger.accentSoft" : "action.hover" },
                      "& svg": { color: current ? "primary.main" : "text.secondary", flexShrink: 0 },
                    }}
                  >
                    <action.icon size={17} aria-hidden />
                    <Box component="span" sx={{ flex: 1 }}>
                      {action.title()}
                    </Box>
                    {id === "approvals" && <WaitingBadge />}
                    {id === "limits" && <LimitsBadge />}
                    {id === "prices" && <MissingPricesBadge />}
                  </RouterLink>
                </li>
              )
            })}
          </Box>
        </Box>
      ))}
    </Box>
  )
}

/** The side bar of wide screens. */
export function SideBar({ actions, version }: { actions: readonly Action[]; version: string | undefined }) {
  return (
    <Box
      component="aside"
      aria-label="PowerAutomation"
      sx={{
        display: { xs: "none", md: "flex" },
        flexDirection: "column",
        position: "sticky",
        top: 0,
        height: "100dvh",
        width: layout.sidebar,
        flexShrink: 0,
        borderRight: 1,
        borderColor: "divider",
        p: 1.75,
        gap: 3,
        overflowY: "auto",
      }}
    >
      <RouterLink
        to="/"
        underline="none"
        sx={{ display: "flex", alignItems: "center", gap: 1.25, px: 0.75, pt: 0.5, color: "text.primary" }}
      >
        <BrandMark size={28} />
        <Typography
          component="span"
          sx={{ fontWeight: 680, letterSpacing: "-0.015em", fontSize: "0.9375rem" }}
        >
          PowerAutomation
        </Typography>
      </RouterLink>
      <NavigationList actions={actions} />
      {version && (
        <Typography variant="caption" color="textSecondary" sx={{ mt: "auto", px: 1.25 }}>
          {version}
        </Typography>
      )}
    </Box>
  )
}
