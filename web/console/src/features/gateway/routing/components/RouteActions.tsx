import Box from "@mui/material/Box"
import IconButton from "@mui/material/IconButton"
import type { Route, RoutingTable } from "@powerautomation/api-client"
import { ArrowDown, ArrowUp, Pencil, Trash2 } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { describeProblem, showToast } from "~/feedback"
import { moved } from "../draft"
import { restoreRoute, useOrderRoutes, useRemoveRoute } from "../queries"
import { RouteDialog } from "./RouteDialog"

/** What can be done with a stored route: move it, change it, remove it with undo. */
export function RouteActions({ route, table }: { route: Route; table: RoutingTable }) {
  const { t } = useTranslation("routing")
  const { t: common, i18n } = useTranslation()
  const may = useMay()
  const [editing, setEditing] = useState(false)
  const order = useOrderRoutes()
  const remove = useRemoveRoute()
  const complain = (error: unknown) => {
    const problem = describeProblem(error, common, i18n.language)
    showToast(`${problem.message} ${problem.action}`.trim(), { tone: "error" })
  }
  const stored = table.items.filter((one) => one.id)
  const name = route.name
  const move = (by: -1 | 1) => order.mutate(moved(table.items, route.id, by), { onError: complain })
  const removeWithUndo = () =>
    remove.mutate(route.id, {
      onSuccess: () =>
        showToast(t("remove.done", { name }), {
          action: {
            label: t("undo", { ns: "common" }),
            run: () => void restoreRoute(route.id).catch(complain),
          },
        }),
      onError: complain,
    })
  if (!may("routes:write")) return null
  return (
    <Box sx={{ display: "flex", gap: 0.5, mt: 1, ml: -0.75 }}>
      <IconButton
        size="small"
        disabled={stored[0]?.id === route.id || order.isPending}
        onClick={() => move(-1)}
        aria-label={t("move.up", { name })}
      >
        <ArrowUp size={16} />
      </IconButton>
      <IconButton
        size="small"
        disabled={stored.at(-1)?.id === route.id || order.isPending}
        onClick={() => move(1)}
        aria-label={t("move.down", { name })}
      >
        <ArrowDown size={16} />
      </IconButton>
      {/* A route that this version cannot read would lose what it says by being saved. */}
      <IconButton
        size="small"
        disabled={route.definition === null}
        onClick={() => setEditing(true)}
        aria-label={t("edit.label", { name })}
      >
        <Pencil size={16} />
      </IconButton>
      <IconButton size="small" onClick={removeWithUndo} aria-label={t("remove.label", { name })}>
        <Trash2 size={16} />
      </IconButton>
      {editing && <RouteDialog route={route} table={table} onClose={() => setEditing(false)} />}
    </Box>
  )
}
