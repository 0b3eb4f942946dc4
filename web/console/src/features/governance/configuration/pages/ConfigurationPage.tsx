import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import ButtonBase from "@mui/material/ButtonBase"
import Card from "@mui/material/Card"
import Chip from "@mui/material/Chip"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ConfigurationVersion } from "@powerautomation/api-client"
import { EmptyState, PageHeader } from "@powerautomation/design"
import { useInfiniteQuery, useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { Download, History, UserCheck } from "lucide-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useMay } from "~/auth/session"
import { ProblemPanel } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api, basePath } from "~/server"
import { PolicyDialog } from "../components/PolicyDialog"
import { ProposalsPanel } from "../components/ProposalsPanel"
import { VersionDrawer } from "../components/VersionDrawer"
import { policyQuery, versionsQuery } from "../queries"
import { useVersionWords } from "../useVersionWords"

/** Who changed which setting, newest first; what waits for a second person; and the way back. */
export function ConfigurationPage() {
  const { t } = useTranslation("configuration")
  const words = useVersionWords()
  const search = useSearch({ from: "/signed-in/configuration" })
  const navigate = useNavigate()
  const mayApprove = useMay()("configuration:approve")
  const [opened, setOpened] = useState<ConfigurationVersion | null>(null)
  const [policyOpen, setPolicyOpen] = useState(false)
  const query = useInfiniteQuery(versionsQuery(search))
  const policy = useQuery(policyQuery)
  const versions = query.data?.pages.flatMap((page) => page.items) ?? []
  const kinds = query.data?.pages[0]?.kinds ?? []
  const change = (next: { kind?: string; author?: string }) =>
    void navigate({ to: "/configuration", search: next, replace: true })
  const author = versions.find((one) => one.author_id === search.author)
  return (
    <>
      <PageHeader
        title={t("title")}
        hint={t("hint")}
        actions={
          <>
            {mayApprove && policy.data && (
              <Button
                variant="outlined"
                color="inherit"
                startIcon={<UserCheck size={16} />}
                onClick={() => setPolicyOpen(true)}
              >
                {t("policy.open")}
              </Button>
            )}
            <Button
              variant="outlined"
              color="inherit"
              startIcon={<Download size={16} />}
              href={basePath + api.configuration.exportPath}
              download="configuration.json"
            >
              {t("export")}
            </Button>
          </>
        }
      />
      <ProposalsPanel />
      <Box role="search" sx={{ display: "flex", gap: 1, mb: 2, flexWrap: "wrap", alignItems: "center" }}>
        <TextField
          select
          size="small"
          label={t("filters.kind")}
          value={kinds.includes(search.kind ?? "") ? search.kind : ""}
          onChange={(event) => change({ ...search, kind: event.target.value || undefined })}
          sx={{ minWidth: 200 }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t("filters.all")}</MenuItem>
          {kinds.map((kind) => (
            <MenuItem key={kind} value={kind}>
              {words.kind(kind)}
            </MenuItem>
          ))}
        </TextField>
        {search.author && (
          <Chip
            label={t("filters.author", { name: author ? words.author(author) : search.author })}
            onDelete={() => change({ kind: search.kind })}
          />
        )}
      </Box>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={480} sx={{ borderRadius: "14px" }} />}
      {query.data && (
        <Card>
          {versions.length > 0 && (
            <Box component="ul" aria-label={t("list")} sx={{ listStyle: "none", m: 0, p: 0 }}>
              {versions.map((one) => (
                <VersionRow
                  key={one.id}
                  version={one}
                  onOpen={() => setOpened(one)}
                  onAuthor={() => change({ ...search, author: one.author_id })}
                />
              ))}
            </Box>
          )}
          {versions.length === 0 && (
            <EmptyState
              icon={<History size={24} />}
              title={t(search.kind || search.author ? "none_match" : "none")}
              text={t("none_text")}
              action={
                (search.kind || search.author) && (
                  <Button variant="contained" onClick={() => change({})}>
                    {t("filters.clear")}
                  </Button>
                )
              }
            />
          )}
          {query.hasNextPage && (
            <Box sx={{ p: 2, textAlign: "center", borderTop: 1, borderColor: "divider" }}>
              <Button
                color="inherit"
                onClick={() => void query.fetchNextPage()}
                loading={query.isFetchingNextPage}
              >
                {t("more")}
              </Button>
            </Box>
          )}
        </Card>
      )}
      {opened && <VersionDrawer key={opened.id} version={opened} onClose={() => setOpened(null)} />}
      {policyOpen && policy.data && (
        <PolicyDialog policy={policy.data} kinds={kinds} onClose={() => setPolicyOpen(false)} />
      )}
    </>
  )
}

interface VersionRowProps {
  version: ConfigurationVersion
  onOpen: () => void
  onAuthor: () => void
}

function VersionRow({ version, onOpen, onAuthor }: VersionRowProps) {
  const { t } = useTranslation("configuration")
  const words = useVersionWords()
  const format = useFormat()
  const more = [
    version.restored_from !== null && t("restored", { number: version.restored_from }),
    version.approved_by && t("approved", { name: version.approved_by }),
    version.reason,
  ].filter(Boolean)
  return (
    <Box
      component="li"
      sx={{
        display: "grid",
        gridTemplateColumns: { xs: "minmax(0, 1fr)", sm: "minmax(0, 1fr) 200px" },
        alignItems: "center",
        "& + &": { borderTop: 1, borderColor: "divider" },
      }}
    >
      <ButtonBase
        onClick={onOpen}
        sx={{
          display: "block",
          textAlign: "left",
          width: "100%",
          font: "inherit",
          px: { xs: 2, sm: 2.5 },
          pt: 1.5,
          pb: { xs: 0.5, sm: 1.5 },
          // A finger needs as much.
          minHeight: 44,
          "&:hover": { bgcolor: "action.hover" },
        }}
      >
        <Typography component="span" sx={{ fontWeight: 600, overflowWrap: "anywhere" }}>
          {words.name(version)}
        </Typography>
        <Typography component="span" variant="body2" color="textSecondary">
          {[
            "",
            words.name(version) !== words.kind(version.kind) && words.kind(version.kind),
            t("version", { number: version.number }),
            words.what(version),
          ]
            .filter((part) => part !== false)
            .join(" · ")}
        </Typography>
        {more.length > 0 && (
          <Typography variant="caption" color="textSecondary" component="p" sx={{ overflowWrap: "anywhere" }}>
            {more.join(" · ")}
          </Typography>
        )}
      </ButtonBase>
      <Box
        sx={{ px: { xs: 2, sm: 2.5 }, py: { xs: 0, sm: 1.25 }, pb: { xs: 1.25 }, textAlign: { sm: "right" } }}
      >
        {version.author_id ? (
          <Button size="small" color="inherit" onClick={onAuthor} sx={{ p: 0, minWidth: 0 }}>
            {words.author(version)}
          </Button>
        ) : (
          <Typography variant="body2" component="span">
            {words.author(version)}
          </Typography>
        )}
        <Typography variant="caption" color="textSecondary" component="p">
          {format.moment(version.at, "short")}
        </Typography>
      </Box>
    </Box>
  )
}
