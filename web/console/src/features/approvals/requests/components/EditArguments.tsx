import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { fonts, layout } from "@powerautomation/design"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { parsedArguments, shapeOf } from "../shape"
import { Code } from "./ActionShape"

interface EditArgumentsProps {
  given: Readonly<Record<string, unknown>>
  isBusy: boolean
  onApprove: (given: Record<string, unknown>) => void
  onCancel: () => void
}

/** Changes what is agreed to: the command alone, or all arguments as JSON; what was asked for stands beside it. */
export function EditArguments({ given, isBusy, onApprove, onCancel }: EditArgumentsProps) {
  const { t } = useTranslation("requests")
  const shape = shapeOf(given)
  const field = shape.kind === "command" ? shape.field : ""
  const [asJson, setAsJson] = useState(field === "")
  const original = field && !asJson ? String(given[field]) : JSON.stringify(given, null, 2)
  const [text, setText] = useState(original)
  const changed =
    field && !asJson ? (text.trim() ? { ...given, [field]: text } : null) : parsedArguments(text)
  const isSame = changed !== null && JSON.stringify(changed) === JSON.stringify(given)
  const switchForm = () => {
    setText(asJson && field ? String(given[field]) : JSON.stringify(changed ?? given, null, 2))
    setAsJson(!asJson)
  }
  return (
    <Box sx={{ display: "grid", gap: 1.5, minWidth: 0 }}>
      <Box
        sx={{
          display: "grid",
          gap: 1.5,
          gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "minmax(0, 1fr) minmax(0, 1fr)" },
        }}
      >
        <Box sx={{ minWidth: 0 }}>
          <Typography variant="caption" color="textSecondary" component="p" sx={{ mb: 0.5 }}>
            {t("edit.original")}
          </Typography>
          <Code label={t("edit.original")}>{original}</Code>
        </Box>
        <TextField
          label={field && !asJson ? t("edit.command") : t("edit.json")}
          value={text}
          autoFocus
          multiline
          minRows={3}
          maxRows={16}
          error={changed === null}
          helperText={changed === null ? t("edit.invalid") : t("edit.hint")}
          onChange={(event) => setText(event.target.value)}
          slotProps={{
            htmlInput: { spellCheck: false },
            input: { sx: { fontFamily: fonts.mono, fontSize: 13 } },
          }}
        />
      </Box>
      <Box
        sx={{
          display: "flex",
          flexWrap: "wrap",
          gap: 1,
          justifyContent: "flex-end",
          "& .MuiButton-root": { minHeight: layout.touch },
        }}
      >
        {field !== "" && (
          <Button color="inherit" onClick={switchForm} sx={{ mr: "auto" }}>
            {asJson ? t("edit.as_command") : t("edit.as_json")}
          </Button>
        )}
        <Button color="inherit" onClick={onCancel}>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button
          variant="contained"
          disabled={changed === null || isSame || isBusy}
          onClick={() => changed && onApprove(changed)}
        >
          {t("edit.approve")}
        </Button>
      </Box>
    </Box>
  )
}
