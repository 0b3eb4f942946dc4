"""The bench's result as values, as a table for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Throughput:
    """One scenario at full load. ``target``: the least ratio wanted, None where none is stated."""

    scenario: str
    nginx_rate: float
    our_rate: float
    target: float | None
    errors: int

    @property
    def ratio(self) -> float:
        """Ours through nginx's, both requests per second."""
        return self.our_rate / self.nginx_rate if self.nginx_rate else 0.0


@dataclass(frozen=True, slots=True)
class Latency:
    """One scenario at about half of our full load, or at a tenth of it for large bodies; milliseconds.

    ``added`` is ours minus the upstream asked directly, both under the same load.
    """

    scenario: str
    rate: float
    direct_p50: float
    our_p50: float
    nginx_p50: float
    direct_p99: float
    our_p99: float
    nginx_p99: float
    target_p50: float | None
    target_p99: float | None

    @property
    def added_p50(self) -> float:
        """Milliseconds the gateway adds for the median request."""
        return self.our_p50 - self.direct_p50

    @property
    def added_p99(self) -> float:
        """Milliseconds the gateway adds at the 99th percentile."""
        return self.our_p99 - self.direct_p99


@dataclass(frozen=True, slots=True)
class EventDelay:
    """How much later events arrive than straight from the upstream; milliseconds."""

    scenario: str
    direct_p50: float
    our_p50: float
    our_p99: float
    target: float

    @property
    def added_p50(self) -> float:
        """Milliseconds by which the median event is later."""
        return self.our_p50 - self.direct_p50


@dataclass(slots=True)
class Report:
    """Everything one run measured; memory in bytes."""

    cores: int
    seconds: float = 0.0
    requests: int = 0
    rss_ready: int = 0
    rss_warm: int = 0
    rss_end: int = 0
    throughput: list[Throughput] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    event_delay: list[EventDelay] = field(default_factory=list)

    @property
    def drift(self) -> float:
        """Growth of resident memory from warm to the end."""
        return self.rss_end / self.rss_warm - 1 if self.rss_warm else 0.0

    def as_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {
            **asdict(self),
            "drift": self.drift,
            "throughput": [{**asdict(item), "ratio": item.ratio} for item in self.throughput],
            "latency": [
                {**asdict(item), "added_p50": item.added_p50, "added_p99": item.added_p99} for item in self.latency
            ],
            "event_delay": [{**asdict(item), "added_p50": item.added_p50} for item in self.event_delay],
        }


def _verdict(good: bool | None) -> str:
    return "" if good is None else ("ok" if good else "MISSED")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in aligned columns, the first to the left and the others to the right."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = []
    for row in [heads, ["-" * width for width in widths], *rows]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_text(report: Report) -> str:
    """The report for people, targets beside each number."""
    parts = []
    if report.throughput:
        rows = []
        for item in report.throughput:
            goal = "" if item.target is None else f"{item.target:.2f}"
            good = None if item.target is None else item.ratio >= item.target
            verdict = f"{item.errors} ERRORS" if item.errors else _verdict(good)
            rates = [f"{item.nginx_rate:,.0f}", f"{item.our_rate:,.0f}", f"{item.ratio:.2f}"]
            rows.append([item.scenario, *rates, goal, verdict])
        parts.append(table(["Requests per second, 32 connections", "nginx", "ours", "ratio", "target", ""], rows))
    if report.latency:
        rows = []
        for late in report.latency:
            goals = [late.target_p50, late.target_p99]
            values = [late.added_p50, late.added_p99]
            known = [(value, goal) for value, goal in zip(values, goals, strict=True) if goal is not None]
            good = all(value <= goal for value, goal in known) if known else None
            nginx = f"{late.nginx_p50 - late.direct_p50:.2f} / {late.nginx_p99 - late.direct_p99:.2f}"
            goal = " / ".join("" if value is None else f"{value:g}" for value in goals) if known else ""
            ours = f"{late.added_p50:.2f} / {late.added_p99:.2f}"
            rows.append([late.scenario, f"{late.rate:,.0f}", nginx, ours, goal.strip(" /"), _verdict(good)])
        heads = ["Added latency in ms, p50 / p99", "req/s", "nginx", "ours", "target", ""]
        parts.append(table(heads, rows))
    if report.event_delay:
        rows = [
            [
                item.scenario,
                f"{item.direct_p50:.2f}",
                f"{item.our_p50:.2f}",
                f"{item.our_p99:.2f}",
                f"{item.added_p50:.2f}",
                f"{item.target:g}",
                _verdict(item.added_p50 <= item.target),
            ]
            for item in report.event_delay
        ]
        heads = ["Delay of one event in ms", "direct p50", "ours p50", "ours p99", "added", "target", ""]
        parts.append(table(heads, rows))
    mib = 1024 * 1024
    rows = [
        ["ready", f"{report.rss_ready / mib:.0f} MB", "", ""],
        ["warm", f"{report.rss_warm / mib:.0f} MB", "", ""],
        [
            f"after {report.requests:,} requests",
            f"{report.rss_end / mib:.0f} MB",
            "250",
            _verdict(report.rss_end < 250 * mib),
        ],
        ["drift", f"{report.drift:+.1%}", "5 %", _verdict(report.drift < 0.05)],
    ]
    parts.append(table(["Resident memory", "", "target", ""], rows))
    if report.cores < 2:
        parts.append(
            "This machine has one core: proxy, upstream and load generator disturb each other; ratios mislead."
        )
    parts.append(f"{report.seconds:.0f} s in all.")
    return "\n\n".join(parts)
