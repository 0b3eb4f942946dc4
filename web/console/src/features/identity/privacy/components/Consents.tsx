import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { consentsQuery } from "../queries"
import { Loaded } from "./Loaded"

/** Who agreed to which version, and who took it back. */
export function Consents() {
  const { t } = useTranslation("privacy")
  const query = useQuery(consentsQuery)
  return (
    <Panel
      title={t("consents.title")}
      hint={query.data?.items.length ? t("consents.live", { count: query.data.live }) : undefined}
    >
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Typography variant="body2" color="textSecondary">
              {t("consents.none")}
            </Typography>
          ) : (
            <Box
              component="ul"
              aria-label={t("consents.title")}
              sx={{ listStyle: "none", m: 0, p: 0, maxHeight: 360, overflow: "auto" }}
              tabIndex={0}
            >
              {items.map((one) => (
                <Box
                  component="li"
                  key={one.id}
                  sx={{ py: 1, display: "flex", flexWrap: "wrap", gap: 1, alignItems: "center" }}
                >
                  <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
                    {one.name || t("consents.erased")}
                  </Typography>
                  <StatusBadge tone={one.withdrawn_at ? "warning" : "good"}>
                    {t(one.withdrawn_at ? "consents.withdrawn" : "consents.holds")}
                  </StatusBadge>
                  <Typography variant="caption" color="textSecondary">
                    {t("text.version", { version: one.version })} ·{" "}
                    <Ago moment={one.withdrawn_at ?? one.given_at} />
                  </Typography>
                </Box>
              ))}
            </Box>
          )
        }
      </Loaded>
    </Panel>
  )
}
