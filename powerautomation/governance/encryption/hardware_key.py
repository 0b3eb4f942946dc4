"""A master key inside a hardware security module, by PKCS#11: it wraps there and never comes out."""

import hashlib
import os
from typing import TYPE_CHECKING, Any

from powerautomation.governance.encryption.errors import SecretUnreadable
from powerautomation.infrastructure.settings import Pkcs11Settings
from powerautomation.kernel.errors import StartRefused

if TYPE_CHECKING:
    from pkcs11 import SecretKey, Session

_VERSION = b"\x02"
_NONCE_BYTES = 12
_TAG_BITS = 128
_KEY_BITS = 256
# What the key encrypts to be told apart; it wraps nothing of this form.
_KNOWN = hashlib.sha256(b"powerautomation|fingerprint").digest()

# Who signs in does so for all sessions of the process, until the session that did it is closed.
_signed_in: "dict[tuple[str, str], Session]" = {}


class HardwareMasterKey:
    """Wraps data keys with the module's AES-256-GCM: ``version (1 byte) | nonce (12) | ciphertext and tag``."""

    __slots__ = ("_key", "_label", "_session", "fingerprint")

    def __init__(self, session: "Session", key: "SecretKey", label: str) -> None:
        from pkcs11 import Mechanism

        # Kept, as the key is only usable while its session is open.
        self._session = session
        self._key = key
        self._label = label
        self.fingerprint = bytes(
            key.encrypt(_KNOWN, mechanism=Mechanism.AES_CBC, mechanism_param=bytes(16))  # type: ignore[attr-defined]  # a key that may encrypt
        ).hex()

    def __repr__(self) -> str:
        return f"HardwareMasterKey(label={self._label!r}, fingerprint={self.fingerprint[:8]})"

    def wrap(self, key: bytes, name: str) -> bytes:
        """Return a data key of that name, wrapped. Raises SecretUnreadable when the module refuses."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._done("encrypt", key, nonce, name)

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Return a wrapped data key. Raises SecretUnreadable for another key, another name, changed bytes, and when the
        module refuses."""
        if wrapped[:1] != _VERSION or len(wrapped) <= 1 + _NONCE_BYTES:
            raise SecretUnreadable(
                f"The data key {name} was not wrapped by a hardware security module.",
                action="Start with the master key that wrapped it.",
            )
        return self._done("decrypt", wrapped[1 + _NONCE_BYTES :], wrapped[1 : 1 + _NONCE_BYTES], name)

    def _done(self, what: str, content: bytes, nonce: bytes, name: str) -> bytes:
        from pkcs11 import GCMParams, Mechanism, PKCS11Error

        parameters = GCMParams(nonce, _VERSION + name.encode(), _TAG_BITS)
        try:
            return bytes(getattr(self._key, what)(content, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
        except PKCS11Error as error:
            raise SecretUnreadable(
                f"The hardware security module did not {what} the data key {name} ({type(error).__name__}).",
                action="Check that the module answers and holds the master key that wrapped it.",
            ) from error


def open_hardware_key(settings: Pkcs11Settings, label: str = "") -> HardwareMasterKey:
    """Return the key of the settings, or the one of another label of the same token.

    Raises StartRefused when the module, the token, the pin or the key is not there.
    """
    from pkcs11 import KeyType, MultipleObjectsReturned, NoSuchKey, ObjectClass, PKCS11Error

    label = label or settings.key
    session = _session(settings)
    try:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=label)
        return HardwareMasterKey(session, key, label)  # type: ignore[arg-type]  # what was asked for is a secret key
    except NoSuchKey:
        raise _refused(
            f"The token “{settings.token}” has no AES key “{label}”.",
            "Make one with `powerautomation encryption create-hardware-key`, or correct pkcs11.key.",
        ) from None
    except MultipleObjectsReturned:
        raise _refused(
            f"The token “{settings.token}” has several keys “{label}”.", "Give the right one a label of its own."
        ) from None
    except PKCS11Error as error:
        raise _refused(
            f"The key “{label}” cannot be used: {type(error).__name__}.",
            "It must be an AES-256 key that may encrypt and decrypt (AES-GCM, AES-CBC).",
        ) from error


def create_hardware_key(settings: Pkcs11Settings, label: str = "") -> HardwareMasterKey:
    """Make an AES-256 key in the token that cannot be taken out of it, and return it. Raises StartRefused; also when
    there is one of that label."""
    from pkcs11 import Attribute, KeyType, ObjectClass, PKCS11Error

    label = label or settings.key
    session = _session(settings, writing=True)
    template: dict[Any, Any] = {
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.ENCRYPT: True,
        Attribute.DECRYPT: True,
    }
    try:
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}
        if next(iter(session.get_objects(wanted)), None) is not None:
            raise _refused(f"The token “{settings.token}” has a key “{label}” already.", "Choose another label.")
        key = session.generate_key(KeyType.AES, _KEY_BITS, label=label, store=True, template=template)
    except PKCS11Error as error:
        raise _refused(
            f"The token did not make a key: {type(error).__name__}.", "Check the rights of the token's user."
        ) from error
    return HardwareMasterKey(session, key, label)


def _session(settings: Pkcs11Settings, *, writing: bool = False) -> "Session":
    try:
        import pkcs11
    except ModuleNotFoundError:
        raise _refused(
            "pkcs11.module is set, but the package that speaks PKCS#11 is not installed.",
            "Install it into the server's environment: pip install 'powerautomation[pkcs11]'",
        ) from None
    pin = settings.pin.get_secret_value()
    if not pin:
        raise _refused("pkcs11.module is set and pkcs11.pin is empty.", "Set POWERAUTOMATION_PKCS11_PIN.")
    try:
        token = pkcs11.lib(settings.module).get_token(token_label=settings.token)
        place = (settings.module, settings.token)
        if place not in _signed_in:
            _signed_in[place] = token.open(user_pin=pin)
        return token.open(rw=writing)
    except pkcs11.NoSuchToken:
        raise _refused(f"There is no token “{settings.token}”.", "Correct pkcs11.token.") from None
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked, pkcs11.PinExpired) as error:
        # Never tried again by itself: a few wrong ones lock most tokens for good.
        raise _refused(
            f"The token “{settings.token}” refused the pin ({type(error).__name__}).", "Correct pkcs11.pin."
        ) from error
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise _refused(
            f"The PKCS#11 module {settings.module} cannot be used: {str(error)[:200] or type(error).__name__}.",
            "Correct pkcs11.module, and see that its service runs and its own configuration is found.",
        ) from error


def _refused(message: str, action: str) -> StartRefused:
    return StartRefused(message, action=action, code="encryption.hardware_key")
