"""Who may change whom, and lists of people in and out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.identity.access import ROLES, resolve_role
from powerautomation.identity.people import ImportInvalid
from powerautomation.identity.people.rules import MOST_LINES, lock_of, read_people, write_people
from powerautomation.identity.roles import may_give
from powerautomation.identity.users import User

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def user(name: str = "Ada", role: str = "guest", email: str = "ada@example.org", user_id: str = "usr_1") -> User:
    return User(user_id, "org_1", email, name, role, "", None, False, NOW, NOW, None)


@pytest.mark.parametrize("own", ROLES)
@pytest.mark.parametrize("given_role", [*ROLES, "emperor", ""])
def test_role_is_given_only_by_who_has_all_of_it(own: str, given_role: str) -> None:
    role, mine = resolve_role(given_role, {}), ROLES[own].permissions
    assert may_give(mine, role) == (given_role in ROLES and role.permissions <= mine)
    assert (lock_of("usr_2", mine, user(role=given_role), role) == "") == (role.permissions <= mine)


def test_nobody_may_change_the_own_row_whatever_the_role() -> None:
    assert all(lock_of("usr_1", role.permissions, user(), ROLES["guest"]) == "yourself" for role in ROLES.values())


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30).map(str.strip).filter(bool)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8))
def test_exported_people_are_read_back_as_they_were(people: list[tuple[str, str]]) -> None:
    text = write_people((user(name=name, email=email) for name, email in people), {}, {})
    lines = read_people(text)
    assert [(line.name, line.email) for line in lines] == people
    assert all(not cell.startswith(("=", "+", "@")) for line in text.splitlines() for cell in line.split(","))


def test_lines_keep_the_numbers_of_the_file_and_columns_may_stand_in_any_order() -> None:
    lines = read_people("role\tEMAIL\tteam\tname\r\n\r\nguest\ta@b.c\tx\tAda\r\nguest\td@e.f\r\n")
    assert [(line.number, line.email, line.name, line.role) for line in lines] == [
        (3, "a@b.c", "Ada", "guest"),
        (4, "d@e.f", "", "guest"),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "\n", "email,name\n", "email,email,name,role\n", "email,name,role\n" + "a@b.c,A,guest\n" * (MOST_LINES + 1)],
)
def test_file_without_its_columns_or_with_too_many_lines_is_refused(text: str) -> None:
    with pytest.raises(ImportInvalid):
        read_people(text)
