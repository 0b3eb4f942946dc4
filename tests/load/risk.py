"""How long it takes to judge a command: every labelled one, and the longest and deepest that are permitted.

``python -m tests.load.risk`` prints the figures and fails above 10 ms at the 99th percentile.
"""

import csv
import sys
import time
from pathlib import Path

from powerautomation.approvals.risk import Action, assess, load_rules

COMMANDS = Path(__file__).parents[1] / "unit/approvals/risk/commands.csv"
MOST_MS = 10.0
ROUNDS = 5
LONGEST = (
    "cat > notes.txt <<'EOF'\n" + "a line of text\n" * 1_050 + "EOF",
    "echo " + "word " * 3_000,
    "; ".join(f"cp src/a{number}.py src/b{number}.py" for number in range(200)),
)


def main() -> None:
    """Judge every command several times, and print the figures in milliseconds."""
    rules = load_rules()
    with COMMANDS.open(newline="", encoding="utf-8") as file:
        commands = [*(row["command"] for row in csv.DictReader(file)), *LONGEST]
    taken = []
    for turn in range(ROUNDS + 1):
        for command in commands:
            action = Action("Bash", {"command": command}, cwd="/home/dev/shop", home="/home/dev")
            started = time.perf_counter()
            assess(action, rules)
            # The first round reads the grammar and compiles the patterns.
            if turn:
                taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    print(f"risk: {len(taken)} commands judged, p50 {p50:.3f} ms, p99 {p99:.2f} ms, longest {taken[-1]:.1f} ms")
    if p99 > MOST_MS:
        sys.exit(f"p99 {p99:.2f} ms is above {MOST_MS} ms")


if __name__ == "__main__":
    main()
