"""Why something was not done with a role."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class RoleNotFound(NotFound):
    """There is no such custom role in this organization."""

    code = "roles.not_found"


class RoleInvalid(InvalidInput):
    """A role cannot be as asked: its name, its permissions, or what it inherits from."""

    code = "roles.invalid"


class RoleNameTaken(Conflict):
    """Another role has the name."""

    code = "roles.name_taken"


class TooManyRoles(Conflict):
    """The organization has as many roles as it may have."""

    code = "roles.too_many"


class MoreThanYours(Forbidden):
    """The role has, or would have, a permission that who asks does not have."""

    code = "roles.more_than_yours"


class RoleIsYours(Forbidden):
    """Nobody changes the role by which the person may ask."""

    code = "roles.is_yours"


class RoleInUse(Conflict):
    """People have the role, and it was not said which one they get instead."""

    code = "roles.in_use"


class RoleInherited(Conflict):
    """Other roles inherit from it."""

    code = "roles.inherited"
