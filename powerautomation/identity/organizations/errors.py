"""What can go wrong with organizations."""

from powerautomation.kernel.errors import NotFound


class OrganizationNotFound(NotFound):
    """There is no such organization."""

    code = "organizations.not_found"
