"""Encryption under data keys, and data keys under a master key."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.governance.encryption import LocalMasterKey, Place, SealedColumn, SecretBox, SecretUnreadable
from tests.fixtures.encryption import DATA_KEY, new_box

MASTER = bytes(range(32))
HERE = Place("org_1", "providers", "api_key", ("prv_1",))
words = st.text(max_size=20)


@given(plain=st.binary(max_size=2000), names=st.tuples(words, words, words, words), other=st.integers(0, 3))
def test_what_was_sealed_opens_only_in_its_place(plain: bytes, names: tuple[str, str, str, str], other: int) -> None:
    box = new_box()
    moved = [*names]
    moved[other] += "x"

    sealed = box.encrypt(plain, place_of(*names))

    assert box.decrypt(sealed, place_of(*names)) == plain
    with pytest.raises(SecretUnreadable, match="changed or moved"):
        box.decrypt(sealed, place_of(*moved))


def place_of(organization_id: str, table: str, column: str, row: str) -> Place:
    return Place(organization_id, table, column, (row,))


def test_parts_of_a_place_do_not_run_into_each_other() -> None:
    assert Place("a", "b", "c", ("d", "e")).as_bytes() != Place("a", "b", "c", ('d","e',)).as_bytes()
    assert Place("a", "b", "c", ("d/e",)).as_bytes() != Place("a", "b", "c", ("d", "e")).as_bytes()


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed(position: int, bit: int) -> None:
    box = new_box()
    sealed = bytearray(box.encrypt(b"provider key", HERE))
    sealed[position % len(sealed)] ^= 1 << bit

    with pytest.raises(SecretUnreadable):
        box.decrypt(bytes(sealed), HERE)


@pytest.mark.parametrize("sealed", [b"", b"\x02", b"\x02" * 32, b"\x01" * 100, b"\x03" * 100])
def test_what_is_not_a_ciphertext_is_refused(sealed: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        new_box().decrypt(sealed, HERE)


def test_another_data_key_cannot_open_it_and_the_reason_is_named() -> None:
    sealed = new_box().encrypt(b"x", HERE)
    other = SecretBox(LocalMasterKey(MASTER), b"d" * 32, {"00000001": b"k" * 32}, "00000001")

    with pytest.raises(SecretUnreadable, match="data key that is not here"):
        other.decrypt(sealed, HERE)


def test_a_new_key_writes_and_the_old_one_still_reads() -> None:
    box = new_box()
    before = box.encrypt(b"before", HERE)

    box.use({"00000002": b"n" * 32}, "00000002")

    after = box.encrypt(b"after", HERE)
    assert after[1:5].hex() == box.active == "00000002"
    assert (box.decrypt(before, HERE), box.decrypt(after, HERE)) == (b"before", b"after")
    with pytest.raises(ValueError, match="not among"):
        box.use({}, "00000003")


def test_two_sealings_of_one_secret_do_not_look_alike() -> None:
    box = new_box()

    assert len({box.encrypt(b"same", HERE) for _ in range(100)}) == 100


def test_the_format_is_the_documented_one() -> None:
    sealed = new_box().encrypt(b"x", HERE)

    assert sealed[:1] == b"\x02"
    assert sealed[1:5].hex() == DATA_KEY
    associated = sealed[:5] + b'["org_1","providers","api_key","prv_1"]'
    assert AESGCM(b"k" * 32).decrypt(sealed[5:17], sealed[17:], associated) == b"x"


def test_derived_keys_are_stable_and_unrelated() -> None:
    # Stored HMACs depend on these bytes: they must be the same in every version for ever.
    box = SecretBox(LocalMasterKey(MASTER), MASTER, {DATA_KEY: b"k" * 32}, DATA_KEY)

    assert box.derive("api keys").hex() == "d5913c842d97cf059ad2fe0dd851fcbd7bc8f48eed7fefce9c13dd11135873dc"
    assert box.derive("api keys") != box.derive("api keys ")
    assert new_box().derive("api keys") != box.derive("api keys")


def test_a_master_key_wraps_under_a_name_and_shows_nothing() -> None:
    master_key = LocalMasterKey(MASTER)
    wrapped = master_key.wrap(b"k" * 32, DATA_KEY)

    assert master_key.fingerprint == "ce5216bf38d03bf880d0869fa7c00c150ce66dfc675c7f0fbe96948238f1ec64"
    assert master_key.unwrap(wrapped, DATA_KEY) == b"k" * 32
    assert b"kkkk" not in wrapped
    for key, name, content in (
        (master_key, "00000001", wrapped),
        (LocalMasterKey(MASTER[::-1]), DATA_KEY, wrapped),
        (master_key, DATA_KEY, wrapped[:-1]),
        (master_key, DATA_KEY, b""),
    ):
        with pytest.raises(SecretUnreadable):
            key.unwrap(content, name)


def test_nothing_shows_its_key() -> None:
    for shown in (repr(new_box()), repr(LocalMasterKey(MASTER))):
        assert MASTER.hex() not in shown
        assert repr(MASTER) not in shown
        assert "kkkk" not in shown


def test_a_short_master_key_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LocalMasterKey(b"short")


def test_a_place_needs_every_part_of_its_row() -> None:
    with pytest.raises(ValueError, match="2 values"):
        SealedColumn("answers", "content", ("api_key_id", "id")).place("org_1", "one")
