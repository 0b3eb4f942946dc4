"""Circumstances that somebody supposes, to ask what would be decided."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from powerautomation.identity.access.deciding import kind_of
from powerautomation.identity.access.entities import Circumstances, Resource, Subject
from powerautomation.identity.access.errors import CircumstancesInvalid
from powerautomation.identity.access.rules import address_of
from powerautomation.identity.access.schemas import Supposed

# What stands for the key of a program that asks, when only that it is one is supposed.
SOME_KEY = "key"


def suppose(
    here: Circumstances, subject: Subject, permission: str, supposed: Supposed
) -> tuple[Subject, Circumstances, Resource]:
    """Return who, when, from where and what about: as supposed, and else as it is ``here``.

    Raises CircumstancesInvalid.
    """
    ip = here.ip if supposed.ip is None else address_of(supposed.ip.strip())
    if supposed.ip is not None and ip is None:
        raise CircumstancesInvalid(
            f"“{supposed.ip[:60]}” is no IP address.",
            action="Write one such as 203.0.113.7 or 2001:db8::1.",
            fields={"ip": "Not an IP address."},
        )
    at = here.at
    if supposed.at is not None:
        at = supposed.at if supposed.at.tzinfo else supposed.at.replace(tzinfo=ZoneInfo(here.time_zone))
    if not 1970 <= at.year <= 9000:
        raise CircumstancesInvalid(
            "The time is too far away.", action="Choose a nearer one.", fields={"at": "Too far."}
        )
    key_id = {None: subject.key_id, True: subject.key_id or SOME_KEY, False: None}[supposed.by_key]
    confirmed_at = None if key_id is not None else here.confirmed_at or at
    if supposed.proof_age_minutes is not None:
        confirmed_at = at - timedelta(minutes=supposed.proof_age_minutes)
    changes = {name: getattr(supposed, name) for name in ("browser", "second_factor", "passkey", "edition")}
    circumstances = replace(
        here,
        at=at,
        ip=ip,
        confirmed_at=confirmed_at,
        **{name: value for name, value in changes.items() if value is not None},
    )
    resource = Resource(
        kind_of(permission), supposed.resource_id or "", owner=supposed.owner or None, project=supposed.project or None
    )
    return replace(subject, key_id=key_id), circumstances, resource
