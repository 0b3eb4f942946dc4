"""Encryption under the installation's key."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.governance.encryption import SecretBox, SecretUnreadable

MASTER = bytes(range(32))


@given(plain=st.binary(max_size=2000), associated=st.text(max_size=50))
def test_what_was_sealed_opens_only_in_its_place(plain: bytes, associated: str) -> None:
    box = SecretBox(MASTER)

    sealed = box.encrypt(plain, associated)

    assert box.decrypt(sealed, associated) == plain
    with pytest.raises(SecretUnreadable, match="changed or moved"):
        box.decrypt(sealed, associated + "x")


@given(position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_changed_bit_is_noticed(position: int, bit: int) -> None:
    box = SecretBox(MASTER)
    sealed = bytearray(box.encrypt(b"provider key", "p"))
    sealed[position % len(sealed)] ^= 1 << bit

    with pytest.raises(SecretUnreadable):
        box.decrypt(bytes(sealed), "p")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 32, b"\x02" * 100])
def test_what_is_not_a_ciphertext_is_refused(sealed: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        SecretBox(MASTER).decrypt(sealed, "p")


def test_another_key_cannot_open_it_and_the_reason_is_named() -> None:
    sealed = SecretBox(MASTER).encrypt(b"x", "p")

    with pytest.raises(SecretUnreadable, match="another secret key"):
        SecretBox(MASTER[::-1]).decrypt(sealed, "p")


def test_two_sealings_of_one_secret_do_not_look_alike() -> None:
    box = SecretBox(MASTER)

    assert len({box.encrypt(b"same", "p") for _ in range(100)}) == 100


def test_the_format_is_the_documented_one() -> None:
    box = SecretBox(MASTER)
    sealed = box.encrypt(b"x", "p")

    assert sealed[:1] == b"\x01"
    assert sealed[1:5] == box.key_id
    assert AESGCM(box.derive("encryption")).decrypt(sealed[5:17], sealed[17:], sealed[:5] + b"p") == b"x"


def test_derived_keys_are_stable_and_unrelated() -> None:
    # Stored HMACs and ciphertexts depend on these bytes: they must be the same in every version for ever.
    box = SecretBox(MASTER)

    assert box.derive("api keys").hex() == "d5913c842d97cf059ad2fe0dd851fcbd7bc8f48eed7fefce9c13dd11135873dc"
    assert box.derive("api keys") != box.derive("api keys ")
    assert box.fingerprint == "ce5216bf38d03bf880d0869fa7c00c150ce66dfc675c7f0fbe96948238f1ec64"
    assert SecretBox(MASTER[::-1]).derive("api keys") != box.derive("api keys")


def test_a_box_does_not_show_its_key() -> None:
    text = repr(SecretBox(MASTER))

    assert MASTER.hex() not in text
    assert repr(MASTER) not in text


def test_a_short_master_key_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox(b"short")
