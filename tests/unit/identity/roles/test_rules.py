"""Custom roles: what comes of inheritance, and who may make what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.access import (
    MOST_LEVELS,
    PERMISSIONS,
    ROLES,
    RoleDraft,
    explain,
    resolve_role,
    sentence_of,
)
from powerautomation.identity.roles import MoreThanYours, RoleInvalid, RoleIsYours, find_role, may_give
from powerautomation.identity.roles.rules import (
    affected_by,
    check_bases,
    check_maker,
    checked_permissions,
    cleaned_name,
    cleaned_summary,
    lock_of,
)

NAMES = sorted(PERMISSIONS)
IDS = [f"rol_{number}" for number in range(9)]
SOME = st.frozensets(st.sampled_from(NAMES), max_size=8)
BASES = st.one_of(st.none(), st.sampled_from([*IDS, *ROLES, "rol_gone"]))
DRAFTS = st.dictionaries(
    st.sampled_from(IDS), st.builds(RoleDraft, st.just("one"), base=BASES, added=SOME, removed=SOME), max_size=9
)


def naive(permission: str, role_id: str, drafts: dict[str, RoleDraft]) -> bool:
    """Ask one role after the other for its word on one permission; the first that has one decides."""
    at: str | None = role_id
    for _ in range(MOST_LEVELS + 1):
        if at is None or at in ROLES:
            break
        if at not in drafts:
            return False
        at = drafts[at].base
    else:
        return False
    if at is not None and at not in ROLES:
        return False
    at = role_id
    while at in drafts:
        if permission in drafts[at].removed:
            return False
        if permission in drafts[at].added:
            return True
        at = drafts[at].base  # type: ignore[assignment]  # None ends the loop: no draft has it
    return at is not None and permission in ROLES[at].permissions


@given(DRAFTS, st.sampled_from([*IDS, *ROLES, "rol_gone"]))
def test_inheritance_gives_what_asking_level_by_level_gives(drafts: dict[str, RoleDraft], role_id: str) -> None:
    role = resolve_role(role_id, drafts)
    assert role.permissions == {name for name in NAMES if naive(name, role_id, drafts)}
    for name in NAMES:
        told = explain(name, role)
        assert told.allowed == (name in role.permissions)
        if told.allowed:
            assert told.via is not None
            assert name in told.via.added
            assert (told.reason == "role_includes") == (told.via.id == role_id)
        assert told.permission in sentence_of(told) or not role.is_known


def chain_of(length: int) -> dict[str, RoleDraft]:
    return {
        f"rol_{number}": RoleDraft(str(number), base=f"rol_{number - 1}" if number else "guest")
        for number in range(length)
    }


def test_inheritance_has_an_end_and_no_circles() -> None:
    deepest = f"rol_{MOST_LEVELS - 1}"
    assert resolve_role(deepest, chain_of(MOST_LEVELS)).permissions == ROLES["guest"].permissions
    check_bases(deepest, chain_of(MOST_LEVELS))
    assert not resolve_role(f"rol_{MOST_LEVELS}", chain_of(MOST_LEVELS + 1)).is_known
    # A role in the middle cannot move down either: who inherits from it would be too deep.
    for changed in (f"rol_{MOST_LEVELS}", "rol_0", "rol_2"):
        with pytest.raises(RoleInvalid, match="At most"):
            check_bases(changed, chain_of(MOST_LEVELS + 1))
    circle = {**chain_of(3), "rol_0": RoleDraft("0", base="rol_2", added=frozenset({"usage:read"}))}
    assert not any(resolve_role(one, circle).is_known for one in circle)
    with pytest.raises(RoleInvalid, match="inherit from itself"):
        check_bases("rol_0", circle)
    with pytest.raises(RoleInvalid, match="inherit from itself"):
        check_bases("rol_1", {"rol_1": RoleDraft("1", base="rol_1")})
    with pytest.raises(RoleInvalid, match="no role of that id"):
        check_bases("rol_1", {"rol_1": RoleDraft("1", base="emperor")})


@given(DRAFTS, st.sampled_from(list(ROLES)), st.sampled_from(IDS))
def test_who_may_make_a_role_has_all_that_anybody_gets_by_it(
    drafts: dict[str, RoleDraft], own: str, role_id: str
) -> None:
    if role_id not in drafts:
        return
    mine = ROLES[own]
    reached = [resolve_role(one, drafts) for one in affected_by(role_id, drafts)]
    try:
        check_maker(mine.permissions, mine, reached, resolve_role(role_id, drafts).base)
    except MoreThanYours:
        return
    for one in drafts:
        if resolve_role(one, drafts).permissions - mine.permissions:
            assert one not in affected_by(role_id, drafts)


def test_nobody_changes_the_role_they_have_or_one_it_inherits_from() -> None:
    drafts = chain_of(3)
    own = resolve_role("rol_1", drafts)
    for role_id in ("rol_0", "rol_1"):
        role = resolve_role(role_id, drafts)
        assert lock_of(frozenset(PERMISSIONS), own, role) == "yours"
        with pytest.raises(RoleIsYours):
            check_maker(frozenset(PERMISSIONS), own, [role], None)
    heir = resolve_role("rol_2", drafts)
    check_maker(frozenset(PERMISSIONS), own, [heir], None)
    assert lock_of(frozenset(PERMISSIONS), own, heir) == ""
    assert lock_of(frozenset(), own, heir) == "above_you"
    assert lock_of(frozenset(PERMISSIONS), own, ROLES["guest"]) == "predefined"


def test_base_above_the_own_role_is_refused_whatever_is_taken_away_of_it() -> None:
    own = ROLES["organization_admin"]
    draft = RoleDraft("sly", base="system_admin", removed=ROLES["system_admin"].permissions - own.permissions)
    role = resolve_role("rol_1", {"rol_1": draft})
    assert role.permissions == own.permissions
    with pytest.raises(MoreThanYours):
        check_maker(own.permissions, own, [role], role.base)


def test_sentences_name_the_role_that_decides() -> None:
    drafts = {
        "rol_1": RoleDraft("Accounting", "guest", frozenset({"usage:read"}), frozenset({"prices:read"})),
        "rol_2": RoleDraft("Clerks", "rol_1", frozenset({"limits:read"})),
    }
    role = resolve_role("rol_2", drafts)
    told = {name: sentence_of(explain(name, role)) for name in PERMISSIONS}
    assert told["limits:read"] == "Allowed: the role “Clerks” includes limits:read."
    assert told["usage:read"] == "Allowed: the role “Clerks” inherits usage:read from “Accounting”."
    assert told["organizations:read"] == "Allowed: the role “Clerks” inherits organizations:read from “Guest”."
    assert told["prices:read"].startswith("Refused: “Accounting”, from which the role “Clerks” inherits, takes prices:")
    assert told["users:read"] == "Refused: neither the role “Clerks” nor what it inherits includes users:read."
    taken = sentence_of(explain("prices:read", resolve_role("rol_1", drafts)))
    assert taken == "Refused: the role “Accounting” takes prices:read away."
    gone = sentence_of(explain("usage:read", resolve_role("rol_9", drafts)))
    assert gone == "Refused: there is no role “rol_9”, so nothing is allowed."


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, "system_admin", " Guest ", "ＧＵＥＳＴ", "rol_1"])
def test_names_that_say_nothing_or_belong_to_others_are_refused(name: str) -> None:
    with pytest.raises(RoleInvalid):
        cleaned_name(name)


def test_name_and_summary_are_kept_on_one_line() -> None:
    assert (cleaned_name(" 会计 "), cleaned_summary(" Looks after bills. "), cleaned_summary("")) == (
        "会计",
        "Looks after bills.",
        "",
    )
    for summary in ("a\nb", "x" * 301):
        with pytest.raises(RoleInvalid):
            cleaned_summary(summary)


def test_permissions_must_exist_and_stand_on_one_side() -> None:
    assert checked_permissions(["usage:read"], []) == (frozenset({"usage:read"}), frozenset())
    for added, removed in ((["usage:wirte"], []), ([], ["*"]), (["usage:read"], ["usage:read"])):
        with pytest.raises(RoleInvalid):
            checked_permissions(added, removed)


def test_role_is_found_by_id_or_name_and_given_only_when_it_exists() -> None:
    roles = {**ROLES, "rol_1": resolve_role("rol_1", {"rol_1": RoleDraft("Büro", "guest")})}
    assert find_role("rol_1", roles) == find_role(" büro", roles) == roles["rol_1"]
    assert find_role("Developer", roles) == find_role("developer", roles) == ROLES["developer"]
    assert find_role("emperor", roles) is None
    assert may_give(frozenset(PERMISSIONS), roles["rol_1"])
    assert not may_give(frozenset(PERMISSIONS), resolve_role("emperor", {}))
