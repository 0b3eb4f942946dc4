import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Typography from "@mui/material/Typography"
import type { Approval } from "@powerautomation/api-client"
import { layout } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { Key } from "./Key"

interface BatchBarProps {
  selected: readonly Approval[]
  onApprove: () => void
  onDeny: () => void
  onClear: () => void
}

/** Answers several requests at once; high and critical ones cannot be among them. */
export function BatchBar({ selected, onApprove, onDeny, onClear }: BatchBarProps) {
  const { t } = useTranslation("requests")
  const count = selected.length
  if (count === 0) return null
  return (
    <Card
      role="region"
      aria-label={t("batch.title")}
      sx={{
        position: "sticky",
        top: 64,
        mb: 1.5,
        zIndex: 2,
        display: "flex",
        flexWrap: "wrap",
        gap: 1,
        alignItems: "center",
        px: 2,
        py: 1,
        bgcolor: "background.raised",
        "& .MuiButton-root": { minHeight: { xs: layout.touch, md: 36 } },
      }}
    >
      <Typography variant="body2" sx={{ flex: "1 1 120px", fontWeight: 600 }}>
        {t("batch.count", { count })}
      </Typography>
      <Button color="inherit" onClick={onClear}>
        {t("batch.clear")}
      </Button>
      <Button variant="outlined" color="error" aria-keyshortcuts="Shift+D" onClick={onDeny}>
        {t("batch.deny", { count })}
        <Key name="⇧D" />
      </Button>
      <Button variant="contained" aria-keyshortcuts="Shift+A" onClick={onApprove}>
        {t("batch.approve", { count })}
        <Key name="⇧A" />
      </Button>
    </Card>
  )
}
