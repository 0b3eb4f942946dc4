"""Why a second factor was not changed."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class TotpExists(Conflict):
    """The person has an authenticator app already; it is removed before another one is set up."""

    code = "factors.totp_exists"


class TotpMissing(NotFound):
    """The person has no authenticator app, or its set-up is older than an hour."""

    code = "factors.totp_missing"


class CodeRefused(InvalidInput):
    """The code is not the one that the authenticator app shows now."""

    code = "factors.code_refused"


class PasskeysUnavailable(Conflict):
    """The address of the server is an IP address or not known, and passkeys belong to a name."""

    code = "factors.passkeys_unavailable"


class PasskeyRefused(Unauthenticated):
    """The passkey, its signature or its challenge is not one that signs somebody in."""

    code = "factors.passkey_refused"


class PasskeyInvalid(InvalidInput):
    """What the browser sent is no new passkey for this server, or it came too late."""

    code = "factors.passkey_invalid"


class TooManyPasskeys(Conflict):
    """The person has as many passkeys as one may have."""

    code = "factors.too_many_passkeys"


class PasskeyNotFound(NotFound):
    """The person has no such passkey."""

    code = "factors.passkey_not_found"


class ProviderProof(Forbidden):
    """An organization's sign-in provider opened the session, which changes nothing that opens other doors."""

    code = "factors.provider_proof"
