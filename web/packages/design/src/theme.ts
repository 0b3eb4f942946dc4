import { createTheme } from "@mui/material/styles"
import { type ColorScheme, durations, fonts, layout, type Palette, palettes, radii } from "./tokens"

declare module "@mui/material/styles" {
  interface Palette {
    ledger: LedgerColors
  }
  interface PaletteOptions {
    ledger?: LedgerColors
  }
  interface TypeBackground {
    sunken: string
    raised: string
    code: string
  }
}

/** Colours that carry a meaning of our own: what was spent, what was saved, what was lost. */
export interface LedgerColors {
  readonly spent: string
  readonly spentSoft: string
  readonly saved: string
  readonly loss: string
  readonly accentSoft: string
  readonly dangerSoft: string
  readonly warningSoft: string
  readonly infoSoft: string
  readonly lineStrong: string
}

function schemeOf(scheme: ColorScheme) {
  const p: Palette = palettes[scheme]
  return {
    palette: {
      mode: scheme,
      primary: { main: p.accent, dark: p.accentHover, light: p.accentHover, contrastText: p.onAccent },
      secondary: { main: p.spent, contrastText: p.surface },
      error: { main: p.danger, contrastText: p.surface },
      warning: { main: p.warning, contrastText: p.surface },
      info: { main: p.info, contrastText: p.surface },
      success: { main: p.savedInk, contrastText: p.surface },
      text: { primary: p.ink, secondary: p.inkMuted },
      divider: p.line,
      background: { default: p.paper, paper: p.surface, sunken: p.sunken, raised: p.raised, code: p.code },
      ledger: {
        spent: p.spent,
        spentSoft: p.spentSoft,
        saved: p.saved,
        loss: p.loss,
        accentSoft: p.accentSoft,
        dangerSoft: p.dangerSoft,
        warningSoft: p.warningSoft,
        infoSoft: p.infoSoft,
        lineStrong: p.lineStrong,
      },
    },
  }
}

/** Under a finger, what can be pressed is at least this large. */
const underFinger = {
  "@media (pointer: coarse)": { minHeight: layout.touch, minWidth: layout.touch },
} as const

