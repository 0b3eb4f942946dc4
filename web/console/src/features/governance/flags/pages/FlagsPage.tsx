import Alert from "@mui/material/Alert"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import type { Environment, Flag } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { FlagTriangleRight, Plus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ConfirmDialog, describeProblem, ProblemPanel, showToast } from "~/feedback"
import { FlagDialog } from "../components/FlagDialog"
import { FlagRow } from "../components/FlagRow"
import { TryDialog } from "../components/TryDialog"
import { flagsQuery, useFlip, useRemoveFlag } from "../queries"

/** Feature flags: which are on where, whose they are, and the switch that turns one off everywhere. */
export function FlagsPage() {
  const { t, i18n } = useTranslation("flags")
  const { t: common } = useTranslation()
  const { create } = useSearch({ from: "/signed-in/flags" })
  const navigate = useNavigate()
  const mayWrite = useMay()("flags:write")
  const query = useQuery(flagsQuery)
  const [opened, setOpened] = useState<Flag | null>(null)
  const [tried, setTried] = useState<Flag | null>(null)
  const [removed, setRemoved] = useState<Flag | null>(null)
  const flip = useFlip()
  const remove = useRemoveFlag()
  const setCreate = (on: boolean) => void navigate({ to: "/flags", search: on ? { create: true } : {} })
  const list = query.data
  const expired = list?.items.filter((one) => one.expired) ?? []
  const turn = (key: string, environment: Environment, isOn: boolean) =>
    flip.mutate(
      { key, environment, isOn },
      {
        onSuccess: () =>
          showToast(t(isOn ? "switched.on" : "switched.off", { key }), {
            action: { label: t("switched.undo"), run: () => turn(key, environment, !isOn) },
          }),
        onError: (error) =>
          showToast(describeProblem(error, common, i18n.language).message, { tone: "error" }),
      },
    )
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          mayWrite && (
            <Button variant="contained" startIcon={<Plus size={17} />} onClick={() => setCreate(true)}>
              {t("form.create")}
            </Button>
          )
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={320} sx={{ borderRadius: "14px" }} />}
      {expired.length > 0 && (
        <Alert severity="warning" sx={{ mb: 2 }}>
          {t("expired_count", { count: expired.length, keys: expired.map((one) => one.key).join(", ") })}
        </Alert>
      )}
      {list && (
        <Card>
          <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {list.items.map((flag) => (
              <FlagRow
                key={flag.key}
                flag={flag}
                environment={list.environment}
                mayWrite={mayWrite}
                pending={flip.isPending && flip.variables.key === flag.key}
                onFlip={(isOn) => turn(flag.key, list.environment, isOn)}
                onOpen={() => setOpened(flag)}
                onTry={() => setTried(flag)}
                onRemove={() => setRemoved(flag)}
              />
            ))}
          </Box>
          {!list.items.some((one) => !one.built_in) && (
            <EmptyState
              icon={<FlagTriangleRight size={24} />}
              title={t("empty.title")}
              text={t("empty.text")}
              action={
                mayWrite && (
                  <Button variant="outlined" onClick={() => setCreate(true)}>
                    {t("form.create")}
                  </Button>
                )
              }
            />
          )}
        </Card>
      )}
      {create && mayWrite && list && <FlagDialog flag={null} list={list} onClose={() => setCreate(false)} />}
      {opened && list && (
        <FlagDialog key={opened.key} flag={opened} list={list} onClose={() => setOpened(null)} />
      )}
      {tried && list && (
        <TryDialog flag={tried} environment={list.environment} onClose={() => setTried(null)} />
      )}
      <ConfirmDialog
        open={removed !== null}
        title={t("remove.title", { key: removed?.key ?? "" })}
        text={t("remove.text")}
        confirmLabel={t("remove.action")}
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          removed &&
          remove.mutate(removed.key, {
            onSuccess: () => {
              showToast(t("remove.done", { key: removed.key }))
              setRemoved(null)
            },
          })
        }
        onClose={() => setRemoved(null)}
      />
    </>
  )
}
