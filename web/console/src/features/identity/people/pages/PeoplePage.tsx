import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Card from "@mui/material/Card"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import type { PersonState } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useInfiniteQuery, useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Download, FileUp, UserPlus, Users } from "lucide-react"
import { useDeferredValue, useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { roleName } from "~/display"
import { ProblemPanel } from "~/feedback"
import { DeletedPeople } from "../components/DeletedPeople"
import { Erasures } from "../components/Erasures"
import { ExplainBox } from "../components/ExplainBox"
import { ImportDialog } from "../components/ImportDialog"
import { InviteDialog } from "../components/InviteDialog"
import { PersonRow } from "../components/PersonRow"
import { exportAddress, peopleQuery, rolesQuery } from "../queries"

const states = ["active", "invited", "inactive"] as const

/** The people of the organization and what each may do. */
export function PeoplePage() {
  const { t } = useTranslation("people")
  const { invite, search = "", role = "" } = useSearch({ from: "/signed-in/people" })
  const navigate = useNavigate()
  const may = useMay()
  const [state, setState] = useState<PersonState | "">("")
  const [importing, setImporting] = useState(false)
  const wanted = useDeferredValue(search.trim())
  const query = useInfiniteQuery(
    peopleQuery({ ...(wanted && { search: wanted }), ...(state && { state }), ...(role && { role }) }),
  )
  const people = query.data?.pages.flatMap((page) => page.items) ?? []
  const mayWrite = may("users:write")
  const openInvite = () => void navigate({ to: "/people", search: { invite: true } })
  const roles = useQuery(rolesQuery).data?.items ?? []
  const filtered = wanted !== "" || state !== "" || role !== ""
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t(mayWrite ? "hint" : "hint_read_only")}
        actions={
          <>
            <Button
              component="a"
              href={exportAddress}
              download="people.csv"
              color="inherit"
              startIcon={<Download size={16} />}
            >
              {t("export")}
            </Button>
            {mayWrite && (
              <>
                <Button color="inherit" startIcon={<FileUp size={16} />} onClick={() => setImporting(true)}>
                  {t("import.action")}
                </Button>
                <Button variant="contained" startIcon={<UserPlus size={17} />} onClick={openInvite}>
                  {t("invite.title")}
                </Button>
              </>
            )}
          </>
        }
      />
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2 }}>
        <TextField
          size="small"
          type="search"
          label={t("search")}
          value={search}
          onChange={(event) =>
            void navigate({
              to: "/people",
              search: (now) => ({ role: now.role, search: event.target.value || undefined }),
              replace: true,
            })
          }
          sx={{ flex: "1 1 220px" }}
        />
        <TextField
          select
          size="small"
          label={t("state")}
          value={state}
          onChange={(event) => setState(event.target.value as PersonState | "")}
          sx={{ flex: "0 1 180px" }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t("states.all")}</MenuItem>
          {states.map((one) => (
            <MenuItem key={one} value={one}>
              {t(`states.${one}`)}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          size="small"
          label={t("role")}
          value={roles.some((one) => one.id === role) ? role : ""}
          onChange={(event) =>
            void navigate({
              to: "/people",
              search: (now) => ({ search: now.search, role: event.target.value || undefined }),
              replace: true,
            })
          }
          sx={{ flex: "0 1 200px" }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t("roles.all")}</MenuItem>
          {roles.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {roleName(t, one.id, one.name)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={220} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {people.length === 0 ? (
            <EmptyState
              icon={<Users size={24} />}
              title={t(filtered ? "empty.nobody_fits" : "empty.title")}
              text={t(filtered ? "empty.other_words" : "empty.text")}
            />
          ) : (
            <Box component="ul" aria-label={t("title")} sx={{ listStyle: "none", m: 0, p: 0 }}>
              {people.map((person) => (
                <PersonRow key={person.id} person={person} />
              ))}
            </Box>
          )}
        </Card>
      )}
      {query.hasNextPage && (
        <Button
          sx={{ mt: 2 }}
          variant="outlined"
          color="inherit"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("load_more")}
        </Button>
      )}
      <ExplainBox people={people} />
      <DeletedPeople />
      <Erasures />
      {invite && mayWrite && <InviteDialog onClose={() => void navigate({ to: "/people", search: {} })} />}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
    </>
  )
}
