import Autocomplete from "@mui/material/Autocomplete"
import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import ButtonBase from "@mui/material/ButtonBase"
import Dialog from "@mui/material/Dialog"
import DialogActions from "@mui/material/DialogActions"
import DialogContent from "@mui/material/DialogContent"
import DialogTitle from "@mui/material/DialogTitle"
import Link from "@mui/material/Link"
import MenuItem from "@mui/material/MenuItem"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import Typography from "@mui/material/Typography"
import type { ProviderDialect, ProviderPreset, ProviderTest } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useMutation, useQuery } from "@tanstack/react-query"
import { ChevronRight, Plug } from "lucide-react"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel, showToast } from "~/feedback"
import { useFormat } from "~/i18n/useFormat"
import { api } from "~/server"
import { faultOf, isProviderName, type ModelDraft, modelDraft, modelsOf, modelsOfPreset } from "../draft"
import { presetWords } from "../presetWords"
import { presetsQuery, useCreateProvider } from "../queries"
import { ModelFields } from "./ModelFields"
import { TestResult } from "./TestResult"

/** As many as one provider may offer. */
const MOST_MODELS = 100
const dialects: readonly ProviderDialect[] = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
]

/** Choose a provider, paste its key, see it tested live, save. */
export function AddProviderDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("providers")
  const id = useId()
  const [preset, setPreset] = useState<ProviderPreset | "custom" | null>(null)
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={id}>
      <DialogTitle id={id}>
        {preset === null
          ? t("add.title")
          : preset === "custom"
            ? t("add.custom")
            : presetWords(preset, t).name}
      </DialogTitle>
      {preset === null ? (
        <>
          <DialogContent>
            <Presets onChoose={setPreset} />
          </DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button color="inherit" onClick={onClose}>
              {t("cancel", { ns: "common" })}
            </Button>
          </DialogActions>
        </>
      ) : (
        <ProviderForm
          preset={preset === "custom" ? null : preset}
          onBack={() => setPreset(null)}
          onSaved={onClose}
        />
      )}
    </Dialog>
  )
}

function Presets({ onChoose }: { onChoose: (preset: ProviderPreset | "custom") => void }) {
  const { t } = useTranslation("providers")
  const query = useQuery(presetsQuery)
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Skeleton variant="rounded" height={260} />
  const entries = [
    // Any other server has its own entry, in the reader's language.
    ...query.data
      .filter((preset) => preset.base_url)
      .map((preset) => ({
        id: preset.id,
        name: presetWords(preset, t).name,
        hint: hostOf(preset.base_url),
        choice: preset as ProviderPreset | "custom",
      })),
    { id: "custom", name: t("add.custom"), hint: t("add.custom_hint"), choice: "custom" as const },
  ]
  return (
    <Box
      component="ul"
      sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 1, gridTemplateColumns: "minmax(0, 1fr)" }}
    >
      {entries.map((entry) => (
        <li key={entry.id}>
          <ButtonBase
            onClick={() => onChoose(entry.choice)}
            sx={{
              width: "100%",
              display: "flex",
              gap: 1.5,
              p: 1.5,
              border: 1,
              borderColor: "divider",
              borderRadius: "10px",
              textAlign: "left",
              fontFamily: "inherit",
              "&:hover": { borderColor: "primary.main", bgcolor: "ledger.accentSoft" },
            }}
          >
            <Box sx={{ flex: 1, minWidth: 0 }}>
              <Typography variant="body2" sx={{ fontWeight: 600 }}>
                {entry.name}
              </Typography>
              <Typography variant="caption" color="textSecondary" noWrap component="p">
                {entry.hint}
              </Typography>
            </Box>
            <ChevronRight size={17} aria-hidden />
          </ButtonBase>
        </li>
      ))}
    </Box>
  )
}

function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return url
  }
}

interface ProviderFormProps {
  preset: ProviderPreset | null
  onBack: () => void
  onSaved: () => void
}

