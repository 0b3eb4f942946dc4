"""How long one access decision takes in process, with 10,000 policies and with none.

``python -m tests.load.access [--policies 10000] [--decisions 20000]``

The policies are one organization's, in three shapes: spread over roles and people as rules of companies are; as many as
may concern everybody at once; and none, which is plain roles.
"""

import argparse
import gc
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from powerautomation.identity.access import (
    MOST_TOGETHER,
    PERMISSIONS,
    ROLES,
    Circumstances,
    Policy,
    PolicyBook,
    Resource,
    Role,
    RoleDraft,
    Subject,
    decide_for,
    read_policy,
    resolve_role,
)

TARGET_P99_MS = 1.0
PEOPLE = 500
CUSTOM_ROLES = 100
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
NAMES = sorted(PERMISSIONS)
CONDITIONS = (
    'unless { context.network.ip.isInRange(ip("10.0.0.0/8")) }',
    "when { context.time.hour < 7 || context.time.hour >= 20 || context.time.weekday > 5 }",
    "unless { context.device.second_factor }",
    'when { principal.by == "key" }',
    'when { resource has project && resource.project != "Apollo" }',
)


@dataclass(frozen=True, slots=True)
class Times:
    """What one shape took, in milliseconds."""

    policies: int
    build_ms: float
    first_ms: float
    p50_ms: float
    p99_ms: float


def _roles() -> list[Role]:
    drafts = {
        f"rol_{at}": RoleDraft(f"Role {at}", "developer" if at % 3 else f"rol_{at - 1}" if at else "guest")
        for at in range(CUSTOM_ROLES)
    }
    return [*ROLES.values(), *(resolve_role(one, drafts) for one in drafts)]


def spread(count: int, luck: random.Random) -> Iterator[Policy]:
    """Yield policies as companies write them: seven of ten of a role, two of a person, one of everybody."""
    for at in range(count):
        draw = luck.random()
        if draw < 0.7:
            head = f'principal in Role::"rol_{luck.randrange(CUSTOM_ROLES)}"'
        elif draw < 0.9 or at > MOST_TOGETHER * len(NAMES):
            head = f'principal == Person::"usr_{luck.randrange(PEOPLE)}"'
        else:
            head = "principal"
        effect = "permit" if luck.random() < 0.2 else "forbid"
        yield _policy(at, effect, head, luck.choice(NAMES), luck.choice(CONDITIONS))


def together(luck: random.Random) -> Iterator[Policy]:
    """Yield as many policies as may concern everybody: the most that one decision ever asks of one slot."""
    for at in range(MOST_TOGETHER * len(NAMES)):
        yield _policy(at, "permit", "principal", NAMES[at % len(NAMES)], luck.choice(CONDITIONS))


def _policy(at: int, effect: str, head: str, permission: str, condition: str) -> Policy:
    text = f'{effect} ({head}, action == Action::"{permission}", resource) {condition};'
    return read_policy(text, policy_id=f"pol_{at}", name=f"Policy {at}")


def measure(policies: list[Policy], decisions: int, luck: random.Random) -> Times:
    """Ask decisions of people, roles, permissions, moments and addresses drawn by chance."""
    started = time.perf_counter()
    book = PolicyBook(policies) if policies else None
    build_ms = (time.perf_counter() - started) * 1000
    roles = _roles()
    subjects = [Subject(f"usr_{one}", luck.choice(roles)) for one in range(PEOPLE)]
    asked = [
        (
            luck.choice(subjects),
            luck.choice(NAMES),
            Circumstances(
                AT + timedelta(minutes=luck.randrange(60 * 24 * 7)),
                time_zone="Europe/Berlin",
                ip=luck.choice(("10.1.2.3", "203.0.113.7")),
                second_factor=luck.random() < 0.5,
                confirmed_at=AT,
            ),
            Resource("api_keys", "key_1", project=luck.choice(("Apollo", "Gemini"))),
        )
        for _ in range(decisions)
    ]

    def one_round() -> list[float]:
        times = []
        for subject, permission, circumstances, resource in asked:
            before = time.perf_counter()
            decide_for(subject, permission, policies=book, circumstances=circumstances, resource=resource)
            times.append((time.perf_counter() - before) * 1000)
        return sorted(times)

    first = one_round()
    gc.collect()
    warm = one_round()
    return Times(len(policies), build_ms, first[-1], _part(warm, 0.5), _part(warm, 0.99))


def _part(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))]


def report(count: int, decisions: int) -> list[str]:
    """Measure every shape; return the lines to print, the target's first."""
    luck = random.Random(0)
    plain = measure([], decisions, luck)
    found = {
        f"{count:,} policies, spread": measure(list(spread(count, luck)), decisions, luck),
        f"{MOST_TOGETHER} of everybody for each permission": measure(list(together(luck)), decisions, luck),
    }
    lines = [
        f"{'access decision':<44} {'p50 ms':>8} {'p99 ms':>8} {'of the target':>14} {'first, most ms':>15}",
        f"{'roles alone':<44} {plain.p50_ms:>8.4f} {plain.p99_ms:>8.4f} {plain.p99_ms / TARGET_P99_MS:>14.1%}",
    ]
    for name, times in found.items():
        lines.append(
            f"{name:<44} {times.p50_ms:>8.4f} {times.p99_ms:>8.4f} {times.p99_ms / TARGET_P99_MS:>14.1%} "
            f"{times.first_ms:>15.2f}"
        )
    spread_times = next(iter(found.values()))
    verdict = "met" if spread_times.p99_ms < TARGET_P99_MS else "MISSED"
    lines.append(
        f"target p99 < {TARGET_P99_MS:g} ms at {count:,} policies: {verdict}; "
        f"{spread_times.p50_ms / plain.p50_ms:.0f} times roles alone at the median"
    )
    return lines


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--decisions", type=int, default=20_000)
    asked = parser.parse_args()
    print("\n".join(report(asked.policies, asked.decisions)))


if __name__ == "__main__":
    main()
