import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import Table from "@mui/material/Table"
import TableBody from "@mui/material/TableBody"
import TableCell from "@mui/material/TableCell"
import TableHead from "@mui/material/TableHead"
import TableRow from "@mui/material/TableRow"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ComplianceSection } from "@powerautomation/api-client"
import { PageHeader, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Download } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api, basePath } from "~/server"
import { complianceQuery, filterOf, languageOf } from "../queries"

const PERIODS = [30, 90, 180, 365]
const DORMANT = [30, 60, 90, 180]

/** Who may do what, what is old or unused, and what changed: the report as a page, and as a file. */
export function CompliancePage() {
  const { t, i18n } = useTranslation("compliance")
  const format = useFormat()
  const [days, setDays] = useState(90)
  const [dormantDays, setDormantDays] = useState(90)
  const asked = { days, dormantDays, language: languageOf(i18n.language) }
  const query = useQuery(complianceQuery(asked))
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={(["pdf", "csv", "json"] as const).map((form) => (
          <Button
            key={form}
            variant="outlined"
            color="inherit"
            startIcon={<Download size={16} />}
            href={basePath + api.compliance.filePath(filterOf(asked, Date.now()), form)}
            download
          >
            {form.toUpperCase()}
          </Button>
        ))}
      />
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2.5 }}>
        <DaysField label={t("period")} value={days} choices={PERIODS} onChange={setDays} />
        <DaysField label={t("dormant")} value={dormantDays} choices={DORMANT} onChange={setDormantDays} />
      </Box>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={480} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <>
          <Typography variant="body2" color="textSecondary" sx={{ mb: 2 }}>
            {t("as_of", { moment: format.moment(query.data.until, "full") })} · {query.data.note}
          </Typography>
          <Box sx={{ display: "grid", gap: 2.5, gridTemplateColumns: "minmax(0, 1fr)" }}>
            {query.data.sections.map((section) => (
              <SectionPanel key={section.id} section={section} />
            ))}
          </Box>
        </>
      )}
    </>
  )
}

interface DaysFieldProps {
  label: string
  value: number
  choices: readonly number[]
  onChange: (value: number) => void
}

function DaysField({ label, value, choices, onChange }: DaysFieldProps) {
  const { t } = useTranslation("compliance")
  return (
    <TextField
      select
      size="small"
      label={label}
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
      sx={{ minWidth: 160 }}
    >
      {choices.map((count) => (
        <MenuItem key={count} value={count}>
          {t("days", { count })}
        </MenuItem>
      ))}
    </TextField>
  )
}

function SectionPanel({ section }: { section: ComplianceSection }) {
  const { t } = useTranslation("compliance")
  return (
    <Panel title={section.title} hint={section.hint}>
      {section.rows.length === 0 ? (
        <Typography variant="body2" color="textSecondary">
          {t("nothing")}
        </Typography>
      ) : (
        <Box sx={{ overflow: "auto", maxHeight: 480 }} tabIndex={0} role="region" aria-label={section.title}>
          <Table size="small" stickyHeader>
            <TableHead>
              <TableRow>
                {section.columns.map((column) => (
                  <TableCell key={column} sx={{ whiteSpace: "nowrap" }}>
                    {column}
                  </TableCell>
                ))}
              </TableRow>
            </TableHead>
            <TableBody>
              {section.rows.map((row, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names, and never change their order
                <TableRow key={place}>
                  {row.map((cell, column) => (
                    <TableCell
                      key={section.columns[column]}
                      sx={{
                        verticalAlign: "top",
                        overflowWrap: "anywhere",
                        minWidth: cell.length > 60 ? 280 : 70,
                      }}
                    >
                      {cell}
                    </TableCell>
                  ))}
                </TableRow>
              ))}
            </TableBody>
          </Table>
          {section.left_out > 0 && (
            <Typography variant="caption" color="textSecondary" sx={{ p: 1 }}>
              {t("left_out", { count: section.left_out })}
            </Typography>
          )}
        </Box>
      )}
    </Panel>
  )
}
