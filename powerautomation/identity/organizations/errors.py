"""What can go wrong with organizations."""

from powerautomation.kernel.errors import InvalidInput, NotFound


class OrganizationNotFound(NotFound):
    """There is no such organization."""

    code = "organizations.not_found"


class TimeZoneUnknown(InvalidInput):
    """There is no such time zone."""

    code = "organizations.time_zone_unknown"
