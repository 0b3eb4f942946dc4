import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { ReconciliationSummary } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { ReceiptText } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { BalanceChanges } from "../components/BalanceChanges"
import { BillForm } from "../components/BillForm"
import { Comparison } from "../components/Comparison"
import { reconciliationQuery, reconciliationsQuery, useReconcile } from "../queries"

/** Providers' bills against the ledger, month by month. */
export function ReconciliationsPage() {
  const { t } = useTranslation("reconciliation")
  const months = useQuery(reconciliationsQuery)
  const reconcile = useReconcile()
  const [opened, setOpened] = useState<ReconciliationSummary | null>(null)
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} />
      <Box sx={{ display: "grid", gap: 2.5 }}>
        <Panel title={t("form.title")} hint={t("form.hint")}>
          <BillForm
            pending={reconcile.isPending}
            onCompare={(bill) => {
              setOpened(null)
              reconcile.mutate(bill)
            }}
          />
          {reconcile.error && (
            <Box sx={{ mt: 2 }}>
              <ProblemPanel error={reconcile.error} />
            </Box>
          )}
          {reconcile.data && (
            <Box sx={{ mt: 2 }}>
              {reconcile.variables?.dryRun && (
                <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
                  {t("form.tried")}
                </Typography>
              )}
              <Comparison found={reconcile.data} />
            </Box>
          )}
        </Panel>
        <Panel title={t("months.title")} hint={t("months.hint")}>
          {months.error && <ProblemPanel error={months.error} onRetry={() => void months.refetch()} />}
          {months.isPending && <Skeleton variant="rounded" height={120} />}
          {months.data?.length === 0 && (
            <EmptyState icon={<ReceiptText size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
          <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1 }}>
            {months.data?.map((one) => (
              <Month key={`${one.provider}-${one.month}`} one={one} onOpen={() => setOpened(one)} />
            ))}
          </Box>
        </Panel>
        {opened && <Opened one={opened} />}
        <BalanceChanges />
      </Box>
    </>
  )
}

function Month({ one, onOpen }: { one: ReconciliationSummary; onOpen: () => void }) {
  const { t } = useTranslation("reconciliation")
  const format = useFormat()
  return (
    <Box
      component="li"
      sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center", overflowWrap: "anywhere" }}
    >
      <strong>
        {one.month} · {one.provider}
      </strong>
      <StatusBadge tone={one.status === "agrees" ? "good" : "warning"}>
        {t(`status.${one.status}`)}
      </StatusBadge>
      <Typography variant="body2" color="textSecondary" sx={{ flexGrow: 1 }}>
        {t("months.line", { formatted: format.count(one.differing_count), count: one.differing_count })} ·{" "}
        {format.moment(one.created_at, "short")}
      </Typography>
      <Button size="small" variant="outlined" color="inherit" onClick={onOpen}>
        {t("months.open")}
      </Button>
    </Box>
  )
}

function Opened({ one }: { one: ReconciliationSummary }) {
  const { t } = useTranslation("reconciliation")
  const found = useQuery(reconciliationQuery(one.provider, one.month))
  return (
    <Panel
      title={`${one.month} · ${one.provider}`}
      hint={t("opened", { file: one.file_name || "–", zone: one.time_zone })}
    >
      {found.error && <ProblemPanel error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Skeleton variant="rounded" height={200} />}
      {found.data && <Comparison found={found.data} />}
    </Panel>
  )
}
