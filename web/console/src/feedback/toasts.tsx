import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import { useEffect, useSyncExternalStore } from "react"
import { useTranslation } from "react-i18next"

interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: "success" | "error" | "info"
  readonly action?: { readonly label: string; readonly run: () => void }
}

const VISIBLE_MS = 6_000
/** What can be undone stays longer: a person must have time to notice. */
const UNDO_VISIBLE_MS = 12_000
const AT_ONCE = 3

let toasts: readonly Toast[] = []
let nextId = 1
const listeners = new Set<() => void>()

function change(next: readonly Toast[]) {
  toasts = next
  for (const listener of listeners) listener()
}

/** Tell the person what just happened, with at most one thing to do about it (usually undo). */
export function showToast(text: string, options: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  change(
    [...toasts, { id: nextId++, text, tone: options.tone ?? "success", action: options.action }].slice(
      -AT_ONCE,
    ),
  )
}

function dismiss(id: number) {
  change(toasts.filter((toast) => toast.id !== id))
}

function ToastLine({ toast }: { toast: Toast }) {
  const { t } = useTranslation()
  useEffect(() => {
    const timer = setTimeout(() => dismiss(toast.id), toast.action ? UNDO_VISIBLE_MS : VISIBLE_MS)
    return () => clearTimeout(timer)
  }, [toast])
  return (
    <Alert
      severity={toast.tone}
      variant="outlined"
      closeText={t("close")}
      onClose={toast.action ? undefined : () => dismiss(toast.id)}
      action={
        toast.action && (
          <Button
            color="inherit"
            size="small"
            onClick={() => {
              toast.action?.run()
              dismiss(toast.id)
            }}
          >
            {toast.action.label}
          </Button>
        )
      }
      sx={{
        bgcolor: "background.raised",
        color: "text.primary",
        boxShadow: "0 10px 32px rgb(0 0 0 / 0.18)",
        alignItems: "center",
        "& .MuiAlert-action": { p: 0, ml: 1, mr: 0, alignItems: "center" },
      }}
    >
      {toast.text}
    </Alert>
  )
}

/** Where toasts appear; rendered once. The region exists from the start so that screen readers announce changes. */
export function ToastRegion() {
  const { t } = useTranslation()
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <Box
      role="status"
      aria-label={t("notifications")}
      sx={{
        position: "fixed",
        zIndex: 1500,
        left: { xs: 12, sm: "auto" },
        right: { xs: 12, sm: 24 },
        bottom: { xs: "calc(76px + env(safe-area-inset-bottom))", md: 24 },
        display: "grid",
        gap: 1,
        width: { sm: 400 },
        pointerEvents: "none",
        "& > *": { pointerEvents: "auto" },
      }}
    >
      {current.map((toast) => (
        <ToastLine key={toast.id} toast={toast} />
      ))}
    </Box>
  )
}
