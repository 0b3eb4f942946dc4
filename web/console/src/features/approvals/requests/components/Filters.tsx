import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import { layout } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { type ApprovalSearch, levels, shows } from "../search"

interface FiltersProps {
  search: ApprovalSearch
  onChange: (search: ApprovalSearch) => void
}

/** Which requests are shown: waiting, ended or all, and of which level. */
export function Filters({ search, onChange }: FiltersProps) {
  const { t } = useTranslation("requests")
  const { t: risk } = useTranslation("risk")
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2, alignItems: "center" }}>
      <ToggleButtonGroup
        exclusive
        size="small"
        aria-label={t("filters.show")}
        value={search.show ?? "open"}
        onChange={(_, show: (typeof shows)[number] | null) =>
          show && onChange({ ...search, show: show === "open" ? undefined : show })
        }
        sx={{ "& .MuiToggleButton-root": { minHeight: { xs: layout.touch, md: 36 }, px: 2 } }}
      >
        {shows.map((show) => (
          <ToggleButton key={show} value={show}>
            {t(`filters.${show}`)}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <TextField
        select
        size="small"
        label={t("filters.level")}
        value={search.level ?? ""}
        onChange={(event) =>
          onChange({ ...search, level: levels.find((level) => level === event.target.value) })
        }
        sx={{ minWidth: 150, "& .MuiInputBase-root": { minHeight: { xs: layout.touch, md: 36 } } }}
      >
        <MenuItem value="">{t("filters.any_level")}</MenuItem>
        {levels.map((level) => (
          <MenuItem key={level} value={level}>
            {risk(`levels.${level}`)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  )
}
