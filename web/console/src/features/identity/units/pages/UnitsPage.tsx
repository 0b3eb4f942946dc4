import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import Skeleton from "@mui/material/Skeleton"
import Typography from "@mui/material/Typography"
import type { Unit } from "@powerautomation/api-client"
import { EmptyState, PageHeader, StatusBadge } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Network, Plus } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ConfirmDialog, ProblemPanel, showToast } from "~/feedback"
import { OwnOrganization } from "../../organizations/components/OwnOrganization"
import { MembersDialog } from "../components/MembersDialog"
import { UnitDialog } from "../components/UnitDialog"
import { inOrder, unitsQuery, useArchiveUnit } from "../queries"

const shown = ["time_zone", "locale", "default_role", "models"] as const

/** The companies, departments and teams of the organization, as a tree, with what is set where. */
export function UnitsPage() {
  const { t } = useTranslation("units")
  const mayWrite = useMay()("units:write")
  const query = useQuery(unitsQuery)
  const archive = useArchiveUnit()
  const [open, setOpen] = useState<{ current: Unit | null; parentId: string } | null>(null)
  const [showing, setShowing] = useState<string | null>(null)
  const [leaving, setLeaving] = useState<Unit | null>(null)
  const units = query.data ?? []
  const shownUnit = units.find((unit) => unit.id === showing)
  const names = new Map(units.map((unit) => [unit.id, unit.name]))
  const factOf = (unit: Unit, setting: (typeof shown)[number]) => {
    const found = unit.effective[setting]
    if (!found) return null
    const from =
      found.from_id === unit.id ? t("set_here") : t("inherited_from", { name: names.get(found.from_id) })
    return `${t(`settings.${setting}`)}: ${found.value} (${from})`
  }
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          mayWrite && (
            <Button
              variant="contained"
              startIcon={<Plus size={17} />}
              onClick={() => setOpen({ current: null, parentId: "" })}
            >
              {t("form.create")}
            </Button>
          )
        }
      />
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={200} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {units.length === 0 && (
            <EmptyState icon={<Network size={24} />} title={t("empty.title")} text={t("empty.text")} />
          )}
          <Box component="ul" aria-label={t("title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
            {inOrder(units).map(({ unit, depth }) => (
              <Box
                component="li"
                key={unit.id}
                sx={{
                  py: 1.5,
                  pr: 2.5,
                  pl: { xs: 2 + depth, sm: 2.5 + depth * 3 },
                  display: "flex",
                  flexWrap: "wrap",
                  gap: 1.5,
                  alignItems: "center",
                  "& + &": { borderTop: 1, borderColor: "divider" },
                }}
              >
                <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
                  <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
                    <Typography sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>{unit.name}</Typography>
                    <StatusBadge tone="neutral">{t(`kinds.${unit.kind}`)}</StatusBadge>
                  </Box>
                  <Typography variant="caption" color="textSecondary" component="p">
                    {[t("people", { count: unit.people }), ...shown.map((one) => factOf(unit, one))]
                      .filter(Boolean)
                      .join(" · ")}
                  </Typography>
                </Box>
                <Button
                  size="small"
                  color="inherit"
                  aria-label={t("actions.people_named", { name: unit.name })}
                  onClick={() => setShowing(unit.id)}
                >
                  {t("actions.people")}
                </Button>
                {mayWrite && (
                  <Box sx={{ display: "flex", flexWrap: "wrap", gap: 0.5 }}>
                    <Button
                      size="small"
                      color="inherit"
                      aria-label={t("actions.add_named", { name: unit.name })}
                      onClick={() => setOpen({ current: null, parentId: unit.id })}
                    >
                      {t("actions.add")}
                    </Button>
                    <Button
                      size="small"
                      color="inherit"
                      aria-label={t("actions.edit_named", { name: unit.name })}
                      onClick={() => setOpen({ current: unit, parentId: unit.parent_id })}
                    >
                      {t("actions.edit")}
                    </Button>
                    <Button
                      size="small"
                      color="error"
                      aria-label={t("actions.archive_named", { name: unit.name })}
                      onClick={() => setLeaving(unit)}
                    >
                      {t("actions.archive")}
                    </Button>
                  </Box>
                )}
              </Box>
            ))}
          </Box>
        </Card>
      )}
      <OwnOrganization />
      {shownUnit && (
        <MembersDialog unit={shownUnit} units={units} mayWrite={mayWrite} onClose={() => setShowing(null)} />
      )}
      {open && (
        <UnitDialog
          key={open.current?.id ?? open.parentId}
          current={open.current}
          parentId={open.parentId}
          units={units}
          onClose={() => setOpen(null)}
        />
      )}
      <ConfirmDialog
        open={leaving !== null}
        title={t("ask.title", { name: leaving?.name })}
        text={t("ask.text")}
        confirmLabel={t("actions.archive")}
        pending={archive.isPending}
        error={archive.error}
        onClose={() => {
          setLeaving(null)
          archive.reset()
        }}
        onConfirm={() =>
          leaving &&
          archive.mutate(leaving.id, {
            onSuccess: () => {
              showToast(t("archived", { name: leaving.name }))
              setLeaving(null)
            },
          })
        }
      />
    </>
  )
}
