import Box from "@mui/material/Box"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import type { Supposed } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"

const ways = ["", "password", "second_factor", "passkey", "key"] as const

/** When, from where and how somebody asks, as typed; what is empty is as it is for who looks, now. */
export interface Circumstances {
  at: string
  ip: string
  way: (typeof ways)[number]
}

export const here: Circumstances = { at: "", ip: "", way: "" }

/** Return typed circumstances as the API takes them. */
export function supposedOf({ at, ip, way }: Circumstances): Supposed {
  return {
    ...(at && { at }),
    ...(ip.trim() && { ip: ip.trim() }),
    ...(way && {
      by_key: way === "key",
      passkey: way === "passkey",
      second_factor: way === "passkey" || way === "second_factor",
    }),
  }
}

interface CircumstanceFieldsProps {
  value: Circumstances
  onChange: (value: Circumstances) => void
}

/** Fields for when, from where and how somebody asks. */
export function CircumstanceFields({ value, onChange }: CircumstanceFieldsProps) {
  const { t } = useTranslation("common")
  return (
    <Box
      sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "1fr", sm: "repeat(3, minmax(0, 1fr))" } }}
    >
      <TextField
        type="datetime-local"
        label={t("circumstances.at")}
        helperText={t("circumstances.at_hint")}
        value={value.at}
        onChange={(event) => onChange({ ...value, at: event.target.value })}
        slotProps={{ inputLabel: { shrink: true } }}
      />
      <TextField
        label={t("circumstances.ip")}
        helperText={t("circumstances.ip_hint")}
        value={value.ip}
        onChange={(event) => onChange({ ...value, ip: event.target.value })}
        slotProps={{ htmlInput: { maxLength: 64 } }}
      />
      <TextField
        select
        label={t("circumstances.way")}
        value={value.way}
        onChange={(event) => onChange({ ...value, way: event.target.value as Circumstances["way"] })}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {ways.map((way) => (
          <MenuItem key={way} value={way}>
            {t(`circumstances.ways.${way || "here"}`)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  )
}
