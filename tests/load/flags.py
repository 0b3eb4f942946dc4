"""How long a flag takes to evaluate in process: ``python -m tests.load.flags [--rounds 200000]``."""

import argparse
import time
from collections.abc import Callable

from powerautomation.governance.flags import ANSWER_CACHE, ENVIRONMENTS, Context, Flag, FlagBoard
from powerautomation.governance.flags.entities import Rule, Share, Targeting

OWNER = "org_load"
FLAGS = 1000


def flag_of(key: str, *rules: Rule) -> Flag:
    """A yes-or-no flag with these rules everywhere."""
    return Flag(
        organization_id=OWNER,
        key=key,
        description="",
        kind="boolean",
        variants={"on": True, "off": False},
        off_variant="off",
        salt="salt",
        owner_id="usr_1",
        expires_on=None,
        shared=False,
        built_in=False,
        environments=dict.fromkeys(ENVIRONMENTS, Targeting(True, "off", rules)),
    )


def board_of(count: int) -> FlagBoard:
    """A board with so many flags, and the three that are measured."""
    rules = tuple(Rule({name: frozenset({"somebody", "else"})}, "on") for name in ("organization", "person", "role"))
    split = Rule({}, shares=(Share("on", 50),))
    measured = [flag_of("static"), flag_of("rules", *rules), flag_of("split", *rules, split), flag_of(ANSWER_CACHE)]
    board = FlagBoard()
    board.replace([*measured, *(flag_of(f"other-{number}") for number in range(count))])
    return board


def microseconds(work: Callable[[], object], rounds: int) -> float:
    """What one call takes, of so many in a row."""
    began = time.perf_counter()
    for _ in range(rounds):
        work()
    return (time.perf_counter() - began) * 1e6 / rounds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200_000)
    rounds = parser.parse_args().rounds
    board = board_of(FLAGS)
    context = Context("usr_7", {"organization": OWNER, "person": "usr_7", "role": "developer"})
    for key in ("static", "rules", "split"):
        print(f"{key:12} {microseconds(lambda key=key: board.evaluate(OWNER, key, context), rounds):6.2f} µs")
    print(f"{'kill switch':12} {microseconds(lambda: board.is_on(OWNER, ANSWER_CACHE, 'usr_7'), rounds):6.2f} µs")


if __name__ == "__main__":
    main()
