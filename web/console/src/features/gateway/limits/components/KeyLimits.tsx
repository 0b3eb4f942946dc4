import Box from "@mui/material/Box"
import { useQuery } from "@tanstack/react-query"
import { Gauge } from "lucide-react"
import { useTranslation } from "react-i18next"
import { RouterButton } from "~/display"
import { limitsQuery } from "../queries"
import { UsedBar } from "./UsedBar"

/** A key's own limits as bars, and the way to them. */
export function KeyLimits({ keyId, name }: { keyId: string; name: string }) {
  const { t } = useTranslation("limits")
  const limits = useQuery(limitsQuery)
  const own = limits.data?.items.filter((limit) => limit.subject_kind === "key" && limit.subject_id === keyId)
  return (
    <Box
      sx={{
        display: "grid",
        gap: 1.5,
        alignItems: "center",
        gridTemplateColumns: { sm: "repeat(auto-fill, minmax(220px, 1fr))" },
      }}
    >
      {own?.map((limit) => (
        <UsedBar key={limit.id} limit={limit} />
      ))}
      <RouterButton
        to="/limits"
        search={{ key: keyId }}
        size="small"
        color="inherit"
        startIcon={<Gauge size={15} />}
        aria-label={t("of_key", { name })}
        sx={{ justifySelf: "start", ml: -0.75 }}
      >
        {own && own.length > 0 ? t("title") : t("add.submit")}
      </RouterButton>
    </Box>
  )
}
