"""Why a second factor was not changed."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class TotpExists(Conflict):
    """The person has an authenticator app already; it is removed before another one is set up."""

    code = "factors.totp_exists"


class TotpMissing(NotFound):
    """The person has no authenticator app, or its set-up is older than an hour."""

    code = "factors.totp_missing"


class CodeRefused(InvalidInput):
    """The code is not the one that the authenticator app shows now."""

    code = "factors.code_refused"
