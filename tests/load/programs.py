"""The outside programs of the bench: nginx as upstream and as rival proxy, and wrk as load generator."""

import contextlib
import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.load import bodies

UPSTREAM_CORE = "1"
PROXY_CORE = "0"
START_SECONDS = 10.0
INSTALL = "apt-get install nginx-light libnginx-mod-http-echo wrk util-linux"
_MODULE_FOLDERS = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules")
_MODULE = "ngx_http_echo_module.so"


class ProgramsMissingError(Exception):
    """The bench cannot run here; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the outside programs are."""

    nginx: str
    echo_module: str
    wrk: str
    taskset: str


def find_programs() -> Programs:
    """The programs of this machine. Raises ProgramsMissingError with the command that installs them."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    wrk, taskset = shutil.which("wrk"), shutil.which("taskset")
    modules = [Path(folder, _MODULE) for folder in _MODULE_FOLDERS if Path(folder, _MODULE).exists()]
    found = {"nginx": nginx, "nginx's echo module": modules, "wrk": wrk, "taskset": taskset}
    missing = [name for name, place in found.items() if not place]
    if missing or nginx is None or wrk is None or taskset is None:
        raise ProgramsMissingError(f"The bench needs {', '.join(missing)}. Install with: {INSTALL}")
    return Programs(nginx, str(modules[0]), wrk, taskset)


def _quoted(text: str) -> str:
    assert "'" not in text
    assert "$" not in text
    return f"'{text}'"


def _echoes(events: Sequence[str]) -> str:
    return "\n".join(f"echo {_quoted(event + chr(92) + 'n')}; echo_flush;" for event in events)


def _frame(folder: Path, programs: Programs, http_part: str) -> str:
    temp = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
load_module {programs.echo_module};
{"user root;" if _is_root() else ""}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  {temp}
  keepalive_timeout 300s;
  keepalive_requests 100000000;
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  types {{ }}
  {http_part}
}}
"""


def _is_root() -> bool:
    import os

    return os.geteuid() == 0


def upstream_config(folder: Path, programs: Programs, port: int) -> str:
    """nginx that answers like both kinds of vendors: whole under ``/whole``, as a stream under ``/stream``, and under
    ``/read`` whole after it has read the request to its end, as vendors do and ``return`` does not."""
    places = {
        "/whole/v1/chat/completions": f"default_type application/json; return 200 {_quoted(bodies.chat_answer())};",
        "/whole/v1/messages": f"default_type application/json; return 200 {_quoted(bodies.messages_answer())};",
        # Buffers the request, drops it, and asks itself: the way to read a body to its end without much work.
        "/read/v1/chat/completions": (
            'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; '
            'proxy_set_header Content-Length ""; proxy_pass http://itself/whole/v1/chat/completions;'
        ),
        "/stream/v1/chat/completions": f"default_type text/event-stream; {_echoes(bodies.chat_events())}",
        "/stream/v1/messages": f"default_type text/event-stream; {_echoes(bodies.messages_events())}",
    }
    locations = "\n".join(f"location = {path} {{ {what} }}" for path, what in places.items())
    itself = f"upstream itself {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}"
    return _frame(
        folder, programs, f"{itself} server {{ listen 127.0.0.1:{port} backlog=4096 rcvbuf=4m; {locations} }}"
    )


def proxy_config(folder: Path, programs: Programs, port: int, upstream_port: int) -> str:
    """nginx as an unbuffered reverse proxy before the upstream: the limit of what a proxy can do on one core."""
    return _frame(
        folder,
        programs,
        f"""
  upstream vendors {{ server 127.0.0.1:{upstream_port}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096 rcvbuf=4m;
    location / {{
      proxy_pass http://vendors;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }}
  }}
""",
    )


@contextlib.contextmanager
def running_nginx(folder: Path, programs: Programs, config: str, core: str, port: int) -> Iterator[int]:
    """nginx with ``config`` on one core until the block ends; yields its process id."""
    folder.mkdir()
    path = folder / "nginx.conf"
    path.write_text(config)
    process = subprocess.Popen(
        [programs.taskset, "-c", core, programs.nginx, "-p", str(folder), "-c", str(path), "-g", "daemon off;"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "stderr.log").open("wb"),
        start_new_session=True,
    )
    try:
        wait_for_port(port, process, folder / "stderr.log")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something listens; RuntimeError when ``process`` ends before."""
    import socket

    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"nginx ended with {process.returncode}: {log.read_text('utf-8', 'replace')[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port} after {START_SECONDS:.0f} s")


_WRK_SCRIPT = r"""
-- The body is read once.
function init(args)
  local file = assert(io.open(args[1], "rb"))
  local body = file:read("*a")
  file:close()
  local headers = {["content-type"] = "application/json", ["anthropic-version"] = "2023-06-01"}
  if args[2] ~= "" then headers["authorization"] = "Bearer " .. args[2] end
  prepared = wrk.format("POST", nil, headers, body)
end
function request() return prepared end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"bytes":%d,"status_errors":%d,"socket_errors":%d,' ..
    '"p50":%d,"p90":%d,"p99":%d,"p999":%d,"max":%d}\n',
    summary.requests, summary.duration, summary.bytes, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9), latency.max))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured; times in microseconds."""

    requests: int
    microseconds: int
    bytes: int
    status_errors: int
    socket_errors: int
    p50: int
    p90: int
    p99: int
    p999: int
    max: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / (self.microseconds / 1e6)


class Wrk:
    """The load generator, pinned beside the upstream."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._script = folder / "full.lua"
        self._script.write_text(_WRK_SCRIPT)

    def run(self, url: str, body: bytes, key: str, *, seconds: float, connections: int = 32) -> Load:
        """Load ``url`` as fast as it goes."""
        body_path = self._folder / f"body-{len(body)}.json"
        body_path.write_bytes(body)
        done = subprocess.run(
            [
                *(self._programs.taskset, "-c", UPSTREAM_CORE, self._programs.wrk, "-t1", f"-c{connections}"),
                *(f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(self._script), url),
                *("--", str(body_path), key),
            ],
            capture_output=True,
            text=True,
            timeout=seconds + 30,
            check=False,
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if done.returncode != 0 or not lines:
            raise RuntimeError(f"wrk failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return Load(**json.loads(lines[-1].removeprefix("RESULT ")))


def post_once(port: int, path: str, body: bytes, key: str) -> tuple[int, bytes, dict[str, str]]:
    """One request, to see that what is about to be measured is a right answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
