import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import Skeleton from "@mui/material/Skeleton"
import TextField from "@mui/material/TextField"
import ToggleButton from "@mui/material/ToggleButton"
import ToggleButtonGroup from "@mui/material/ToggleButtonGroup"
import Typography from "@mui/material/Typography"
import type { Rating } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { ThumbsDown, ThumbsUp } from "lucide-react"
import { useId, useState } from "react"
import { useTranslation } from "react-i18next"
import { Ago } from "~/display"
import { ProblemPanel, showToast } from "~/feedback"
import { ratingsQuery, useRate } from "../queries"

const LONGEST_COMMENT = 1000

/** What people and programs think of an answer, and one's own thumb. */
export function RequestRating({ requestId }: { requestId: string }) {
  const { t } = useTranslation("ratings")
  const id = useId()
  const query = useQuery(ratingsQuery(requestId))
  const own = query.data?.find((one) => one.mine)
  const others = query.data?.filter((one) => !one.mine) ?? []
  return (
    <Box component="section" aria-labelledby={id}>
      <Typography variant="h3" component="h3" id={id} sx={{ mb: 1.25 }}>
        {t("title")}
      </Typography>
      {query.error && <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton variant="rounded" height={40} />}
      {query.data && <OwnRating key={own?.rated_at ?? ""} requestId={requestId} own={own} />}
      {others.length > 0 && (
        <Box component="ul" sx={{ listStyle: "none", p: 0, m: 0, mt: 2, display: "grid", gap: 1.25 }}>
          {others.map((one) => (
            <OtherRating key={`${one.rater_kind}-${one.rater_name}-${one.rated_at}`} rating={one} />
          ))}
        </Box>
      )}
    </Box>
  )
}

function OwnRating({ requestId, own }: { requestId: string; own: Rating | undefined }) {
  const { t } = useTranslation("ratings")
  const rate = useRate(requestId)
  const [comment, setComment] = useState(own?.comment ?? "")
  const choose = (rating: -1 | 1 | null) =>
    rate.mutate(rating === null ? null : { rating, comment: comment.trim() }, {
      onSuccess: () => showToast(t(rating === null ? "withdrawn" : "given")),
    })
  return (
    <Box sx={{ display: "grid", gap: 1.5 }}>
      {rate.error && <ProblemPanel error={rate.error} />}
      <ToggleButtonGroup
        exclusive
        size="small"
        value={own?.rating ?? null}
        disabled={rate.isPending}
        onChange={(_, value: -1 | 1 | null) => choose(value)}
        aria-label={t("yours")}
      >
        <ToggleButton value={1} sx={{ gap: 1, minHeight: 40, px: 1.75 }}>
          <ThumbsUp size={16} aria-hidden /> {t("good")}
        </ToggleButton>
        <ToggleButton value={-1} sx={{ gap: 1, minHeight: 40, px: 1.75 }}>
          <ThumbsDown size={16} aria-hidden /> {t("bad")}
        </ToggleButton>
      </ToggleButtonGroup>
      {own && (
        <SafeForm onSubmit={() => choose(own.rating < 0 ? -1 : 1)}>
          <Box sx={{ display: "grid", gap: 1, justifyItems: "start" }}>
            <TextField
              label={t("comment")}
              value={comment}
              onChange={(event) => setComment(event.target.value)}
              multiline
              fullWidth
              maxRows={6}
              size="small"
              slotProps={{ htmlInput: { maxLength: LONGEST_COMMENT } }}
            />
            {comment.trim() !== own.comment && (
              <Button type="submit" variant="outlined" size="small" loading={rate.isPending}>
                {t("save")}
              </Button>
            )}
          </Box>
        </SafeForm>
      )}
    </Box>
  )
}

function OtherRating({ rating }: { rating: Rating }) {
  const { t } = useTranslation("ratings")
  const good = rating.rating > 0
  const Icon = good ? ThumbsUp : ThumbsDown
  return (
    <Box component="li" sx={{ display: "flex", gap: 1.25 }}>
      <Box sx={{ color: good ? "success.main" : "error.main", pt: 0.25 }}>
        <Icon size={16} role="img" aria-label={t(good ? "good" : "bad")} />
      </Box>
      <Box sx={{ minWidth: 0 }}>
        {rating.comment && (
          <Typography variant="body2" sx={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
            {rating.comment}
          </Typography>
        )}
        <Typography variant="caption" color="textSecondary" component="p">
          {t(rating.rater_kind === "api_key" ? "by_key" : "by_person", { name: rating.rater_name })}
          {" · "}
          <Ago moment={rating.rated_at} />
        </Typography>
      </Box>
    </Box>
  )
}
