"""Why something was not done with a flag."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class FlagNotFound(NotFound):
    """There is no such flag in this organization."""

    code = "flags.not_found"


class FlagInvalid(InvalidInput):
    """A flag cannot be as asked: its key, its variants, or whom it serves."""

    code = "flags.invalid"


class FlagKeyTaken(Conflict):
    """Another flag has the key."""

    code = "flags.key_taken"


class TooManyFlags(Conflict):
    """The organization has as many flags as it may have."""

    code = "flags.too_many"


class FlagBuiltIn(Conflict):
    """The product itself asks for this flag: it stays, and stays what it is."""

    code = "flags.built_in"


class FlagNotShareable(Forbidden):
    """Only the organization that runs the installation serves flags to every organization."""

    code = "flags.not_shareable"


class FlagChanged(Conflict):
    """Somebody else has changed the flag meanwhile."""

    code = "flags.changed"
