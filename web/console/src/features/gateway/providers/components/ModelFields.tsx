import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import IconButton from "@mui/material/IconButton"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Tooltip from "@mui/material/Tooltip"
import Typography from "@mui/material/Typography"
import { Plus, Trash2 } from "lucide-react"
import { useTranslation } from "react-i18next"
import { faultOf, type ModelDraft, modelDraft } from "../draft"

interface ModelFieldsProps {
  models: readonly ModelDraft[]
  onChange: (models: ModelDraft[]) => void
}

/** The models a provider offers: its own id, the name clients use, and the price if we do not know it. */
export function ModelFields({ models, onChange }: ModelFieldsProps) {
  const { t } = useTranslation("providers")
  const set = (key: number, change: Partial<ModelDraft>) =>
    onChange(models.map((model) => (model.key === key ? { ...model, ...change } : model)))
  return (
    <Box component="fieldset" sx={{ border: 0, m: 0, p: 0, minWidth: 0, display: "grid", gap: 1.5 }}>
      <Typography component="legend" variant="h3" sx={{ p: 0, mb: 0.5 }}>
        {t("models.title")}
      </Typography>
      <Typography variant="caption" color="textSecondary">
        {t("models.hint")}
      </Typography>
      {models.map((model) => (
        <Box
          key={model.key}
          sx={{
            display: "grid",
            gap: 1,
            p: 1.5,
            border: 1,
            borderColor: faultOf(model) === "price" ? "error.main" : "divider",
            borderRadius: "10px",
          }}
        >
          <Box sx={{ display: "grid", gap: 1, gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr auto" } }}>
            <TextField
              size="small"
              label={t("models.model")}
              value={model.model}
              onChange={(event) => set(model.key, { model: event.target.value })}
            />
            <TextField
              size="small"
              label={t("models.public_model")}
              placeholder={model.model}
              value={model.publicModel}
              onChange={(event) => set(model.key, { publicModel: event.target.value })}
            />
            <Tooltip title={t("models.remove", { model: model.model })}>
              <IconButton
                aria-label={t("models.remove", { model: model.model })}
                onClick={() => onChange(models.filter((one) => one.key !== model.key))}
                sx={{ justifySelf: "end" }}
              >
                <Trash2 size={16} />
              </IconButton>
            </Tooltip>
          </Box>
          <Box sx={{ display: "grid", gap: 1, gridTemplateColumns: "repeat(auto-fit, minmax(96px, 1fr))" }}>
            {(["input", "cachedInput", "output"] as const).map((name) => (
              <TextField
                key={name}
                size="small"
                label={t(`models.${name}`)}
                placeholder={t("models.list_price")}
                value={model[name]}
                onChange={(event) => set(model.key, { [name]: event.target.value })}
                slotProps={{ htmlInput: { inputMode: "decimal" }, inputLabel: { shrink: true } }}
              />
            ))}
            <TextField
              select
              size="small"
              label={t("models.currency")}
              value={model.currency}
              onChange={(event) => set(model.key, { currency: event.target.value })}
            >
              {["USD", "CNY", "EUR"].map((currency) => (
                <MenuItem key={currency} value={currency}>
                  {currency}
                </MenuItem>
              ))}
            </TextField>
          </Box>
          {faultOf(model) === "price" && (
            <Typography variant="caption" color="error">
              {t("models.price_fault")}
            </Typography>
          )}
        </Box>
      ))}
      <Box>
        <Button
          size="small"
          startIcon={<Plus size={15} />}
          onClick={() => onChange([...models, modelDraft("", "")])}
        >
          {t("models.add")}
        </Button>
      </Box>
    </Box>
  )
}
