"""What policies may and may not change, on decisions made at random; and their text."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.identity.access import (
    PERMISSIONS,
    ROLES,
    Circumstances,
    Explanation,
    KeyGrant,
    PolicyBook,
    Resource,
    Shared,
    Subject,
    TextInvalid,
    decide_for,
    entities_named,
    explain,
    read_policy,
    schema_text,
    sentence_of,
    stored_policy,
    subject_of,
)

NAMES = ["api_keys:read", "api_keys:write", "providers:write", "users:read"]
PEOPLE = ["usr_ada", "usr_bob"]
SOME_ROLES = ["guest", "developer", "organization_admin"]
CONDITIONS = [
    "",
    "when { context.time.hour >= 12 }",
    'unless { context.network.ip.isInRange(ip("10.0.0.0/8")) }',
    "when { context.device.second_factor }",
    "when { context.device.proof_age_minutes < 30 }",
    'when { resource has project && resource.project == "Apollo" }',
    'when { principal.by == "key" }',
    'when { context.edition == "team" && context.time.weekday < 6 }',
]
HEADS = [
    "principal",
    *(f'principal == Person::"{one}"' for one in PEOPLE),
    *(f'principal in Role::"{one}"' for one in SOME_ROLES),
]
ACTIONS = ["action", *(f'action == Action::"{one}"' for one in NAMES), 'action in [Action::"users:read"]']
TEXTS = st.builds(
    "{} ({}, {}, resource) {};".format,
    st.sampled_from(["permit", "forbid"]),
    st.sampled_from(HEADS),
    st.sampled_from(ACTIONS),
    st.sampled_from(CONDITIONS),
)
BOOKS = st.lists(TEXTS, max_size=6)
SUBJECTS = st.builds(
    Subject,
    st.sampled_from(PEOPLE),
    st.sampled_from([ROLES[one] for one in SOME_ROLES]),
    key_id=st.sampled_from([None, "key_1"]),
)
HERE = st.builds(
    Circumstances,
    st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    time_zone=st.sampled_from(["UTC", "Asia/Shanghai"]),
    ip=st.sampled_from([None, "10.1.2.3", "203.0.113.7", "2001:db8::1"]),
    second_factor=st.booleans(),
    confirmed_at=st.sampled_from([None, datetime(2000, 1, 1, tzinfo=UTC)]),
    edition=st.sampled_from(["personal", "team"]),
)
ABOUT = st.builds(Resource, st.just("api_keys"), st.just("key_1"), project=st.sampled_from([None, "Apollo", "Gemini"]))
MOMENT = Circumstances(datetime(2026, 11, 21, 22, tzinfo=UTC), ip="203.0.113.7")


def book_of(texts: list[str]) -> PolicyBook:
    return PolicyBook([read_policy(text, policy_id=f"pol_{at}", name=f"P{at}") for at, text in enumerate(texts)])


def decided(
    texts: list[str], subject: Subject, permission: str, here: Circumstances, about: Resource | None, **more: Any
) -> Explanation:
    return decide_for(subject, permission, policies=book_of(texts), circumstances=here, resource=about, **more)


@settings(max_examples=60, deadline=None)
@given(BOOKS, TEXTS, SUBJECTS, st.sampled_from(NAMES), HERE, ABOUT)
def test_one_more_forbids_only_less_and_permits_only_more(
    texts: list[str], one: str, subject: Subject, permission: str, here: Circumstances, about: Resource
) -> None:
    before = decided(texts, subject, permission, here, about).allowed
    after = decided([*texts, one], subject, permission, here, about).allowed
    assert after <= before if one.startswith("forbid") else after >= before


@settings(max_examples=60, deadline=None)
@given(BOOKS, SUBJECTS, st.sampled_from(NAMES), HERE, ABOUT)
def test_slices_decide_as_the_whole_set_does_and_the_explanation_agrees(
    texts: list[str], subject: Subject, permission: str, here: Circumstances, about: Resource
) -> None:
    book = book_of(texts)
    told = decide_for(subject, permission, policies=book, circumstances=here, resource=about)
    # Each policy alone, without any index: what it says is what the set must come to.
    alone = [PolicyBook([policy]).judge(subject, permission, about, here) for policy in book.policies.values()]
    forbidden = any(one.effect == "forbid" for one in alone)
    permitted = any(one.effect == "permit" for one in alone)
    assert told.allowed == (not forbidden and (permission in subject.role.permissions or permitted))
    assert sentence_of(told).startswith("Allowed:" if told.allowed else "Refused:")
    if told.reason.startswith("policy_"):
        assert book.policies[told.policy_id].effect == ("permit" if told.allowed else "forbid")
    else:
        assert told == explain(permission, subject.role)


@given(BOOKS, st.sampled_from(NAMES), HERE)
@settings(max_examples=30, deadline=None)
def test_no_policy_gives_anything_to_nobody(texts: list[str], permission: str, here: Circumstances) -> None:
    ada = Subject("usr_ada", ROLES["guest"], key_id="key_1")
    key = KeyGrant("program", frozenset(), "usr_ada")
    assert not decided(texts, ada, permission, here, None, key=key).allowed
    assert not decided(texts, ada, permission, here, None, disabled=True).allowed
    assert not decided(texts, ada, "users:dance", here, None).allowed


def test_what_cannot_be_evaluated_forbids_and_permits_nothing() -> None:
    guest = Subject("usr_ada", ROLES["guest"])
    unknown = 'when { context.network.ip.isInRange(ip("10.0.0.0/8")) }'
    nowhere = Circumstances(MOMENT.at)
    told = decided([f"forbid (principal, action, resource) {unknown};"], guest, "prices:read", nowhere, None)
    assert (told.allowed, told.reason, told.policy_name) == (False, "policy_fails", "P0")
    lent = f'permit (principal, action == Action::"users:read", resource) {unknown};'
    assert decided([lent], guest, "users:read", nowhere, None).reason == "role_excludes"


def test_addresses_of_both_kinds_are_compared_and_the_hours_are_local() -> None:
    admin = Subject("usr_ada", ROLES["organization_admin"])
    inside = 'forbid (principal, action, resource) unless { context.network.ip.isInRange(ip("2001:db8::/32")) };'
    at_home = Circumstances(MOMENT.at, ip="2001:db8::7")
    assert decided([inside], admin, "users:read", at_home, None).allowed
    assert not decided([inside], admin, "users:read", MOMENT, None).allowed
    # 22:00 in UTC is six in the morning in Shanghai, of a Sunday.
    shanghai = Circumstances(MOMENT.at, time_zone="Asia/Shanghai")
    sunday = "forbid (principal, action, resource) when { context.time.weekday == 7 && context.time.hour == 6 };"
    assert not decided([sunday], admin, "users:read", shanghai, None).allowed
    assert decided([sunday], admin, "users:read", MOMENT, None).allowed


def test_many_policies_of_the_same_people_are_crowded() -> None:
    texts = ['forbid (principal, action == Action::"users:read", resource);'] * 40
    assert book_of(texts).crowded() is None
    assert book_of([*texts, *["forbid (principal, action, resource);"] * 11]).crowded() == ("", "users:read")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("forbid (principal, action,\nresource) when { context.a = 1 };", (2, 28)),
        ("forbid (principal, action, resource) when { 1 == };", (1, 50)),
        ("forbid (principal, action, resource)", (1, 37)),
        ("forbid (principal, action, resource) wen { true };", (1, 38)),
        ("// why\nforbid (principal, action, resource)\nwhen { context.tme.hour > 3 };", (3, 16)),
        ('permit (principal in Role::"guest", action == Action::"users:red", resource);', (1, 47)),
        ('forbid (principal, action, resource) when { resource.project == "x" };', (1, 54)),
        ('forbid (principal, action, resource) when { context.network.ip == ip("300.1.1.1") };', (1, 70)),
        ("let x = 1;", (1, 5)),
        ("[" * 201, (1, 201)),
        ("x" * 4001, (1, 4001)),
        ("", (1, 1)),
    ],
)
def test_place_of_what_is_wrong_is_found(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(TextInvalid) as refused:
        read_policy(text)
    problem = refused.value.problems[0]
    assert (problem.line, problem.column) == place, problem


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_policy_or_is_refused(text: str) -> None:
    for one in (text, f"forbid (principal, action, resource) when {{ {text} }};"):
        # Any other exception, and a server that ends, would be a failure.
        with contextlib.suppress(TextInvalid):
            read_policy(one)


def test_schema_names_every_permission_and_a_stored_policy_is_the_same() -> None:
    assert all(f'"{name}"' in schema_text() for name in PERMISSIONS)
    text = """forbid (principal in Role::"guest", action in [Action::"api_keys:write"], resource)
