"""Who calls: the same decision for every credential carrier."""

import time
from collections.abc import Callable

import pytest

from powerautomation.gateway.proxy.credentials import KeyUses, authenticate, hmac_of_token
from powerautomation.gateway.proxy.errors import DoorClosed, KeyRefused
from powerautomation.identity.api_keys import DOORS, MODELS, ApiKeyRecord

SECRET = b"a secret of the tests"
VALID, EXPIRED, ALMOST = b"pa_valid", b"pa_expired", b"pa_almost"
CARRIERS: dict[str, Callable[[bytes], tuple[bytes, bytes]]] = {
    "bearer": lambda token: (b"authorization", b"Bearer " + token),
    "small bearer": lambda token: (b"authorization", b"bearer  " + token + b" "),
    "x-api-key": lambda token: (b"x-api-key", b" " + token + b" "),
    "x-goog-api-key": lambda token: (b"x-goog-api-key", token),
}


def keys() -> dict[bytes, ApiKeyRecord]:
    now_ms = time.time_ns() // 1_000_000
    ends = {VALID: None, EXPIRED: now_ms - 1, ALMOST: now_ms + 60_000}
    digests = {token: hmac_of_token(token, SECRET) for token in ends}
    return {
        digests[token]: ApiKeyRecord(token.decode(), "org_1", token.decode(), digests[token], end)
        for token, end in ends.items()
    }


def found(
    headers: list[tuple[bytes, bytes]],
    known: dict[bytes, ApiKeyRecord],
    door: str = "chat",
    uses: KeyUses | None = None,
) -> ApiKeyRecord:
    return authenticate(headers, SECRET, known, door=door, uses=uses or KeyUses())


def decision(*headers: tuple[bytes, bytes]) -> str:
    try:
        return found([(b"host", b"x"), *headers], keys()).id
    except KeyRefused as refused:
        return refused.message if refused.status == 401 and refused.action else repr(refused)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (VALID, "pa_valid"),
        (ALMOST, "pa_almost"),
        (EXPIRED, "The gateway key “pa_expired” has expired."),
        (b"pa_unknown", "The gateway key is unknown or was revoked."),
        (b"pa_valid2", "The gateway key is unknown or was revoked."),
        (b"PA_valid", "The credential is not a gateway key: those begin with pa_."),
        (b"sk-ant-of-a-vendor", "The credential is not a gateway key: those begin with pa_."),
        (b"\xff\xfe", "The credential is not a gateway key: those begin with pa_."),
        (b"", "No gateway key was sent."),
    ],
)
def test_every_carrier_gets_the_same_decision(token: bytes, expected: str) -> None:
    decisions = {name: decision(carrier(token)) for name, carrier in CARRIERS.items()}
    assert decisions == dict.fromkeys(CARRIERS, expected)


def test_a_key_of_ours_counts_beside_a_key_of_a_vendor() -> None:
    carriers = list(CARRIERS.values())
    for ours in carriers:
        for theirs in carriers:
            if ours(b"")[0] != theirs(b"")[0]:
                assert decision(theirs(b"sk-ant-1"), ours(VALID)) == "pa_valid"
                assert decision(ours(VALID), theirs(b"sk-ant-1")) == "pa_valid"


def test_of_two_keys_of_ours_the_same_one_decides_in_any_order() -> None:
    bearer, plain = CARRIERS["bearer"](VALID), CARRIERS["x-api-key"](b"pa_unknown")
    assert decision(bearer, plain) == decision(plain, bearer) == "pa_valid"
    bearer, plain = CARRIERS["bearer"](b"pa_unknown"), CARRIERS["x-api-key"](VALID)
    assert decision(bearer, plain) == decision(plain, bearer) == "The gateway key is unknown or was revoked."


def test_other_schemes_carry_no_key() -> None:
    assert decision((b"authorization", b"Basic " + VALID)) == "No gateway key was sent."
    assert decision((b"cookie", b"key=" + VALID)) == "No gateway key was sent."


def test_a_revoked_key_is_refused_although_its_hash_is_remembered() -> None:
    headers = [CARRIERS["bearer"](VALID)]
    known = keys()
    assert found(headers, known).id == "pa_valid"
    del known[hmac_of_token(VALID, SECRET)]
    with pytest.raises(KeyRefused):
        found(headers, known)


@pytest.mark.parametrize(
    ("doors", "opened"),
    [
        (None, {*DOORS, MODELS}),
        (frozenset(), set()),
        (frozenset({"chat"}), {"chat", MODELS}),
        (frozenset({"files", "messages"}), {"files", "messages", MODELS}),
    ],
)
def test_a_key_opens_the_doors_it_was_given(doors: frozenset[str] | None, opened: set[str]) -> None:
    digest = hmac_of_token(VALID, SECRET)
    known = {digest: ApiKeyRecord("key_1", "org_1", "one", digest, doors=doors)}
    for door in (*DOORS, MODELS):
        uses = KeyUses()
        if door in opened:
            assert found([CARRIERS["bearer"](VALID)], known, door, uses).id == "key_1"
            assert set(uses.present) == {"key_1"}
        else:
            with pytest.raises(DoorClosed, match=door):
                found([CARRIERS["bearer"](VALID)], known, door, uses)
            assert uses.present == {}


def test_the_use_of_a_secret_from_before_a_rotation_is_noted_apart() -> None:
    digest = hmac_of_token(VALID, SECRET)
    uses = KeyUses()
    found([CARRIERS["bearer"](VALID)], {digest: ApiKeyRecord("k", "o", "n", digest, is_previous=True)}, uses=uses)
    assert (set(uses.present), set(uses.previous)) == (set(), {"k"})