function ProviderForm({ preset, onBack, onSaved }: ProviderFormProps) {
  const { t } = useTranslation("providers")
  const [name, setName] = useState(preset?.id ?? "")
  const [dialect, setDialect] = useState<ProviderDialect>("openai-chat")
  const [baseUrl, setBaseUrl] = useState(preset?.base_url ?? "")
  const [apiKey, setApiKey] = useState("")
  const [models, setModels] = useState<ModelDraft[]>(() => (preset ? modelsOfPreset(preset) : []))
  const where = preset ? { preset: preset.id } : { dialect, base_url: baseUrl.trim() }
  const test = useMutation({
    mutationFn: () => api.providers.testDraft({ ...where, api_key: apiKey.trim() }),
  })
  const create = useCreateProvider()
  const reachable = Boolean(preset || baseUrl.trim())
  const needsKey = preset !== null && !preset.keyless
  const discovers = preset?.keyless || preset?.models.length === 0
  const ready =
    reachable && isProviderName(name) && models.length > 0 && models.every((model) => faultOf(model) === null)
  const save = () =>
    ready &&
    create.mutate(
      { ...where, name: name.trim(), api_key: apiKey.trim(), models: modelsOf(models) },
      {
        onSuccess: (provider) => {
          showToast(t("add.done", { name: provider.name }))
          onSaved()
        },
      },
    )
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value)
      test.reset()
    }
  return (
    <SafeForm onSubmit={() => (test.data?.ok ? save() : reachable && test.mutate())}>
      <DialogContent sx={{ display: "grid", gap: 2, pt: "8px !important" }}>
        {preset?.note && (
          <Typography variant="body2" color="textSecondary">
            {presetWords(preset, t).note}
          </Typography>
        )}
        {create.error && <ProblemPanel error={create.error} />}
        {!preset && (
          <>
            <TextField
              label={t("add.base_url")}
              placeholder="https://…/v1"
              value={baseUrl}
              onChange={(event) => change(setBaseUrl)(event.target.value)}
              helperText={t("add.base_url_hint")}
              autoFocus
            />
            <TextField
              select
              label={t("dialect")}
              value={dialect}
              onChange={(event) => change(setDialect)(event.target.value as ProviderDialect)}
            >
              {dialects.map((one) => (
                <MenuItem key={one} value={one}>
                  {t(`dialects.${one}`)}
                </MenuItem>
              ))}
            </TextField>
          </>
        )}
        <TextField
          label={t("add.name")}
          helperText={t("add.name_hint")}
          error={name.trim() !== "" && !isProviderName(name)}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 60, spellCheck: false } }}
        />
        <TextField
          label={t("add.api_key")}
          type="password"
          autoComplete="off"
          value={apiKey}
          autoFocus={needsKey}
          onChange={(event) => change(setApiKey)(event.target.value)}
          helperText={
            preset?.key_url ? (
              <Link
                href={preset.key_url}
                target="_blank"
                rel="noreferrer"
                sx={{ display: "inline-block", py: 0.5 }}
              >
                {t("add.get_key", { name: presetWords(preset, t).name })}
              </Link>
            ) : (
              t(preset?.keyless ? "add.keyless_hint" : "add.key_hint")
            )
          }
        />
        <Box>
          <Button
            variant={test.data?.ok ? "outlined" : "contained"}
            startIcon={<Plug size={16} />}
            disabled={!reachable || (needsKey && !apiKey.trim())}
            loading={test.isPending}
            type={test.data?.ok ? "button" : "submit"}
            onClick={test.data?.ok ? () => test.mutate() : undefined}
          >
            {t(discovers ? "test.discover" : "test.run")}
          </Button>
        </Box>
        {test.error && <ProblemPanel error={test.error} onRetry={() => test.mutate()} />}
        {test.data && <TestResult test={test.data} />}
        {test.data?.ok && <FoundModels test={test.data} models={models} onChange={setModels} />}
        {(test.data?.ok || models.length > 0) && <ModelFields models={models} onChange={setModels} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="inherit" onClick={onBack} sx={{ mr: "auto" }}>
          {t("add.back")}
        </Button>
        <Button
          variant={test.data?.ok ? "contained" : "outlined"}
          disabled={!ready}
          loading={create.isPending}
          type={test.data?.ok ? "submit" : "button"}
          onClick={test.data?.ok ? undefined : save}
        >
          {test.data?.ok ? t("add.save") : t("add.save_untested")}
        </Button>
      </DialogActions>
    </SafeForm>
  )
}

interface FoundModelsProps {
  test: ProviderTest
  models: readonly ModelDraft[]
  onChange: (models: ModelDraft[]) => void
}

/** The models that the provider listed, to be taken over with a click; the price is shown where it is known. */
function FoundModels({ test, models, onChange }: FoundModelsProps) {
  const { t } = useTranslation("providers")
  const format = useFormat()
  const left = test.models.filter((found) => !models.some((model) => model.model === found.id))
  if (left.length === 0) return null
  const adopt = (found: ProviderTest["models"]) =>
    onChange([...models, ...found.map((one) => modelDraft(one.id, one.id))])
  return (
    <Box sx={{ display: "flex", gap: 1, alignItems: "center", flexWrap: "wrap" }}>
      <Autocomplete
        sx={{ flex: "1 1 260px" }}
        options={left}
        getOptionLabel={(found) => found.id}
        value={null}
        blurOnSelect
        clearOnBlur
        onChange={(_, found) => found && adopt([found])}
        renderInput={(parameters) => (
          <TextField {...parameters} size="small" label={t("models.pick", { count: left.length })} />
        )}
        renderOption={({ key, ...props }, found) => (
          <Box component="li" key={key} {...props} sx={{ display: "flex", gap: 2 }}>
            <Box sx={{ flex: 1, minWidth: 0, overflowWrap: "anywhere" }}>{found.id}</Box>
            <Typography variant="caption" color="textSecondary" className="tabular">
              {found.price?.input && found.price.output
                ? t("price", {
                    input: format.price(found.price.input, found.price.currency),
                    output: format.price(found.price.output, found.price.currency),
                  })
                : t("unknown_price", { ns: "common" })}
            </Typography>
          </Box>
        )}
      />
      {models.length + left.length <= MOST_MODELS && (
        <Button size="small" onClick={() => adopt(left)}>
          {t("models.take_all", { count: left.length })}
        </Button>
      )}
    </Box>
  )
}
