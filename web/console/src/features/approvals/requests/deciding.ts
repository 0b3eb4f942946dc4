import {
  ApiProblem,
  type Approval,
  type ApprovalDecision,
  type ApprovalPage,
} from "@powerautomation/api-client"
import { useCallback, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { showToast } from "~/feedback"
import { api, keys, queryClient } from "~/server"
import { approvalQuery, waitingQuery } from "./queries"
import { summaryOf } from "./shape"

/** What was answered is gone, and the next stands in its place: a second click of a double click is not for that. */
export const SETTLE_MS = 400

/** Says whether a click or key may count: not so soon after something moved, or was answered. */
export function createGuard(now: () => number = () => performance.now()) {
  let since = Number.NEGATIVE_INFINITY
  return {
    touch() {
      since = now()
    },
    isSettled: () => now() - since >= SETTLE_MS,
  }
}

export interface Deciding {
  readonly busy: ReadonlySet<string>
  readonly problems: Readonly<Record<string, unknown>>
  /** Answer a request; true when it was taken. While one answer is on its way, another to the same is ignored. */
  decide(approval: Approval, answer: Omit<ApprovalDecision, "digest">): Promise<boolean>
  forgive(approvalId: string): void
}

/** Answers requests, and keeps what went wrong beside each. */
export function useDeciding(): Deciding {
  const { t } = useTranslation("requests")
  const running = useRef(new Set<string>())
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set())
  const [problems, setProblems] = useState<Readonly<Record<string, unknown>>>({})
  const forgive = useCallback(
    (approvalId: string) =>
      setProblems((known) => {
        const { [approvalId]: _, ...others } = known
        return others
      }),
    [],
  )
  const decide = useCallback(
    async (approval: Approval, answer: Omit<ApprovalDecision, "digest">) => {
      if (running.current.has(approval.id)) return false
      running.current.add(approval.id)
      setBusy(new Set(running.current))
      forgive(approval.id)
      try {
        // Of what is on the screen: when somebody changed it meanwhile, the answer is not for that.
        keep(await api.approvals.decide(approval.id, { ...answer, digest: approval.digest }))
        const said = answer.decision === "approve" ? "toast.approved" : "toast.denied"
        showToast(t(said, { title: summaryOf(approval.arguments).slice(0, 80) || approval.tool }))
        return true
      } catch (error) {
        setProblems((known) => ({ ...known, [approval.id]: error }))
        // It leaves the list, and what is said beside it with it.
        if (isOver(error)) showToast(t("toast.over"), { tone: "info" })
        return false
      } finally {
        running.current.delete(approval.id)
        setBusy(new Set(running.current))
        void queryClient.invalidateQueries({ queryKey: keys.approvals })
      }
    },
    [forgive, t],
  )
  return { busy, problems, decide, forgive }
}

const isOver = (error: unknown) => error instanceof ApiProblem && error.code === "approvals.already_decided"

function keep(answer: Approval) {
  queryClient.setQueryData(approvalQuery(answer.id).queryKey, answer)
  queryClient.setQueryData(
    waitingQuery.queryKey,
    (known: ApprovalPage | undefined) =>
      known && {
        ...known,
        items: known.items.flatMap((one) =>
          one.id !== answer.id ? [one] : answer.state === "pending" ? [answer] : [],
        ),
      },
  )
}
