import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Erasure } from "@powerautomation/api-client"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago } from "~/display"
import { erasuresQuery } from "../queries"

/** The receipts of erased people; nothing at all while there are none. */
export function Erasures() {
  const { t } = useTranslation("people")
  const may = useMay()
  const query = useQuery({ ...erasuresQuery, enabled: may("personal_data:erase") })
  if (!query.data?.length) return null
  return (
    <Panel title={t("erasures.title")} hint={t("erasures.hint")} sx={{ mt: 3 }}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {query.data.map((one) => (
          <Receipt key={one.user_id} erasure={one} />
        ))}
      </Box>
    </Panel>
  )
}

function Receipt({ erasure }: { erasure: Erasure }) {
  const { t } = useTranslation("people")
  return (
    <Box component="li" sx={{ py: 1.25, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box component="details">
        <Box component="summary" sx={{ cursor: "pointer", overflowWrap: "anywhere" }}>
          <Typography component="span" variant="body2" sx={{ fontWeight: 600, mr: 1 }}>
            {erasure.user_id}
          </Typography>
          <StatusBadge tone={erasure.finished_at ? "good" : "info"}>
            {t(erasure.finished_at ? "erasures.finished" : "erasures.running")}
          </StatusBadge>
          <Typography component="span" variant="caption" color="textSecondary" sx={{ ml: 1 }}>
            {t(`erasures.causes.${erasure.cause}`)} · <Ago moment={erasure.begun_at} />
          </Typography>
        </Box>
        <Box component="ul" sx={{ m: 0, mt: 1, pl: 2.5 }}>
          {erasure.rows.map((row) => (
            <Typography
              key={`${row.table}.${row.column}`}
              component="li"
              variant="caption"
              sx={{ overflowWrap: "anywhere" }}
            >
              {row.table}.{row.column}: {t(`erasures.done.${row.done}`, { count: row.rows })}
            </Typography>
          ))}
        </Box>
      </Box>
    </Box>
  )
}
