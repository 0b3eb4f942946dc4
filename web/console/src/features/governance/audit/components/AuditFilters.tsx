import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Chip from "@mui/material/Chip"
import InputAdornment from "@mui/material/InputAdornment"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import { ListFilter, Search } from "lucide-react"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { type AuditSearch, countFilters, outcomes } from "../filter"
import { knownActions, useAuditWords } from "../useAuditWords"

const TYPING_MS = 400

interface AuditFiltersProps {
  search: AuditSearch
  onChange: (search: AuditSearch) => void
}

/** Narrow the log by words, action, outcome and days; a person or thing comes from clicking on it in an event. */
export function AuditFilters({ search, onChange }: AuditFiltersProps) {
  const { t } = useTranslation("audit")
  const words = useAuditWords()
  const [typed, setTyped] = useState(search.text ?? "")
  const [open, setOpen] = useState(false)
  const set = (change: AuditSearch) => onChange({ ...search, ...change })
  const count = countFilters(search)
  useEffect(() => setTyped(search.text ?? ""), [search.text])
  useEffect(() => {
    const text = typed.trim() || undefined
    if (text === search.text) return
    const timer = setTimeout(() => onChange({ ...search, text }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, search, onChange])
  const folded = { xs: open ? "inline-flex" : "none", sm: "inline-flex" }
  return (
    <Box
      role="search"
      aria-label={t("filters.title")}
      sx={{ display: "flex", flexWrap: "wrap", gap: 1, mb: 2, alignItems: "center" }}
    >
      <TextField
        size="small"
        label={t("filters.text")}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        sx={{ flex: { xs: "1 1 180px", sm: "0 1 260px" } }}
        slotProps={{
          htmlInput: { maxLength: 200 },
          input: {
            startAdornment: (
              <InputAdornment position="start">
                <Search size={16} aria-hidden />
              </InputAdornment>
            ),
          },
        }}
      />
      <Button
        variant="outlined"
        color="inherit"
        startIcon={<ListFilter size={16} />}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        sx={{ display: { sm: "none" } }}
      >
        {t("filters.toggle")}
        {count > 0 && ` (${count})`}
      </Button>
      <TextField
        select
        size="small"
        label={t("filters.action")}
        value={search.action ?? ""}
        onChange={(event) => set({ action: event.target.value || undefined })}
        sx={{ width: { xs: "100%", sm: 220 }, display: folded }}
      >
        <MenuItem value="">{t("filters.all")}</MenuItem>
        {[...new Set([...(search.action ? [search.action] : []), ...knownActions])].map((action) => (
          <MenuItem key={action} value={action}>
            {words.action(action)}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        select
        size="small"
        label={t("filters.outcome")}
        value={search.outcome ?? ""}
        onChange={(event) => set({ outcome: outcomes.find((one) => one === event.target.value) })}
        sx={{ width: { xs: "100%", sm: 140 }, display: folded }}
      >
        <MenuItem value="">{t("filters.all")}</MenuItem>
        {outcomes.map((outcome) => (
          <MenuItem key={outcome} value={outcome}>
            {t(`outcomes.${outcome}`)}
          </MenuItem>
        ))}
      </TextField>
      {(["since", "until"] as const).map((name) => (
        <TextField
          key={name}
          type="date"
          size="small"
          label={t(`filters.${name}`)}
          value={search[name] ?? ""}
          onChange={(event) => set({ [name]: event.target.value || undefined })}
          sx={{ width: { xs: "calc(50% - 4px)", sm: 160 }, display: folded }}
          slotProps={{ inputLabel: { shrink: true } }}
        />
      ))}
      {search.actor_id && (
        <Chip
          label={t("filters.actor", { id: search.actor_id })}
          onDelete={() => set({ actor_id: undefined })}
        />
      )}
      {search.target_id && (
        <Chip
          label={t("filters.target", { id: search.target_id })}
          onDelete={() => set({ target_id: undefined })}
        />
      )}
      {count > 0 && (
        <Button size="small" color="inherit" onClick={() => onChange({})}>
          {t("filters.clear")}
        </Button>
      )}
    </Box>
  )
}
