"""What a unit's settings come to, where people's use counts, and how units are named."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.units import rules
from powerautomation.identity.units.entities import SETTINGS, Unit
from powerautomation.identity.units.errors import UnitInvalid

AT = datetime(2026, 11, 1, tzinfo=UTC)
VALUES = {"time_zone": "Asia/Shanghai", "locale": "zh-CN", "default_role": "developer", "models": "kimi-*, glm-*"}


@st.composite
def trees(draw: st.DrawFn) -> Mapping[str, Unit]:
    """Trees of up to 20 units: every unit is right under the organization or below one that was there before."""
    units: dict[str, Unit] = {}
    for number in range(draw(st.integers(1, 20))):
        parent = draw(st.sampled_from(["", *(one for one in units if len(rules.chain_of(units, one)) < rules.DEEPEST)]))
        settings = {name: f"{name} of u{number}" for name in draw(st.sets(st.sampled_from(SETTINGS)))}
        units[f"u{number}"] = Unit(f"u{number}", "org", parent, "team", f"n{number}", settings, AT, None)
    return units


@given(trees())
def test_a_setting_is_the_units_own_or_what_it_is_in_the_unit_above(units):
    for one in units.values():
        above = rules.effective(units, one.parent_id)
        for name in SETTINGS:
            found = rules.effective(units, one.id).get(name)
            if name in one.settings:
                assert found is not None
                assert (found.value, found.from_id) == (one.settings[name], one.id)
            else:
                assert found == above.get(name)


@given(trees())
def test_use_counts_in_a_unit_and_in_all_above_it_and_nowhere_else(units):
    for one in units:
        home = rules.home_of(units, one)
        assert set(home.units) == {other for other in units if one in rules.below(units, other)}
        found = rules.effective(units, one).get("models")
        assert home.models == (() if found is None else rules.patterns_in(found.value))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), unique_by=lambda one: one[0], max_size=3))
def test_use_counts_in_one_unit_the_primary_one_where_there_is_one(memberships):
    found = rules.primary_of(memberships)
    primary = {unit for unit, is_primary in memberships if is_primary}
    assert (found == "") == (not memberships)
    assert not primary or found in primary


def test_a_path_names_every_unit_above():
    units = {
        "a": Unit("a", "org", "", "company", "Group", {}, AT, None),
        "b": Unit("b", "org", "a", "team", "Sales", {}, AT, None),
    }
    assert rules.paths_of(units) == {"a": "Group", "b": "Group/Sales"}


def test_settings_that_can_be_applied_are_taken():
    assert rules.checked_settings(VALUES, frozenset({"developer"})) == VALUES


@pytest.mark.parametrize("models", [",", "a\nb", "x" * 201, ",".join("x" * 51)])
def test_models_that_are_no_patterns_are_refused(models):
    with pytest.raises(UnitInvalid):
        rules.checked_settings({"models": models}, frozenset())
