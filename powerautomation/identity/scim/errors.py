"""Why a request of SCIM was refused."""

from powerautomation.kernel.errors import Conflict, InvalidInput, Problem


class ScimInvalid(InvalidInput):
    """The request cannot be understood, or asks for what cannot be. ``kind`` is SCIM's own word for it."""

    code = "scim.invalid"
    status = 400

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message, action="Correct the request; the reference says what is understood.")
        self.kind = kind


class NameTaken(Conflict):
    """Somebody else has this userName."""

    code = "scim.name_taken"


class VersionOld(Problem):
    """What is to be changed was changed since it was read (If-Match)."""

    code = "scim.version_old"
    status = 412
