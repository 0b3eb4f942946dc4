"""Decisions about policies: what a name may be, and what a policy may do."""

import unicodedata
from collections.abc import Iterable, Mapping

from powerautomation.identity.access import PERMISSIONS, Policy, PolicyBook, TextInvalid
from powerautomation.identity.policies.errors import PermitsMoreThanYours, PolicyInvalid, TooManyPolicies

LONGEST_NAME = 100
LONGEST_SUMMARY = 300
MOST_POLICIES = 1000
MOST_VERSIONS = 50


def name_key_of(name: str) -> str:
    """Return a policy's name in the form in which names are compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def cleaned_name(text: str) -> str:
    """Return a policy's name on one line; raises PolicyInvalid."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or name_key_of(name).startswith("pol_"):
        raise PolicyInvalid(
            f"A policy's name has 1 to {LONGEST_NAME} visible characters on one line, and does not begin with pol_.",
            action="Choose another name.",
            fields={"name": f"1 to {LONGEST_NAME} visible characters."},
        )
    return name


def cleaned_summary(text: str) -> str:
    """Return in one line what a policy is for, possibly empty; raises PolicyInvalid."""
    summary = unicodedata.normalize("NFC", text).strip()
    if len(summary) > LONGEST_SUMMARY or not (summary.isprintable() or not summary):
        raise PolicyInvalid(
            f"What a policy is for has at most {LONGEST_SUMMARY} visible characters on one line.",
            action="Write it shorter.",
            fields={"summary": f"At most {LONGEST_SUMMARY} visible characters."},
        )
    return summary


def invalid_text(error: TextInvalid) -> PolicyInvalid:
    """Return the error of a text that is no policy, with line and column."""
    first = error.problems[0]
    return PolicyInvalid(
        f"The policy is wrong in line {first.line}, column {first.column}: {first.message}.",
        action="Correct the text. GET /api/v1/policies/schema says what a policy may name.",
        fields={"text": "; ".join(f"{one.line}:{one.column} {one.message}" for one in error.problems)[:2000]},
    )


def unknown_names(
    named: Iterable[tuple[str, str]], roles: Mapping[str, object], people: frozenset[str], units: Mapping[str, str]
) -> list[str]:
    """Return which roles, people and units a policy names that the organization does not have."""
    known = {"Role": roles, "Person": people, "Unit": units}
    return sorted(f'{kind}::"{one}"' for kind, one in named if kind in known and one not in known[kind])


def check_permits(policy: Policy, permissions: frozenset[str]) -> None:
    """Raise unless somebody with these permissions may make, change or delete a policy: nobody lends what they do not
    have, nor by way of "everything", to which a later version may add. Raises PermitsMoreThanYours, PolicyInvalid."""
    if policy.effect == "forbid":
        return
    if policy.permissions is None:
        raise PolicyInvalid(
            'A policy that permits names each permission, for example action == Action::"providers:write".',
            action="Name the permissions in the policy's head.",
            fields={"text": "Name the permissions it permits."},
        )
    excess = sorted(policy.permissions - permissions)
    if excess:
        raise PermitsMoreThanYours(
            f"The policy permits {excess[0]}, which you do not have: {PERMISSIONS.get(excess[0], '')}",
            action="Leave it out, or ask somebody who has it.",
            fields={"text": f"You do not have {excess[0]}."},
        )


def check_together(book: PolicyBook) -> None:
    """Raise TooManyPolicies when so many concern one permission of the same people that deciding would take long."""
    crowded = book.crowded()
    if crowded is not None:
        subject, permission = crowded
        raise TooManyPolicies(
            f"Too many policies concern {permission or 'every permission'} of {subject or 'everybody'}.",
            action="Join some of them, or name fewer people or permissions in their heads.",
        )
