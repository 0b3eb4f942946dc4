"""What can go wrong with organizations."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class OrganizationNotFound(NotFound):
    """There is no such organization."""

    code = "organizations.not_found"


class TimeZoneUnknown(InvalidInput):
    """There is no such time zone."""

    code = "organizations.time_zone_unknown"


class OrganizationClosed(Forbidden):
    """The organization is suspended or deleted, so nobody of it gets in."""

    code = "organizations.closed"


class OrganizationNameInvalid(InvalidInput):
    """A name is empty, too long, or has characters that cannot be shown."""

    code = "organizations.name_invalid"


class OrganizationNameTaken(Conflict):
    """Another organization has this name."""

    code = "organizations.name_taken"


class TooManyOrganizations(Conflict):
    """The installation has as many organizations as it may have."""

    code = "organizations.too_many"


class RunsTheInstallation(Conflict):
    """The first organization runs the installation: it is neither suspended nor deleted."""

    code = "organizations.runs_the_installation"
