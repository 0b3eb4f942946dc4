import Button, { type ButtonProps } from "@mui/material/Button"
import { FileUp } from "lucide-react"
import { useRef } from "react"

interface FileButtonProps extends Pick<ButtonProps, "children" | "loading" | "sx"> {
  /** What may be chosen, as in an input's `accept`. */
  accept: string
  onChoose: (file: File) => void
}

/** A button that lets a person choose one file. The same file may be chosen again after it was mended. */
export function FileButton({ accept, onChoose, children, ...button }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        variant="outlined"
        color="inherit"
        startIcon={<FileUp size={16} />}
        onClick={() => input.current?.click()}
        {...button}
      >
        {children}
      </Button>
      {/* Not inside the button: what can have the focus must not hold something else that can. */}
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file) onChoose(file)
          event.target.value = ""
        }}
      />
    </>
  )
}
