import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import type { Approval } from "@powerautomation/api-client"
import { PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { Keyboard } from "lucide-react"
import { useMemo, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { ApprovalDrawer } from "../components/ApprovalDrawer"
import { AutomaticSwitch, useStopAutomatic } from "../components/AutomaticSwitch"
import { BatchBar } from "../components/BatchBar"
import type { Answer, DecisionHandle } from "../components/DecisionPanel"
import { Filters } from "../components/Filters"
import { HistoryList } from "../components/HistoryList"
import { KeysDialog } from "../components/KeysDialog"
import { MemoriesPanel } from "../components/MemoriesPanel"
import { WaitingList } from "../components/WaitingList"
import { useDeciding } from "../deciding"
import { type InboxCommand, useInboxKeys } from "../keyboard"
import { waitingQuery } from "../queries"
import { isSimple, mayBatch } from "../shape"
import { useFocusedRow } from "../useFocusedRow"

/** Every request of an agent that waits for a person, live; answered by one key, one click, or several at once. */
export function ApprovalsPage() {
  const { t } = useTranslation("requests")
  const search = useSearch({ from: "/signed-in/approvals" })
  const { approvalId } = useParams({ strict: false })
  const navigate = useNavigate()
  const query = useQuery(waitingQuery)
  const waiting = useMemo(
    () => (query.data?.items ?? []).filter((one) => !search.level || one.level === search.level),
    [query.data, search.level],
  )
  const ids = useMemo(() => waiting.map((one) => one.id), [waiting])
  const row = useFocusedRow(ids)
  const deciding = useDeciding()
  const stopping = useStopAutomatic()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [begin, setBegin] = useState<"edit" | "reason" | null>(null)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const panel = useRef<DecisionHandle>(null)
  const selected = waiting.filter((one) => chosen.has(one.id) && mayBatch(one))

  const open = (id: string, how: "edit" | "reason" | null = null) => {
    setBegin(how)
    void navigate({ to: "/approvals/$approvalId", params: { approvalId: id }, search })
  }
  const close = () => {
    setBegin(null)
    void navigate({ to: "/approvals", search })
    if (approvalId) row.focus(approvalId)
  }
  /** Answer one, and go on to the next; in an open request the next one opens. */
  const answer = async (approval: Approval, said: Answer) => {
    const next = row.after(approval.id)
    if (!(await deciding.decide(approval, said))) return
    row.noteAnswer()
    if (approvalId !== approval.id) return row.focus(next)
    setBegin(null)
    if (next && next !== approval.id) open(next)
    else void navigate({ to: "/approvals", search })
  }
  const approve = (approval: Approval) =>
    isSimple(approval)
      ? void answer(approval, { decision: "approve" })
      : open(approval.id, approval.reason_required ? "reason" : null)
  const select = (approval: Approval) => {
    if (!mayBatch(approval)) return
    const next = new Set(chosen)
    if (!next.delete(approval.id)) next.add(approval.id)
    setChosen(next)
  }
  const answerSelected = async (decision: Answer["decision"]) => {
    setChosen(new Set())
    for (const one of selected) await deciding.decide(one, { decision })
    row.noteAnswer()
    row.focus(null)
  }

  useInboxKeys((command) => run(command), !approvalId)
  const run = (command: InboxCommand) => {
    const focused = waiting.find((one) => one.id === (approvalId ?? row.current))
    if (command === "help") return setHelpOpen(true)
    if (command === "stop") return stopping.stop()
    if (command === "next" || command === "previous") {
      const to = row.step(command === "next" ? 1 : -1, approvalId)
      if (approvalId && to && to !== approvalId) open(to)
      return
    }
    if (command === "approveSelected" || command === "denySelected") {
      if (!approvalId && selected.length > 0 && row.isSettled())
        void answerSelected(command === "approveSelected" ? "approve" : "deny")
      return
    }
    if (!focused?.may_decide) {
      if (command === "open" && row.current) open(row.current)
      return
    }
    if (command === "open") return approvalId ? undefined : open(focused.id)
    if (command === "select") return select(focused)
    if (command === "edit") return approvalId ? panel.current?.edit() : open(focused.id, "edit")
    if (!approvalId && command === "approve" && !isSimple(focused)) return approve(focused)
    if (!row.isSettled()) return
    if (approvalId) return command === "approve" ? panel.current?.approve() : panel.current?.deny()
    return command === "approve" ? approve(focused) : void answer(focused, { decision: "deny" })
  }

  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <Button
            color="inherit"
            startIcon={<Keyboard size={17} />}
            aria-keyshortcuts="?"
            onClick={() => setHelpOpen(true)}
            sx={{ display: { xs: "none", md: "inline-flex" } }}
          >
            {t("keys.title")}
          </Button>
        }
      />
      <AutomaticSwitch stopping={stopping} />
      <Filters
        search={search}
        onChange={(next) => void navigate({ to: "/approvals", search: next, replace: true })}
      />
      <Box sx={{ display: "grid", gap: 3, minWidth: 0 }}>
        {search.show === undefined ? (
          <WaitingList
            query={query}
            waiting={waiting}
            search={search}
            row={row}
            deciding={deciding}
            chosen={chosen}
            onSelect={select}
            onApprove={approve}
            onDeny={(approval) => void answer(approval, { decision: "deny" })}
          >
            <BatchBar
              selected={selected}
              onApprove={() => void answerSelected("approve")}
              onDeny={() => void answerSelected("deny")}
              onClear={() => setChosen(new Set())}
            />
          </WaitingList>
        ) : (
          <HistoryList search={search} />
        )}
        <MemoriesPanel />
      </Box>
      {approvalId && (
        <ApprovalDrawer
          approvalId={approvalId}
          begin={begin}
          handle={panel}
          isBusy={deciding.busy.has(approvalId)}
          problem={deciding.problems[approvalId]}
          onAnswer={(approval, said) => row.isSettled() && void answer(approval, said)}
          onClose={close}
        />
      )}
      {isHelpOpen && <KeysDialog onClose={() => setHelpOpen(false)} />}
    </>
  )
}
