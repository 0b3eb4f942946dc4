import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import { useTranslation } from "react-i18next"
import { type Kind, kinds } from "../kinds"

/** The choice of the protocol a new provider speaks. */
export function KindSelect({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
  const { t } = useTranslation("single_sign_on")
  return (
    <ToggleButtonGroup
      exclusive
      fullWidth
      size="small"
      value={kind}
      aria-label={t("kind.title")}
      onChange={(_, chosen: Kind | null) => chosen && onChange(chosen)}
    >
      {kinds.map((one) => (
        <ToggleButton key={one} value={one} sx={{ textTransform: "none" }}>
          {t(`kind.${one}`)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
