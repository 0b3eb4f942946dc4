"""What a flag serves to whom: order of rules, stable percentages, kill switch, reasons and error codes."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.governance.flags import Context, Flag, FlagBoard
from powerautomation.governance.flags.entities import ENVIRONMENTS, Rule, Share, Targeting
from powerautomation.governance.flags.errors import FlagInvalid
from powerautomation.governance.flags.rules import bucket_of, check, evaluate, state_of, targeting_from, targeting_state


def flag_with(*rules: Rule, is_on: bool = True, **more) -> Flag:
    targeting = Targeting(is_on, "plain", rules)
    values = {
        "organization_id": "org_a",
        "key": "new-checkout",
        "description": "",
        "kind": "string",
        "variants": {"plain": "p", "blue": "b", "green": "g"},
        "off_variant": "plain",
        "salt": "s",
        "owner_id": "usr_1",
        "expires_on": None,
        "shared": False,
        "built_in": False,
        "environments": dict.fromkeys(ENVIRONMENTS, targeting),
    }
    return Flag(**{**values, **more})


def when(**attributes) -> dict:
    return {name: frozenset(values) for name, values in attributes.items()}


def served(flag: Flag, context: Context) -> tuple:
    found = evaluate(flag, "production", context)
    return found.variant, found.reason, found.rule


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (Context("u", {"organization": "org_b"}), ("blue", "TARGETING_MATCH", 1)),
        (Context("u", {"edition": "team", "role": "guest"}), ("green", "TARGETING_MATCH", 2)),
        (Context("u", {"edition": "team", "role": "developer"}), ("plain", "DEFAULT", None)),
        (Context("usr_7"), ("blue", "TARGETING_MATCH", 3)),
        (Context("u", {"person": "usr_7"}), ("blue", "TARGETING_MATCH", 3)),
        (Context("u", {"email": "Ada@Example.org"}), ("blue", "TARGETING_MATCH", 3)),
        (Context("u", {"organization": "org_b", "email": "ada@example.org"}), ("blue", "TARGETING_MATCH", 1)),
        (Context(), ("plain", "DEFAULT", None)),
    ],
)
def test_first_rule_that_matches_serves(context: Context, expected: tuple) -> None:
    flag = flag_with(
        Rule(when(organization=["org_b"]), "blue"),
        Rule(when(edition=["team", "enterprise"], role=["guest"]), "green"),
        Rule(when(person=["usr_7", "ada@example.org"]), "blue"),
    )
    assert served(flag, context) == expected


def test_flag_without_rules_is_static_and_one_that_is_off_serves_its_off_variant() -> None:
    assert served(flag_with(), Context()) == ("plain", "STATIC", None)
    off = flag_with(Rule({}, "blue"), is_on=False, off_variant="green")
    found = evaluate(off, "production", Context("u"))
    assert (found.value, found.variant, found.reason) == ("g", "green", "DISABLED")


def test_environments_are_apart() -> None:
    off = Targeting(False, "plain")
    flag = flag_with(Rule({}, "blue"))
    flag = replace(flag, environments={**flag.environments, "staging": off})
    assert evaluate(flag, "staging", Context()).reason == "DISABLED"
    assert evaluate(flag, "production", Context()).variant == "blue"


def test_bucket_is_the_documented_hash() -> None:
    digest = hashlib.sha256(b"new-checkout\0s\0usr_1").digest()
    assert bucket_of("new-checkout", "s", "usr_1") == int.from_bytes(digest[:8], "big") % 100_000


def test_percentage_is_kept_to_over_many_people() -> None:
    flag = flag_with(Rule({}, shares=(Share("blue", 10), Share("green", 0.5))))
    served_to = [served(flag, Context(f"person-{number}"))[0] for number in range(20_000)]
    assert served_to.count("blue") == pytest.approx(2000, abs=150)
    assert served_to.count("green") == pytest.approx(100, abs=40)


@given(st.text(max_size=30).filter(bool), st.integers(0, 100_000), st.integers(0, 100_000))
def test_growing_a_percentage_moves_nobody_out(person: str, one: int, two: int) -> None:
    smaller, larger = sorted((one, two))
    before = flag_with(Rule({}, shares=(Share("blue", smaller / 1000),)))
    after = flag_with(Rule({}, shares=(Share("blue", larger / 1000),)))
    if served(before, Context(person))[0] == "blue":
        assert served(after, Context(person)) == ("blue", "SPLIT", 1)


def test_whoever_is_in_no_share_goes_on_to_the_next_rule() -> None:
    flag = flag_with(Rule({}, shares=(Share("blue", 0),)), Rule({}, "green"))
    assert served(flag, Context("u")) == ("green", "TARGETING_MATCH", 2)


def test_percentage_needs_a_targeting_key_and_a_wrong_kind_is_an_error() -> None:
    flag = flag_with(Rule({}, shares=(Share("blue", 50),)))
    found = evaluate(flag, "production", Context())
    assert (found.reason, found.error_code, found.value) == ("ERROR", "TARGETING_KEY_MISSING", None)
    found = evaluate(flag, "production", Context("u"), "boolean")
    assert (found.reason, found.error_code) == ("ERROR", "TYPE_MISMATCH")


def test_board_serves_own_before_shared_and_says_what_it_does_not_know() -> None:
    board = FlagBoard()
    assert board.evaluate("org_a", "x", Context()).error_code == "FLAG_NOT_FOUND"
    assert board.is_on("org_a", "gateway.answer-cache"), "what the product declares holds until flags are known"
    shared = flag_with(Rule(when(organization=["org_b"]), "blue"), shared=True)
    board.replace([shared, flag_with(organization_id="org_c", off_variant="green", is_on=False)])
    of_b = board.evaluate("org_b", "new-checkout", Context("u", {"organization": "org_b"}))
    assert of_b.variant == "blue"
    assert board.evaluate("org_c", "new-checkout", Context()).variant == "green"
    marks = {board.mark_of(one) for one in ("org_a", "org_b")}
    assert len(marks) == 1
    assert board.mark_of("org_c") not in marks


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "Not Small"}, "key"),
        ({"variants": {}}, "variants"),
        ({"variants": {"plain": 1}}, "variants"),
        ({"variants": {"plain": "x" * 5000}}, "variants"),
        ({"off_variant": "red"}, "off_variant"),
        ({"rules": (Rule({}, "red"),)}, "environments.development.rules.0.variant"),
        ({"rules": (Rule({}),)}, "environments.development.rules.0"),
        (
            {"rules": (Rule({}, shares=(Share("blue", 60), Share("green", 41))),)},
            "environments.development.rules.0.shares",
        ),
        ({"rules": (Rule({"role": frozenset()}, "blue"),)}, "environments.development.rules.0.when"),
    ],
)
def test_flag_that_makes_no_sense_is_refused_by_field(change: dict, field: str) -> None:
    rules = change.pop("rules", ())
    with pytest.raises(FlagInvalid) as refused:
        check(flag_with(*rules, **change))
    assert field in refused.value.fields


def test_state_can_be_read_back() -> None:
    flag = flag_with(Rule(when(role=["b", "a"]), shares=(Share("blue", 12.5),)), Rule({}, "green"))
    assert targeting_from(targeting_state(flag.environments["staging"])) == flag.environments["staging"]
    assert state_of(flag)["environments"]["production"]["rules"][0]["when"] == {"role": ["a", "b"]}
