import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { ApprovalRules } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Plus, ShieldQuestion } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { useSettled } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { CasesPanel } from "../components/CasesPanel"
import { RuleDialog } from "../components/RuleDialog"
import { RuleRow } from "../components/RuleRow"
import { TryPanel } from "../components/TryPanel"
import { bodyOf, type Draft, draftOf, emptyRule, type Rule } from "../draft"
import { rulesQuery, tryQuery, useSaveRules } from "../queries"

/** The rules by which actions of agents are judged: the organization's own, tried and tested before they are saved. */
export function ApprovalRulesPage() {
  const { t } = useTranslation("risk")
  const query = useQuery(rulesQuery)
  return (
    <>
      {query.isPending && (
        <>
          <PageHeader title={t("title")} hint={t("hint")} />
          <Skeleton variant="rounded" height={240} sx={{ borderRadius: "14px" }} />
        </>
      )}
      {query.error && (
        <>
          <PageHeader title={t("title")} hint={t("hint")} />
          <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
        </>
      )}
      {query.data && <Editor key={query.data.revision} known={query.data} />}
    </>
  )
}

function Editor({ known }: { known: ApprovalRules }) {
  const { t } = useTranslation("risk")
  const mayWrite = useMay()("approval_rules:write")
  const [draft, setDraft] = useState<Draft>(() => draftOf(known))
  const [open, setOpen] = useState<number | null>(null)
  const save = useSaveRules()
  const body = bodyOf(draft, known)
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(known))
  const settled = useSettled({ draft: body })
  const judged = useQuery({ ...tryQuery(settled), enabled: isChanged })
  const results = isChanged ? (judged.data?.cases ?? []) : known.results
  const wrong = results.filter((one) => !one.right).length
  const setRule = (index: number, rule: Rule | null) =>
    setDraft({
      ...draft,
      rules: draft.rules.flatMap((old, at) => (at === index ? (rule ? [rule] : []) : [old])),
    })
  const begin = (
    <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setOpen(draft.rules.length)}>
      {t("rule.add")}
    </Button>
  )
  return (
    <>
      <PageHeader title={t("title")} hint={t("hint")} actions={mayWrite && begin} />
      <Box sx={{ display: "grid", gap: 3, minWidth: 0, pb: isChanged ? 10 : 0 }}>
        <Card>
          {draft.rules.length === 0 && (
            <EmptyState icon={<ShieldQuestion size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
          <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {draft.rules.map((rule, index) => (
              <RuleRow
                key={rule.name}
                rule={rule}
                onChange={mayWrite ? (changed) => setRule(index, changed) : null}
                onEdit={() => setOpen(index)}
              />
            ))}
          </Box>
        </Card>
        <TryPanel
          draft={body}
          onKeep={mayWrite ? (one) => setDraft({ ...draft, cases: [...draft.cases, one] }) : null}
        />
        <CasesPanel
          cases={draft.cases}
          results={results}
          onChange={mayWrite ? (cases) => setDraft({ ...draft, cases }) : null}
        />
      </Box>
      {isChanged && (
        <Card
          role="region"
          aria-label={t("save.title")}
          sx={{
            position: "sticky",
            bottom: { xs: 72, md: 16 },
            mt: 2,
            p: 2,
            display: "grid",
            gap: 1.5,
            zIndex: 2,
          }}
        >
          {save.error && <ProblemPanel error={save.error} />}
          {judged.error && <ProblemPanel error={judged.error} />}
          <Box sx={{ display: "flex", gap: 1.5, alignItems: "center", flexWrap: "wrap" }}>
            <Alert severity={wrong ? "error" : "info"} sx={{ flex: "1 1 240px" }}>
              {wrong ? t("cases.wrong", { count: wrong }) : t("save.hint")}
            </Alert>
            <Button color="inherit" onClick={() => setDraft(draftOf(known))}>
              {t("save.discard")}
            </Button>
            <Button
              variant="contained"
              disabled={wrong > 0 || Boolean(judged.error)}
              loading={save.isPending}
              onClick={() =>
                save.mutate(
                  { ...body, revision: known.revision },
                  { onSuccess: () => showToast(t("save.done")) },
                )
              }
            >
              {t("save.action")}
            </Button>
          </Box>
        </Card>
      )}
      {open !== null && (
        <RuleDialog
          current={draft.rules[open] ?? emptyRule}
          known={known}
          isNew={open >= draft.rules.length}
          taken={draft.rules.filter((_, at) => at !== open).map((one) => one.name)}
          onDone={(rule) => {
            setDraft({
              ...draft,
              rules:
                open < draft.rules.length
                  ? draft.rules.map((old, at) => (at === open ? rule : old))
                  : [...draft.rules, rule],
            })
            setOpen(null)
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  )
}