when { resource has owner };"""
    policy = read_policy(text, policy_id="pol_1", name="one")
    assert stored_policy("pol_1", "one", policy.compiled) == policy
    assert (policy.subject, policy.reads) == ("Role::guest", frozenset({"owner"}))
    assert ("Role", "guest") in entities_named(policy.compiled)


def test_service_account_and_its_key_are_told_from_people():
    text = 'forbid (principal, action, resource) when { principal.kind == "service_account" && principal.by == "key" };'
    developer = ROLES["developer"]
    robot = subject_of("usr_robot", developer, kind="service", key_id="key_1")
    assert decided([text], robot, "usage:read", MOMENT, None).reason == "policy_forbids"
    assert decided([text], subject_of("usr_ada", developer, key_id="key_1"), "usage:read", MOMENT, None).allowed


def test_own_and_shared_things_open_what_the_lesser_permission_reaches():
    developer, guest = Subject("usr_ada", ROLES["developer"]), Subject("usr_ada", ROLES["guest"])
    own = Resource("api_keys", "key_1", owner="usr_ada")
    seen = Resource("api_keys", "key_2", owner="usr_bob", shared=Shared("see", "Bob"))
    changed = Resource("api_keys", "key_3", owner="usr_bob", shared=Shared("change", "Bob"))

    def reason(subject, permission, about):
        return decide_for(subject, permission, policies=None, circumstances=None, resource=about).reason

    assert reason(developer, "api_keys:write", own) == "owns"
    assert reason(developer, "api_keys:read", seen) == "shared"
    assert reason(developer, "api_keys:write", seen) == "role_excludes"
    assert reason(developer, "api_keys:write", changed) == "shared"
    # A share lends nobody a kind of action.
    assert reason(guest, "api_keys:read", changed) == "role_excludes"
    assert reason(developer, "providers:write", Resource("providers", "p", owner="usr_ada")) == "role_excludes"
