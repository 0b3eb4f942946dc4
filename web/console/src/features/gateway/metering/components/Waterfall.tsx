import Box from "@mui/material/Box"
import Typography from "@mui/material/Typography"
import type { Attempt, RequestDetail } from "@powerautomation/api-client"
import { StatusDot } from "@powerautomation/design"
import { useTranslation } from "react-i18next"
import { useFormat } from "~/i18n/useFormat"
import { type Failure, failuresOf, failureText, providersWords } from "../reason"
import { layOut } from "../timeline"
import { Quote } from "./Quote"

const tones = { completed: "good", failed: "bad", cancelled: "warning" } as const
const grounds = { completed: "success.main", failed: "error.main", cancelled: "warning.main" } as const

/** Each attempt as a bar on one time axis; the paler part is waiting, the solid part is the answer streaming. */
export function Waterfall({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const { bars, length } = layOut(request)
  const failures = failuresOf(request)
  return (
    <Box>
      <Box component="ol" sx={{ listStyle: "none", m: 0, p: 0, display: "grid", gap: 2 }}>
        {bars.map(({ attempt, left, width, firstToken }, index) => {
          const waiting = firstToken === null ? width : firstToken - left
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts are in a fixed order and may repeat a deployment
            <li key={index}>
              <Box sx={{ display: "flex", alignItems: "baseline", gap: 1, mb: 0.5, fontSize: "0.84375rem" }}>
                <StatusDot tone={tones[attempt.outcome]} />
                <Box sx={{ fontWeight: 560, minWidth: 0, overflowWrap: "anywhere", flex: 1 }}>
                  {attempt.deployment}
                </Box>
                <Box className="tabular" sx={{ color: "text.secondary" }}>
                  {format.duration(attempt.duration_ms)}
                </Box>
              </Box>
              <Box
                role="img"
                aria-label={t("detail.attempt_label", {
                  number: index + 1,
                  deployment: attempt.deployment,
                  outcome: t(`outcomes.${attempt.outcome}`),
                  duration: format.duration(attempt.duration_ms),
                })}
                sx={{ position: "relative", height: 14, borderRadius: "4px", bgcolor: "background.sunken" }}
              >
                <Box
                  sx={{
                    position: "absolute",
                    insetBlock: 0,
                    left: `${left}%`,
                    width: `max(3px, ${width}%)`,
                    borderRadius: "4px",
                    overflow: "hidden",
                    color: grounds[attempt.outcome],
                    "&::before": {
                      content: '""',
                      position: "absolute",
                      insetBlock: 0,
                      left: 0,
                      width: `${width > 0 ? (waiting / width) * 100 : 100}%`,
                      bgcolor: "currentColor",
                      opacity: firstToken === null ? 0.75 : 0.38,
                    },
                    "&::after": {
                      content: '""',
                      position: "absolute",
                      insetBlock: 0,
                      right: 0,
                      width: `${width > 0 ? 100 - (waiting / width) * 100 : 0}%`,
                      bgcolor: "currentColor",
                    },
                  }}
                />
                {firstToken !== null && (
                  <Box
                    sx={{
                      position: "absolute",
                      top: -3,
                      bottom: -3,
                      left: `calc(${firstToken}% - 1px)`,
                      width: 2,
                      bgcolor: "text.primary",
                      borderRadius: 1,
                    }}
                  />
                )}
              </Box>
              <AttemptNote
                attempt={attempt}
                streamed={firstToken !== null}
                failure={failures[index] ?? null}
              />
            </li>
          )
        })}
      </Box>
      <Box
        className="tabular"
        sx={{
          display: "flex",
          justifyContent: "space-between",
          mt: 1,
          fontSize: "0.75rem",
          color: "text.secondary",
        }}
      >
        <span>0</span>
        <span>{format.duration(length)}</span>
      </Box>
    </Box>
  )
}

interface AttemptNoteProps {
  attempt: Attempt
  streamed: boolean
  failure: Failure | null
}

function AttemptNote({ attempt, streamed, failure }: AttemptNoteProps) {
  const { t } = useTranslation("metering")
  const format = useFormat()
  const failed = failure && failureText(failure, t)
  const words = failure && providersWords(failure, t)
  return (
    <Typography
      variant="caption"
      color="textSecondary"
      component="p"
      sx={{ mt: 0.5, overflowWrap: "anywhere" }}
    >
      {streamed &&
        attempt.first_token_ms !== null &&
        t("detail.first_token_after", { duration: format.duration(attempt.first_token_ms) })}
      {failed && (
        <>
          {streamed && " · "}
          {failed.text}
          {attempt.status > 0 && attempt.status !== 200 && ` (${attempt.status})`}
          {words && (
            <>
              {" — "}
              <Quote label={t("detail.provider_said")} words={words} />
            </>
          )}
          {!words && failure.message && !failed.exact && (
            <>
              {" — "}
              <span lang="en">{failure.message}</span>
            </>
          )}
        </>
      )}
    </Typography>
  )
}
