import Box from "@mui/material/Box"
import Dialog from "@mui/material/Dialog"
import InputBase from "@mui/material/InputBase"
import Typography from "@mui/material/Typography"
import { isComposing } from "@powerautomation/design"
import { CornerDownLeft, Search } from "lucide-react"
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { type Action, type ActionContext, runAction, searchActions } from "~/actions"
import { Keys } from "./Keys"

interface CommandPaletteProps {
  actions: readonly Action[]
  context: ActionContext
  onClose: () => void
}

/** Type a few letters, press Enter: every page and action of the console. */
export function CommandPalette({ actions, context, onClose }: CommandPaletteProps) {
  const { t } = useTranslation("shell")
  const id = useId()
  const [typed, setTyped] = useState("")
  const [position, setPosition] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const found = searchActions(actions, typed)
  const current = found[Math.min(position, found.length - 1)]

  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked entry is read from the document
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" })
  }, [position, typed])

  const run = (action: Action) => {
    onClose()
    runAction(action, context)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    const last = found.length - 1
    if (event.key === "ArrowDown") setPosition((now) => (now >= last ? 0 : now + 1))
    else if (event.key === "ArrowUp") setPosition((now) => (now <= 0 ? last : now - 1))
    else if (event.key === "Home") setPosition(0)
    else if (event.key === "End") setPosition(last)
    else if (event.key === "Enter" && current) run(current)
    else return
    event.preventDefault()
  }

  return (
    <Dialog
      open
      onClose={onClose}
      fullWidth
      maxWidth="sm"
      slotProps={{ paper: { "aria-label": t("palette.title") } }}
      sx={{ "& .MuiDialog-container": { alignItems: "flex-start", pt: { xs: 1, sm: "12vh" } } }}
    >
      <Box
        sx={{
          display: "flex",
          alignItems: "center",
          gap: 1.5,
          px: 2,
          py: 1.5,
          borderBottom: 1,
          borderColor: "divider",
        }}
      >
        <Search size={18} aria-hidden />
        <InputBase
          autoFocus
          fullWidth
          value={typed}
          placeholder={t("palette.placeholder")}
          onChange={(event) => {
            setTyped(event.target.value)
            setPosition(0)
          }}
          onKeyDown={onKeyDown}
          inputProps={{
            role: "combobox",
            "aria-label": t("palette.placeholder"),
            "aria-expanded": true,
            "aria-controls": `${id}-list`,
            "aria-activedescendant": current ? `${id}-${current.id}` : undefined,
            "aria-autocomplete": "list",
            autoComplete: "off",
            spellCheck: false,
          }}
        />
        <Keys keys={["Esc"]} />
      </Box>
      <Box
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={t("palette.title")}
        sx={{ overflowY: "auto", maxHeight: "min(420px, 60vh)", p: 1 }}
      >
        {found.map((action) => (
          <Box
            key={action.id}
            id={`${id}-${action.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={action === current}
            onClick={() => run(action)}
            onMouseMove={() => setPosition(found.indexOf(action))}
            sx={{
              display: "flex",
              alignItems: "center",
              gap: 1.5,
              px: 1.5,
              py: 1,
              borderRadius: "8px",
              cursor: "pointer",
              color: action === current ? "primary.main" : "text.primary",
              bgcolor: action === current ? "ledger.accentSoft" : "transparent",
            }}
          >
            <action.icon size={17} aria-hidden />
            <Typography
              variant="body2"
              sx={{ flex: 1, color: "text.primary", fontWeight: action === current ? 600 : 400 }}
            >
              {action.title()}
            </Typography>
            {action === current ? (
              <CornerDownLeft size={15} aria-hidden />
            ) : (
              action.shortcut && <Keys keys={action.shortcut.split(" ")} />
            )}
          </Box>
        ))}
        {found.length === 0 && (
          <Typography variant="body2" color="textSecondary" sx={{ p: 3, textAlign: "center" }}>
            {t("palette.nothing", { typed })}
          </Typography>
        )}
      </Box>
    </Dialog>
  )
}
