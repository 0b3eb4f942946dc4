"""The master key in a hardware security module: SoftHSM, reached as any other by PKCS#11."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from powerautomation.governance.encryption import (
    HardwareMasterKey,
    LocalMasterKey,
    SecretUnreadable,
    create_hardware_key,
    open_hardware_key,
)
from powerautomation.infrastructure.settings import Pkcs11Settings
from powerautomation.kernel.errors import StartRefused
from tests.integration.app.test_encryption_command import run_command, status_of

ROOT = Path(__file__).resolve().parents[3]
UNPACKED = ROOT / ".cache" / "softhsm" / "usr"
PIN = "a pin of the harbour"


def _program() -> str:
    found = shutil.which("softhsm2-util") or str(UNPACKED / "bin" / "softhsm2-util")
    assert Path(found).exists(), "SoftHSM is missing: install softhsm2, or run make setup where there is apt"
    return found


def _module() -> str:
    places = [Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/local/lib/softhsm/libsofthsm2.so")]
    return str(next(one for one in [*places, UNPACKED / "lib" / "softhsm" / "libsofthsm2.so"] if one.exists()))


@dataclass(frozen=True)
class Token:
    """A token of SoftHSM, and the settings that name it."""

    settings: Pkcs11Settings

    def environment(self, **changed: str) -> dict[str, str]:
        """What a server is told of it."""
        one = self.settings
        named = {"module": one.module, "token": one.token, "key": one.key, "pin": one.pin.get_secret_value(), **changed}
        return {f"POWERAUTOMATION_PKCS11_{name.upper()}": value for name, value in named.items()}


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where SoftHSM keeps its tokens. A process reads its configuration once, so there is one for all tests here."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("commands", "keys", "locked"):
        subprocess.run(
            [_program(), "--module", _module(), "--init-token", "--free", "--label", label, "--pin", PIN,
             "--so-pin", "the officer's"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    yield folder
    os.environ.pop("SOFTHSM2_CONF")
    if before is not None:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def token(hsm: Path) -> Token:
    return Token(Pkcs11Settings(module=_module(), token="keys", key="master", pin=PIN))


@pytest.fixture(scope="module")
def key(token: Token) -> HardwareMasterKey:
    return create_hardware_key(token.settings)


def test_what_the_module_wraps_it_alone_unwraps_for_that_name_only(token: Token, key: HardwareMasterKey) -> None:
    wrapped = key.wrap(b"k" * 32, "0a0b0c0d")
    assert b"k" * 8 not in wrapped
    again = open_hardware_key(token.settings)
    assert again.fingerprint == key.fingerprint
    assert again.unwrap(wrapped, "0a0b0c0d") == b"k" * 32
    for changed, name in (
        (wrapped, "0a0b0c0e"),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "0a0b0c0d"),
        (wrapped[:5] + bytes([wrapped[5] ^ 1]) + wrapped[6:], "0a0b0c0d"),
        (wrapped[:13], "0a0b0c0d"),
        (LocalMasterKey(b"m" * 32).wrap(b"k" * 32, "0a0b0c0d"), "0a0b0c0d"),
        (b"", "0a0b0c0d"),
    ):
        with pytest.raises(SecretUnreadable):
            again.unwrap(changed, name)
    other = create_hardware_key(token.settings, "other")
    assert other.fingerprint != key.fingerprint
    with pytest.raises(SecretUnreadable):
        other.unwrap(wrapped, "0a0b0c0d")


def test_the_key_cannot_be_taken_out(token: Token, key: HardwareMasterKey) -> None:
    from pkcs11 import Attribute, AttributeSensitive

    with pytest.raises(AttributeSensitive):
        key._key[Attribute.VALUE]
    assert key._key[Attribute.EXTRACTABLE] is False


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"module": "/nowhere/module.so"}, "cannot be used"),
        ({"token": "nobody's"}, "There is no token"),
        ({"pin": ""}, "pin is empty"),
        ({"token": "locked", "pin": "a wrong one"}, "refused the pin"),
        ({"key": "nowhere"}, "has no AES key"),
    ],
)
def test_what_is_not_there_is_named_with_what_to_do(
    token: Token, key: HardwareMasterKey, changed: dict[str, str], said: str
) -> None:
    settings = Pkcs11Settings.model_validate({**token.settings.model_dump(), "pin": PIN, **changed})
    with pytest.raises(StartRefused, match=said) as refused:
        open_hardware_key(settings)
    assert refused.value.action
    assert PIN not in str(refused.value) + refused.value.action


def test_an_installation_moves_into_the_module_from_key_to_key_and_out_again(hsm: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    one = Token(Pkcs11Settings(module=_module(), token="commands", key="first", pin=PIN))
    assert run_command("keys", "create", "--name", "laptop", "--data", folder).returncode == 0
    before = status_of(tmp_path / "data")["master_key"]

    refused = run_command("encryption", "status", "--data", folder, environment=one.environment())
    assert refused.returncode != 0
    assert "create-hardware-key" in refused.stderr
    for label in ("first", "second"):
        made = run_command(
            "encryption", "create-hardware-key", "--key", label, "--data", folder, environment=one.environment()
        )
        assert made.returncode == 0, made.stderr
    again = run_command("encryption", "create-hardware-key", "--data", folder, environment=one.environment())
    assert again.returncode != 0
    assert "already" in again.stderr
    refused = run_command("encryption", "status", "--data", folder, environment=one.environment())
    assert "rotate-master-key" in refused.stderr

    moved = run_command("encryption", "rotate-master-key", "--data", folder, environment=one.environment())
    assert moved.returncode == 0, moved.stderr
    inside = status_of(tmp_path / "data", one.environment())["master_key"]
    assert inside != before
    left = run_command("encryption", "status", "--data", folder)
    assert left.returncode != 0, "the file's key opens nothing any more"

    rotated = run_command(
        "encryption", "rotate-data-key", "--wait", "0", "--data", folder, environment=one.environment()
    )
    assert rotated.returncode == 0, rotated.stderr
    kit = run_command("encryption", "recovery-kit", "--data", folder, environment=one.environment())
    assert kit.returncode != 0
    assert "cannot be taken out" in kit.stderr

    to_second = run_command(
        "encryption", "rotate-master-key", "--to-key", "second", "--data", folder, environment=one.environment()
    )
    assert to_second.returncode == 0, to_second.stderr
    second = one.environment(key="second")
    assert status_of(tmp_path / "data", second)["master_key"] not in (before, inside)
    doctor = run_command("doctor", "--json", "--data", folder, environment=second)
    assert "PKCS#11 commands/second" in doctor.stdout

    out = run_command("encryption", "rotate-master-key", "--to-file", "--data", folder, environment=second)
    assert out.returncode == 0, out.stderr
    assert status_of(tmp_path / "data")["master_key"] not in (before, inside)
    events = run_command("audit", "export", "--data", folder)
    assert events.stdout.count('"action":"master_keys.replace"') == 3, events.stdout[-2000:] + events.stderr


def test_a_new_installation_starts_on_the_module_without_a_key_file(hsm: Path, tmp_path: Path) -> None:
    one = Token(Pkcs11Settings(module=_module(), token="commands", key="fresh", pin=PIN))
    folder = str(tmp_path / "data")
    made = run_command("encryption", "create-hardware-key", "--data", folder, environment=one.environment())
    assert made.returncode == 0, made.stderr
    created = run_command("keys", "create", "--name", "laptop", "--data", folder, environment=one.environment())
    assert created.returncode == 0, created.stderr
    assert not (tmp_path / "data" / "secret.key").exists()
    assert not list((tmp_path / "data").glob("recovery-kit-*"))
    assert status_of(tmp_path / "data", one.environment())["data_keys"]


def test_keys_are_replaced_and_told_apart_without_a_module() -> None:
    refused = run_command("encryption", "rotate-master-key", "--to-file")
    assert refused.returncode == 2
    assert run_command("encryption", "create-hardware-key").returncode == 2


def test_half_a_module_is_no_setting(tmp_path: Path) -> None:
    done = run_command(
        "encryption", "status", "--data", str(tmp_path), environment={"POWERAUTOMATION_PKCS11_MODULE": "/x.so"}
    )
    assert done.returncode != 0
    assert "token" in done.stderr
