import Box from "@mui/material/Box"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import Typography from "@mui/material/Typography"
import type { RetentionRule } from "@powerautomation/api-client"
import { Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { useFormat } from "~/i18n/useFormat"
import type messages from "../messages/en.json"
import { retentionQuery } from "../queries"
import { Loaded } from "./Loaded"

type RuleName = keyof typeof messages.retention.rules

/** Every rule by which data go: after how long, when it ran last and runs next, how many rows went, what failed. */
export function Retention() {
  const { t } = useTranslation("privacy")
  const query = useQuery(retentionQuery)
  return (
    <Panel title={t("retention.title")} hint={t("retention.hint")}>
      <Loaded query={query}>
        {(rules) => (
          <Box sx={{ overflow: "auto" }} tabIndex={0}>
            <Table size="small">
              <TableHead>
                <TableRow>
                  {(["rule", "kept", "last", "next", "rows"] as const).map((column) => (
                    <TableCell key={column} sx={{ whiteSpace: "nowrap" }}>
                      {t(`retention.${column}`)}
                    </TableCell>
                  ))}
                </TableRow>
              </TableHead>
              <TableBody>
                {rules.map((rule) => (
                  <RuleRow key={rule.name} rule={rule} />
                ))}
              </TableBody>
            </Table>
          </Box>
        )}
      </Loaded>
    </Panel>
  )
}

function RuleRow({ rule }: { rule: RetentionRule }) {
  const { t } = useTranslation("privacy")
  const format = useFormat()
  const kept =
    rule.ends === "never"
      ? t("retention.for_ever")
      : rule.days === null
        ? t("retention.no_days")
        : t("retention.days", { count: rule.days })
  const isJob = rule.ends === "job"
  return (
    <TableRow>
      <TableCell>
        <Typography variant="body2" sx={{ fontWeight: 600 }}>
          {t(`retention.rules.${rule.name as RuleName}`)}
        </Typography>
        {rule.failure && (
          <StatusBadge tone="bad">{t("retention.failed", { code: rule.failure })}</StatusBadge>
        )}
      </TableCell>
      <TableCell>
        <Typography variant="body2">{kept}</Typography>
        {rule.setting && (
          <Typography variant="caption" color="textSecondary" sx={{ overflowWrap: "anywhere" }}>
            {t("retention.setting", { name: rule.setting })}
          </Typography>
        )}
      </TableCell>
      <TableCell>
        {rule.ran_at ? <Ago moment={rule.ran_at} /> : isJob ? t("retention.not_yet") : "–"}
      </TableCell>
      <TableCell>
        {rule.next_at
          ? format.moment(rule.next_at, "short")
          : rule.ends === "on_use"
            ? t("retention.by_itself")
            : "–"}
      </TableCell>
      <TableCell>
        {isJob && rule.removed !== null && rule.ran_at ? (
          <>
            <Typography variant="body2">{format.count(rule.removed)}</Typography>
            <Typography variant="caption" color="textSecondary">
              {t("retention.total", { count: rule.total ?? 0 })}
            </Typography>
          </>
        ) : (
          "–"
        )}
      </TableCell>
    </TableRow>
  )
}
