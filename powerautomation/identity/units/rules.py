"""Decisions about the tree: what is above and below, how deep, and what a setting comes to."""

import unicodedata
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from powerautomation.identity.units.entities import SETTINGS, Effective, Home, Unit
from powerautomation.identity.units.errors import UnitCircle, UnitInvalid, UnitTooDeep

DEEPEST = 8
MOST_UNITS = 2000
LONGEST_NAME = 200
MOST_PATTERNS = 50
LOCALES = frozenset({"en", "zh-CN", "zh-TW"})


def chain_of(units: Mapping[str, Unit], unit_id: str) -> list[Unit]:
    """Return a unit and those above it, the unit itself first. What is stored has no circle; a broken one ends."""
    chain: list[Unit] = []
    while unit_id in units and len(chain) < DEEPEST:
        chain.append(units[unit_id])
        unit_id = units[unit_id].parent_id
    return chain


def height_of(units: Mapping[str, Unit], unit_id: str) -> int:
    """Return how many levels a unit and what is below it have."""
    below = [one.id for one in units.values() if one.parent_id == unit_id]
    return 1 + max((height_of(units, one) for one in below), default=0)


def check_place(units: Mapping[str, Unit], unit_id: str, parent_id: str) -> None:
    """Refuse a place under which a unit would be below itself, or the tree too deep. Raises UnitCircle, UnitTooDeep."""
    above = chain_of(units, parent_id)
    if unit_id and unit_id in {one.id for one in above}:
        raise UnitCircle("A unit cannot be below itself.", action="Choose another place for it.")
    if len(above) + (height_of(units, unit_id) if unit_id else 1) > DEEPEST:
        raise UnitTooDeep(f"A tree has at most {DEEPEST} levels.", action="Choose a place further up.")


def effective(units: Mapping[str, Unit], unit_id: str) -> dict[str, Effective]:
    """Return what each setting comes to in a unit: what is set nearest above, the unit itself first."""
    found: dict[str, Effective] = {}
    for unit in chain_of(units, unit_id):
        for name in SETTINGS:
            if name not in found and unit.settings.get(name):
                found[name] = Effective(unit.settings[name], unit.id)
    return found


def home_of(units: Mapping[str, Unit], unit_id: str) -> Home:
    """Return what counts for somebody whose primary unit this is."""
    found = effective(units, unit_id).get("models")
    return Home(tuple(one.id for one in chain_of(units, unit_id)), patterns_in(found.value if found else ""))


def primary_of(memberships: Iterable[tuple[str, bool]]) -> str:
    """Return the unit somebody's use counts in, of (unit, is it the primary one); empty without any. Who has no primary
    unit any more counts in the first."""
    return min(((not primary, unit_id) for unit_id, primary in memberships), default=(True, ""))[1]


def paths_of(units: Mapping[str, Unit]) -> dict[str, str]:
    """Return the path of each unit by its id: ``Group/Sales/North``."""
    return {one: "/".join(above.name for above in reversed(chain_of(units, one))) for one in units}


def below(units: Mapping[str, Unit], unit_id: str) -> set[str]:
    """Return a unit and all that are below it."""
    return {one for one in units if unit_id in {above.id for above in chain_of(units, one)}}


def patterns_in(text: str) -> tuple[str, ...]:
    """Return the patterns over models of a setting."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _are_patterns(text: str) -> bool:
    found = patterns_in(text)
    return 0 < len(found) <= MOST_PATTERNS and text.isprintable() and all(len(one) <= 200 for one in found)


def cleaned_name(text: str) -> str:
    """Return a unit's name on one line, without spaces around it. Raises UnitInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    # A slash stands between the names of a path.
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or "/" in name:
        raise UnitInvalid(
            f"A name has 1 to {LONGEST_NAME} visible characters on one line, and no slash.",
            action="Choose another name.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters, no slash."},
        )
    return name


def checked_settings(given: Mapping[str, str], roles: frozenset[str]) -> dict[str, str]:
    """Return the settings that are set; an empty value is inherited. Raises UnitInvalid."""
    kept = {name: value for name, value in given.items() if value}
    wrong = {
        name: value
        for name, value in kept.items()
        if name not in SETTINGS
        or (name == "locale" and value not in LOCALES)
        or (name == "default_role" and value not in roles)
        or (name == "time_zone" and not _is_time_zone(value))
        or (name == "models" and not _are_patterns(value))
    }
    if wrong:
        name = sorted(wrong)[0]
        raise UnitInvalid(
            f"{name[:40]} cannot be “{wrong[name][:60]}”.",
            action="Choose one of the values that are offered.",
            fields={name[:40]: "There is no such value."},
        )
    return kept


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
