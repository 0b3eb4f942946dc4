import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Typography from "@mui/material/Typography"
import type { DeletedPerson } from "@powerautomation/api-client"
import { Panel } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { Undo2 } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { Ago } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { deletedPeopleQuery, useRestorePerson } from "../queries"
import { EraseDialog } from "./EraseDialog"

/** People who were removed and can still be brought back; nothing at all while there are none. */
export function DeletedPeople() {
  const { t } = useTranslation("people")
  const query = useQuery(deletedPeopleQuery)
  if (!query.data?.length) return null
  return (
    <Panel title={t("deleted.title")} hint={t("deleted.hint")} sx={{ mt: 3 }}>
      <Box component="ul" sx={{ listStyle: "none", m: 0, p: 0 }}>
        {query.data.map((person) => (
          <DeletedRow key={person.id} person={person} />
        ))}
      </Box>
    </Panel>
  )
}

function DeletedRow({ person }: { person: DeletedPerson }) {
  const { t } = useTranslation("people")
  const format = useFormat()
  const may = useMay()
  const restore = useRestorePerson()
  const [erasing, setErasing] = useState(false)
  const name = person.name || person.email
  return (
    <Box component="li" sx={{ py: 1.25, "& + &": { borderTop: 1, borderColor: "divider" } }}>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, alignItems: "center" }}>
        <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
          <Typography variant="body2" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
            {name}
          </Typography>
          <Typography
            variant="caption"
            color="textSecondary"
            component="div"
            sx={{ overflowWrap: "anywhere" }}
          >
            {person.email} · {t("deleted.deleted")} <Ago moment={person.deleted_at} /> ·{" "}
            {t("deleted.until", { day: format.moment(person.restorable_until, "day") })}
          </Typography>
        </Box>
        {may("personal_data:erase") && (
          <Button
            size="small"
            color="error"
            aria-label={t("erase.named", { name })}
            onClick={() => setErasing(true)}
          >
            {t("erase.action")}
          </Button>
        )}
        {may("users:write") && (
          <Button
            size="small"
            variant="outlined"
            color="inherit"
            startIcon={<Undo2 size={15} />}
            loading={restore.isPending}
            aria-label={t("deleted.restore_named", { name })}
            onClick={() =>
              restore.mutate(person.id, { onSuccess: () => showToast(t("deleted.done", { name })) })
            }
          >
            {t("deleted.restore")}
          </Button>
        )}
      </Box>
      {erasing && <EraseDialog person={person} onClose={() => setErasing(false)} />}
      {restore.error && <ProblemPanel error={restore.error} />}
    </Box>
  )
}
