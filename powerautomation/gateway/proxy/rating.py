"""Takes ratings of answers from whoever holds a gateway key of the organization that asked."""

from powerautomation.gateway.proxy.service import Gateway
from powerautomation.gateway.ratings import RatingDesk
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.kernel.errors import NotFound, Problem
from powerautomation.kernel.principal import Principal

LONGEST_BODY_BYTES = 1024 * 1024


async def give_rating(gateway: Gateway, key: ApiKeyRecord, body: bytes) -> bytes:
    """Store the rating in a body and return it as JSON. Raises RatingInvalid, RequestNotFound."""
    return await _desk(gateway).rate_by_key(_rater(key), body)


async def withdraw_rating(gateway: Gateway, key: ApiKeyRecord, method: str, request_id: str) -> bytes:
    """Forget the key's rating of a request and say so as JSON. Raises RatingNotFound."""
    if method != "DELETE":
        raise Problem("This path answers DELETE only.", code="gateway.method_not_allowed", status=405)
    return await _desk(gateway).withdraw(_rater(key), request_id)


def _desk(gateway: Gateway) -> RatingDesk:
    if gateway.ratings is None:
        raise NotFound("No ratings are kept here.", code="gateway.unknown_path")
    return gateway.ratings


def _rater(key: ApiKeyRecord) -> Principal:
    return Principal("api_key", key.id, key.organization_id, key.name, key.created_by)
