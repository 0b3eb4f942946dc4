"""Why a unit was not changed."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class UnitNotFound(NotFound):
    """The organization has no such unit."""

    code = "units.not_found"


class UnitInvalid(InvalidInput):
    """A name cannot be shown, or a setting is none or has no such value."""

    code = "units.invalid"


class UnitNameTaken(Conflict):
    """Another unit at the same place has this name."""

    code = "units.name_taken"


class UnitTooDeep(Conflict):
    """The tree would have more than 8 levels there."""

    code = "units.too_deep"


class UnitCircle(Conflict):
    """A unit would be below itself."""

    code = "units.circle"


class TooManyUnits(Conflict):
    """The organization has as many units as it may have."""

    code = "units.too_many"