/**
 * The MUI theme of every screen. Both schemes are CSS variables chosen by `data-theme` on the root element, so
 * switching needs no new render.
 */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: "data-theme", cssVarPrefix: "pa" },
  colorSchemes: { light: schemeOf("light"), dark: schemeOf("dark") },
  shape: { borderRadius: radii.medium },
  transitions: {
    duration: {
      shortest: durations.quick,
      shorter: durations.quick,
      short: durations.calm,
      standard: durations.calm,
    },
  },
  typography: {
    fontFamily: fonts.sans,
    fontSize: 14,
    h1: { fontSize: "1.625rem", lineHeight: 1.25, fontWeight: 650, letterSpacing: "-0.018em" },
    h2: { fontSize: "1.0625rem", lineHeight: 1.35, fontWeight: 640, letterSpacing: "-0.008em" },
    h3: { fontSize: "0.9375rem", lineHeight: 1.4, fontWeight: 620 },
    body1: { letterSpacing: 0, fontSize: "0.9375rem", lineHeight: 1.55 },
    body2: { letterSpacing: 0, fontSize: "0.84375rem", lineHeight: 1.5 },
    caption: { letterSpacing: 0, fontSize: "0.78125rem", lineHeight: 1.45 },
    overline: {
      fontSize: "0.71875rem",
      fontWeight: 600,
      letterSpacing: "0.01em",
      lineHeight: 1.5,
      textTransform: "none",
    },
    button: { letterSpacing: 0, textTransform: "none", fontWeight: 580, fontSize: "0.875rem" },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        html: { WebkitTextSizeAdjust: "100%" },
        body: {
          fontFeatureSettings: '"cv11", "ss03"',
          textRendering: "optimizeLegibility",
          overflowX: "hidden",
        },
        "code, kbd, pre, samp": { fontFamily: fonts.mono },
        ".tabular": { fontVariantNumeric: "tabular-nums" },
        "::selection": { background: "color-mix(in srgb, var(--pa-palette-primary-main) 28%, transparent)" },
        ":focus-visible": { outline: "2px solid var(--pa-palette-primary-main)", outlineOffset: 2 },
        "@media (prefers-reduced-motion: reduce)": {
          "*, *::before, *::after": {
            animationDuration: "0.01ms !important",
            animationIterationCount: "1 !important",
            transitionDuration: "0.01ms !important",
            scrollBehavior: "auto !important",
          },
        },
      },
    },
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiButton: {
      defaultProps: { disableElevation: true },
      styleOverrides: {
        root: {
          borderRadius: radii.small + 2,
          minHeight: 36,
          paddingInline: 14,
          whiteSpace: "nowrap",
          ...underFinger,
        },
        sizeSmall: { minHeight: 30, paddingInline: 10, fontSize: "0.8125rem", ...underFinger },
        outlined: ({ theme: t }) => ({ borderColor: t.vars?.palette.ledger.lineStrong }),
      },
    },
    MuiIconButton: { styleOverrides: { root: { borderRadius: radii.small + 2, ...underFinger } } },
    MuiPaper: {
      defaultProps: { elevation: 0 },
      styleOverrides: { root: { backgroundImage: "none" } },
    },
    MuiCard: {
      defaultProps: { variant: "outlined" },
      styleOverrides: { root: { borderRadius: radii.large } },
    },
    MuiDialog: {
      styleOverrides: {
        paper: ({ theme: t }) => ({
          borderRadius: radii.large,
          [t.breakpoints.down("sm")]: {
            margin: 12,
            width: "calc(100% - 24px)",
            maxHeight: "calc(100% - 24px)",
          },
          border: `1px solid ${t.vars?.palette.divider}`,
          boxShadow: "0 24px 64px rgb(0 0 0 / 0.22)",
        }),
      },
    },
    MuiDialogTitle: {
      styleOverrides: { root: { fontSize: "1.125rem", fontWeight: 640, letterSpacing: "-0.01em" } },
    },
    MuiMenu: {
      styleOverrides: {
        paper: ({ theme: t }) => ({
          border: `1px solid ${t.vars?.palette.divider}`,
          boxShadow: "0 10px 32px rgb(0 0 0 / 0.16)",
          backgroundColor: t.vars?.palette.background.raised,
        }),
      },
    },
    MuiTooltip: {
      defaultProps: { enterDelay: 350, enterTouchDelay: 300 },
      styleOverrides: {
        tooltip: { fontSize: "0.75rem", fontWeight: 450, padding: "6px 9px", maxWidth: 340 },
      },
    },
    MuiTableCell: {
      styleOverrides: {
        root: ({ theme: t }) => ({
          borderColor: t.vars?.palette.divider,
          padding: "9px 12px",
          fontSize: "0.84375rem",
        }),
        head: ({ theme: t }) => ({
          color: t.vars?.palette.text.secondary,
          fontSize: "0.75rem",
          fontWeight: 550,
          whiteSpace: "nowrap",
        }),
      },
    },
    MuiChip: {
      styleOverrides: {
        root: { borderRadius: radii.small, fontWeight: 520, letterSpacing: 0 },
        sizeSmall: { fontSize: "0.75rem", height: 22 },
      },
    },
    MuiOutlinedInput: {
      styleOverrides: {
        root: ({ theme: t }) => ({ backgroundColor: t.vars?.palette.background.paper }),
        notchedOutline: ({ theme: t }) => ({ borderColor: t.vars?.palette.ledger.lineStrong }),
      },
    },
    MuiToggleButton: {
      styleOverrides: {
        root: ({ theme: t }) => ({
          textTransform: "none",
          paddingInline: 12,
          fontWeight: 540,
          ...underFinger,
          color: t.vars?.palette.text.secondary,
          "&.Mui-selected": {
            color: t.vars?.palette.text.primary,
            backgroundColor: t.vars?.palette.background.paper,
          },
        }),
      },
    },
    MuiLink: { defaultProps: { underline: "hover" } },
    MuiAlert: {
      styleOverrides: {
        root: { borderRadius: radii.medium, alignItems: "flex-start" },
        message: { minWidth: 0, flex: 1 },
      },
    },
    MuiSkeleton: { defaultProps: { animation: "pulse" } },
  },
})
