/**
 * The look of PowerAutomation as values. Every colour, radius, font and duration on a screen comes from here.
 *
 * The picture behind it is a calm ledger: paper and ink, hairlines instead of shadows, evergreen for what was
 * saved, slate for what was spent. Text on its surface reaches 4.5:1, marks and chart colours 3:1 (WCAG 2.2 AA).
 */
export type ColorScheme = "light" | "dark"

export interface Palette {
  readonly paper: string
  readonly surface: string
  readonly raised: string
  readonly sunken: string
  readonly line: string
  readonly lineStrong: string
  readonly ink: string
  readonly inkMuted: string
  readonly accent: string
  readonly accentHover: string
  readonly onAccent: string
  readonly accentSoft: string
  /** What was saved, as a mark or a bar; `savedInk` for words and numbers. */
  readonly saved: string
  readonly savedInk: string
  readonly spent: string
  readonly spentSoft: string
  readonly loss: string
  readonly danger: string
  readonly dangerSoft: string
  readonly warning: string
  readonly warningSoft: string
  readonly info: string
  readonly infoSoft: string
  readonly code: string
}

export const palettes: Record<ColorScheme, Palette> = {
  light: {
    paper: "#f4f5f1",
    surface: "#ffffff",
    raised: "#ffffff",
    sunken: "#eceee8",
    line: "#dfe2da",
    lineStrong: "#b9bfb4",
    ink: "#17211c",
    inkMuted: "#56615a",
    accent: "#0b6b4b",
    accentHover: "#08553b",
    onAccent: "#ffffff",
    accentSoft: "#e0f0e8",
    saved: "#1b8a62",
    savedInk: "#0c7150",
    spent: "#4a6076",
    spentSoft: "#e6ebf0",
    loss: "#a84c26",
    danger: "#b3261e",
    dangerSoft: "#fbe9e7",
    warning: "#8a5a00",
    warningSoft: "#fbf0d9",
    info: "#2b5f9e",
    infoSoft: "#e5eef8",
    code: "#f7f8f5",
  },
  dark: {
    paper: "#0f1412",
    surface: "#161d19",
    raised: "#1c2520",
    sunken: "#0b0f0d",
    line: "#27312b",
    lineStrong: "#46534b",
    ink: "#e7ede9",
    inkMuted: "#9dada4",
    accent: "#5fcf9f",
    accentHover: "#83dbb5",
    onAccent: "#06251a",
    accentSoft: "#17352a",
    saved: "#40b083",
    savedInk: "#4cc795",
    spent: "#8ba6c1",
    spentSoft: "#222d37",
    loss: "#e58b63",
    danger: "#ff8f85",
    dangerSoft: "#3b1c1a",
    warning: "#e6b450",
    warningSoft: "#35290f",
    info: "#86b5ee",
    infoSoft: "#1b2a3c",
    code: "#101613",
  },
}

export const fonts = {
  sans: '"Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "PingFang TC", "Microsoft YaHei UI", "Microsoft JhengHei UI", "Noto Sans CJK SC", "Noto Sans SC", "Noto Sans CJK TC", sans-serif',
  mono: 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Cascadia Mono", "Liberation Mono", monospace',
} as const

/** Corner radii in CSS pixels. */
export const radii = { small: 6, medium: 10, large: 14 } as const

/** Durations in milliseconds; all become 0 when the person asked for reduced motion. */
export const durations = { quick: 120, calm: 220 } as const

/** Widths in CSS pixels. */
export const layout = { sidebar: 236, content: 1240, drawer: 640, touch: 44 } as const
