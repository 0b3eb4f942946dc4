"""Why something about a group was refused."""

from powerautomation.kernel.errors import Conflict, NotFound


class GroupNotFound(NotFound):
    """There is no such group in the organization."""

    code = "groups.not_found"


class GroupNameTaken(Conflict):
    """Another group has this name."""

    code = "groups.name_taken"


class TooManyGroups(Conflict):
    """The organization has as many groups as there can be."""

    code = "groups.too_many"
