import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { Policy } from "@powerautomation/api-client"
import { EmptyState, PageHeader, Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { FileLock2, Plus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { HistoryDialog } from "../components/HistoryDialog"
import { PolicyDialog } from "../components/PolicyDialog"
import { PolicyRow } from "../components/PolicyRow"
import { RemoveDialog } from "../components/RemoveDialog"
import { TryBox } from "../components/TryBox"
import { policiesQuery } from "../queries"

type Open = { policy: Policy; as: "editor" | "history" | "removal"; text?: string } | null

/** The access policies of the organization: what each forbids or permits, and what they decide together. */
export function PoliciesPage() {
  const { t } = useTranslation("policies")
  const { create } = useSearch({ from: "/signed-in/policies" })
  const navigate = useNavigate()
  const mayWrite = useMay()("policies:write")
  const query = useQuery(policiesQuery)
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  const setCreate = (on: boolean) => void navigate({ to: "/policies", search: on ? { create: true } : {} })
  const begin = (
    <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setCreate(true)}>
      {t("form.create")}
    </Button>
  )
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} actions={mayWrite && begin} />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={240} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {query.data.length === 0 && (
            <EmptyState icon={<FileLock2 size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
          <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {query.data.map((policy) => (
              <PolicyRow
                key={policy.id}
                policy={policy}
                onOpen={() => setOpen({ policy, as: "editor" })}
                onHistory={() => setOpen({ policy, as: "history" })}
                onRemove={() => setOpen({ policy, as: "removal" })}
              />
            ))}
          </Box>
        </Card>
      )}
      <Panel title={t("try.title")} hint={t("try.hint")} sx={{ mt: 3 }}>
        <TryBox />
      </Panel>
      {create && mayWrite && <PolicyDialog current={null} onClose={() => setCreate(false)} />}
      {open?.as === "editor" && (
        <PolicyDialog
          key={open.policy.id}
          current={open.policy}
          {...(open.text !== undefined && { text: open.text })}
          onClose={close}
        />
      )}
      {open?.as === "history" && (
        <HistoryDialog
          policy={open.policy}
          onTake={(text) => setOpen({ policy: open.policy, as: "editor", text })}
          onClose={close}
        />
      )}
      {open?.as === "removal" && <RemoveDialog policy={open.policy} onClose={close} />}
    </>
  )
}
