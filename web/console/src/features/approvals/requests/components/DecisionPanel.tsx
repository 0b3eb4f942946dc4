import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import MenuItem from "@mui/material/MenuItem"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import { ApiProblem, type Approval, type ApprovalDecision } from "@powerautomation/api-client"
import { layout } from "@powerautomation/design"
import { Pencil } from "lucide-react"
import { type KeyboardEvent, type Ref, useImperativeHandle, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { type Scope, scopesFor } from "../shape"
import { EditArguments } from "./EditArguments"
import { Key } from "./Key"

export type Answer = Omit<ApprovalDecision, "digest">

/** What the keys do in the open request. */
export interface DecisionHandle {
  approve(): void
  deny(): void
  edit(): void
}

interface DecisionPanelProps {
  approval: Approval
  isBusy: boolean
  problem: unknown
  /** Open with the arguments to be changed, or with the field for the reason. */
  begin: "edit" | "reason" | null
  handle: Ref<DecisionHandle>
  onAnswer: (answer: Answer) => void
}

/** The two answers, and what may be said with them: why, what instead, and for what else it is valid. */
export function DecisionPanel({ approval, isBusy, problem, begin, handle, onAnswer }: DecisionPanelProps) {
  const { t } = useTranslation("requests")
  const [reason, setReason] = useState("")
  const [isMissing, setMissing] = useState(false)
  const [remember, setRemember] = useState<Scope | "once">("once")
  const [isEditing, setEditing] = useState(begin === "edit")
  const reasonField = useRef<HTMLInputElement>(null)
  const scopes = scopesFor(approval)
  const refused = problem instanceof ApiProblem && problem.code === "approvals.reason_needed"

  const approve = (given?: Record<string, unknown>) => {
    if (approval.reason_required && !reason.trim()) {
      setMissing(true)
      reasonField.current?.focus()
      return
    }
    onAnswer({
      decision: "approve",
      ...(reason.trim() ? { reason: reason.trim() } : {}),
      ...(remember !== "once" ? { remember } : {}),
      ...(given ? { arguments: given } : {}),
    })
  }
  const deny = () => onAnswer({ decision: "deny", ...(reason.trim() ? { reason: reason.trim() } : {}) })
  useImperativeHandle(handle, () => ({
    // While the arguments are being changed, a key must not agree to what they were.
    approve: () => !isEditing && approve(),
    deny,
    edit: () => setEditing(true),
  }))

  const needs = [
    approval.second_factor && t("needs.second_factor"),
    approval.second_person && t("needs.second_person"),
    approval.approver_role && t("needs.role", { role: approval.approver_role }),
    approval.quorum > 1 &&
      t("needs.quorum", {
        count: approval.quorum,
        given: approval.votes.filter((vote) => vote.decision === "approve" && vote.counts).length,
      }),
  ].filter(Boolean)

  return (
    <Box component="section" aria-label={t("answer")} sx={{ display: "grid", gap: 2, minWidth: 0 }}>
      {needs.length > 0 && (
        <Typography variant="body2" color="textSecondary">
          {needs.join(" · ")}
        </Typography>
      )}
      {isEditing && (
        <EditArguments
          given={approval.arguments}
          isBusy={isBusy}
          onApprove={approve}
          onCancel={() => setEditing(false)}
        />
      )}
      <Box sx={{ display: "grid", gap: 2, gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "1fr 1fr" } }}>
        <TextField
          label={approval.reason_required ? t("reason.required") : t("reason.optional")}
          value={reason}
          autoFocus={begin === "reason"}
          inputRef={reasonField}
          required={approval.reason_required}
          error={(isMissing || refused) && !reason.trim()}
          helperText={(isMissing || refused) && !reason.trim() ? t("reason.missing") : t("reason.hint")}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing)
              approve()
          }}
          multiline
          maxRows={4}
          slotProps={{ htmlInput: { maxLength: 2000 } }}
        />
        {scopes.length > 0 && (
          <TextField
            select
            label={t("remember.label")}
            value={remember}
            helperText={t(`remember.${remember}_hint`, {
              tool: approval.tool,
              requester: approval.requester.name,
            })}
            onChange={(event) => setRemember(event.target.value as Scope | "once")}
          >
            {(["once", ...scopes] as const).map((scope) => (
              <MenuItem key={scope} value={scope}>
                {t(`remember.${scope}`)}
              </MenuItem>
            ))}
          </TextField>
        )}
      </Box>
      {problem ? <ProblemPanel error={problem} /> : null}
      {!isEditing && (
        <Box
          sx={{
            display: "grid",
            gap: 1,
            gridTemplateColumns: "auto 1fr 1fr",
            "& .MuiButton-root": { minHeight: layout.touch },
          }}
        >
          <Button
            color="inherit"
            startIcon={<Pencil size={16} />}
            aria-keyshortcuts="E"
            onClick={() => setEditing(true)}
          >
            {t("edit.begin")}
            <Key name="E" />
          </Button>
          <Button
            variant="outlined"
            color="error"
            aria-keyshortcuts="D"
            onClick={() => deny()}
            disabled={isBusy}
          >
            {t("deny")}
            <Key name="D" />
          </Button>
          <Button variant="contained" aria-keyshortcuts="A" onClick={() => approve()} disabled={isBusy}>
            {t("approve")}
            <Key name="A" />
          </Button>
        </Box>
      )}
    </Box>
  )
}
