import type { DeletedPerson, Person } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import { ConfirmDialog, showToast } from "~/feedback"
import { usePersonTask } from "../queries"

interface EraseDialogProps {
  person: Person | DeletedPerson
  onClose: () => void
}

/** Asks before a person is erased for ever. */
export function EraseDialog({ person, onClose }: EraseDialogProps) {
  const { t } = useTranslation("people")
  const task = usePersonTask(person)
  const name = person.name || person.email
  return (
    <ConfirmDialog
      open
      title={t("erase.title", { name })}
      text={t("erase.text")}
      confirmLabel={t("erase.confirm")}
      pending={task.isPending}
      error={task.error}
      onClose={onClose}
      onConfirm={() =>
        task.mutate(
          { do: "erase" },
          {
            onSuccess: () => {
              showToast(t("erase.done"))
              onClose()
            },
          },
        )
      }
    />
  )
}
