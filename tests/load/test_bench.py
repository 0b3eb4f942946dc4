"""The bench's own arithmetic and words; its numbers come from running it."""

import json
import shutil
import socketserver
import sys
import threading
from pathlib import Path

import pytest

from tests.load import bench, bodies, soak
from tests.load.arrivals import measure_arrivals, request_bytes
from tests.load.programs import Programs, ProgramsMissingError, find_programs, upstream_config
from tests.load.report import EventDelay, Latency, Report, Throughput, as_text
from tests.load.soak import Sample


def test_missing_programs_are_named_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ProgramsMissingError, match=r"nginx, .*wrk.*apt-get install"):
        find_programs()
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert bench.main() == 1
    assert "apt-get install" in capsys.readouterr().err


def test_the_report_compares_with_its_targets() -> None:
    report = Report(cores=2, requests=1000, rss_warm=100 * 2**20, rss_end=110 * 2**20)
    report.throughput.append(Throughput("fast", 40_000, 16_000, 0.30, 0))
    report.throughput.append(Throughput("slow", 40_000, 8_000, 0.30, 0))
    report.throughput.append(Throughput("wrong", 40_000, 16_000, 0.30, 3))
    report.latency.append(Latency("half", 5000, 0.1, 0.4, 0.2, 1.0, 5.5, 1.5, 0.5, 3.0))
    report.event_delay.append(EventDelay("light", 0.02, 0.30, 0.9, 1.0))
    lines = {line.split("  ")[0]: line for line in as_text(report).splitlines()}
    assert lines["fast"].endswith("0.40    0.30        ok")
    assert lines["slow"].endswith("MISSED")
    assert lines["wrong"].endswith("3 ERRORS")
    assert "0.30 / 4.50" in lines["half"]
    assert lines["half"].endswith("MISSED")
    assert lines["light"].endswith("ok")
    assert lines["drift"].endswith("MISSED")
    shown = json.loads(json.dumps(report.as_json()))
    assert [item["ratio"] for item in shown["throughput"]] == [0.4, 0.2, 0.4]


def test_bodies_have_the_sizes_they_promise() -> None:
    assert 95_000 < len(bodies.chat_body("m", stream=False, size=100_000)) < 115_000
    assert 90_000 < len(bodies.messages_body("m", stream=False, size=40_000, tools=30)) < 130_000
    assert 310_000 < len(bodies.messages_body("m", stream=True, size=320_000)) < 340_000
    assert len(bodies.chat_events()) == len(bodies.messages_events()) == 52


def test_the_upstream_repeats_the_events_to_the_letter(tmp_path: Path) -> None:
    config = upstream_config(tmp_path, Programs("nginx", "module.so", "wrk", "taskset"), 9999)
    for event in bodies.chat_events():
        assert f"echo '{event}\\n'; echo_flush;" in config


def test_memory_that_jumps_once_is_not_called_growth() -> None:
    flat = [Sample(number * 1000, 150 + (20 if number in (3, 49) else 0), 30) for number in range(1, 51)]
    assert "+0.0%" in soak.as_text(flat)
    growing = [Sample(number * 1000, 150 + number, 30) for number in range(1, 51)]
    assert "MISSED" in soak.as_text(growing)


@pytest.mark.parametrize(
    "body", [b"content-length: 5\r\n\r\nhello", b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
def test_arrivals_count_every_request_and_every_refusal(body: bytes) -> None:
    seen = 0

    class Upstream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            nonlocal seen
            while line := self.rfile.readline():
                while line not in (b"\r\n", b""):
                    length = int(line.split(b":")[1]) if line.startswith(b"content-length") else 0
                    line = self.rfile.readline()
                self.rfile.read(length)
                seen += 1
                self.wfile.write((b"HTTP/1.1 503 No\r\n" if seen == 7 else b"HTTP/1.1 200 OK\r\n") + body)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upstream) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        request = request_bytes("/v1/messages", b"{}", "key")
        found = measure_arrivals(server.server_address[1], [request], rate=200, seconds=0.2, connections=1)
        server.shutdown()
    assert found.requests == seen > 7
    assert found.errors == 1
    assert 0 < found.p50 <= found.p95 <= found.p99
