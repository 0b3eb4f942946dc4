import Button from "@mui/material/Button"
import IconButton from "@mui/material/IconButton"
import Tooltip from "@mui/material/Tooltip"
import { Check, Copy } from "lucide-react"
import { useEffect, useState } from "react"

/** Put text on the clipboard; also works without https, where browsers hide the clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement("textarea")
    area.value = text
    area.style.position = "fixed"
    area.style.opacity = "0"
    document.body.append(area)
    area.select()
    const copied = document.execCommand("copy")
    area.remove()
    return copied
  }
}

interface CopyButtonProps {
  text: string
  label: string
  copiedLabel: string
  /** `icon` for tight places, `text` and `primary` with the words. */
  variant?: "icon" | "text" | "primary"
}

/** Copies text and says that it did, to eyes and to screen readers. */
export function CopyButton({ text, label, copiedLabel, variant = "icon" }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    if (await copyText(text)) setCopied(true)
  }
  const icon = copied ? <Check size={16} /> : <Copy size={16} />
  const live = (
    <span
      role="status"
      style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}
    >
      {copied ? copiedLabel : ""}
    </span>
  )
  if (variant === "icon") {
    return (
      <>
        <Tooltip title={copied ? copiedLabel : label}>
          <IconButton size="small" aria-label={label} onClick={copy} color={copied ? "success" : "default"}>
            {icon}
          </IconButton>
        </Tooltip>
        {live}
      </>
    )
  }
  return (
    <>
      <Button
        size="small"
        variant={variant === "primary" ? "contained" : "text"}
        color={variant === "primary" ? "primary" : "inherit"}
        startIcon={icon}
        onClick={copy}
      >
        {copied ? copiedLabel : label}
      </Button>
      {live}
    </>
  )
}
