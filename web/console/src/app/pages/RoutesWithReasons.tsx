import { useLimitWords } from "~/features/gateway/limits/useLimitWords"
import { useReasonWords } from "~/features/gateway/metering/useReasonWords"
import { RoutesPage } from "~/features/gateway/routing/pages/RoutesPage"

/** The routes; a dry run says why in the words of a request's own page, and names limits as their page does. */
export function RoutesWithReasons() {
  const reasons = useReasonWords()
  const limits = useLimitWords()
  return <RoutesPage words={{ ...reasons, ...limits }} />
}
