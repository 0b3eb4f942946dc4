import { useParams } from "@tanstack/react-router"
import { Allowed } from "~/auth/Allowed"
import { RequestPage } from "~/features/gateway/metering/pages/RequestPage"
import { RequestRating } from "~/features/gateway/ratings/components/RequestRating"

/** One request with what was thought of its answer. */
export function RequestWithRating() {
  const { requestId } = useParams({ from: "/signed-in/requests/$requestId" })
  return (
    <RequestPage
      rating={
        <Allowed permission="ratings:read">
          <RequestRating requestId={requestId} />
        </Allowed>
      }
    />
  )
}
