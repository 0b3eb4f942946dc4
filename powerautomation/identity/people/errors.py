"""Why something was not done with a person."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput


class NotYourself(Forbidden):
    """Nobody changes the person's own role, or deactivates or removes the person that asks."""

    code = "users.not_yourself"


class RoleAboveYours(Forbidden):
    """The role, or the person, may do more than who asks."""

    code = "users.role_above_yours"


class RoleUnknown(InvalidInput):
    """There is no such role."""

    code = "users.role_unknown"


class LastAdministrator(Conflict):
    """Without this person nobody could administer the server any more."""

    code = "users.last_administrator"


class AlreadyAccepted(Conflict):
    """The person has accepted, so there is nothing to invite to."""

    code = "users.already_accepted"


class ImportInvalid(InvalidInput):
    """The file is not a list of people that can be read."""

    code = "users.import_invalid"


class AccountShared(Conflict):
    """The person signs in to other organizations with the same password and factors: none of them changes these."""

    code = "users.account_shared"


class UnitNotYours(Forbidden):
    """Who asks may not say who belongs to which unit."""

    code = "users.unit_not_yours"
