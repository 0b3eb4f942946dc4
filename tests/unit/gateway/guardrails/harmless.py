# ruff: noqa: E501 -- data is read more easily in one line
"""Harmless texts of the kinds tools return all day: nothing in them may be masked, and none gives orders."""

import hashlib
import json
import random
import uuid
from collections.abc import Iterator

_chance = random.Random()


def _hex(length: int) -> str:
    return f"{_chance.getrandbits(length * 4):0{length}x}"


def _digits(length: int) -> str:
    return str(_chance.randrange(1, 10)) + "".join(str(_chance.randrange(10)) for _ in range(length - 1))


def harmless() -> Iterator[str]:
    """Yield some hundred texts: code, logs, hashes, ids, tables, output of tools."""
    _chance.seed(42)
    for number in range(40):
        yield f"commit {_hex(40)}\nMerge: {_hex(7)} {_hex(7)}\nDate:   Mon Nov {number % 28 + 1} 09:{number:02d}:51 2026 +0800\n\n    Fix #{number * 37}"
        yield f"index {_hex(7)}..{_hex(7)} 100644\n@@ -{number * 13},7 +{number * 13},{number + 3} @@ def area(width, height):"
        yield str(uuid.UUID(int=_chance.getrandbits(128), version=4))
        yield f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}  layer-{number}.tar.gz"
        yield f"md5 {hashlib.md5(str(number).encode()).hexdigest()}"
        yield f"2026-11-21T09:{number:02d}:51.{_digits(6)}+08:00 INFO [worker-{number}] request 01J{_hex(20).upper()} took {_digits(3)}.{_digits(2)} ms"
        yield f"[{number}.{_digits(6)}] usb 1-1: new high-speed USB device number {number} using xhci_hcd"
        yield json.dumps(
            {"id": f"chatcmpl-{_hex(24)}", "created": 1795273875 + number, "trace_id": _hex(32), "span_id": _hex(16)}
        )
        yield f"{_hex(8)}: {' '.join(_hex(4) for _ in range(8))}  ................"
        yield f"timestamp_ms={1795273875000 + number}, timestamp_us={1795273875000000 + number}, ns={1795273875000000000 + number}"
        yield f"| {number} | {_digits(4)} | {_digits(5)} | {number / 7:.6f} | {_digits(2)}% |"
        yield f"-rw-r--r-- 1 root root {_digits(7)} Nov 21 09:{number:02d} model-{number:05d}-of-00040.safetensors"
        yield f"pip install numpy==2.{number}.1 torch==2.{number}.0+cu128 build 138.{number}.1"
        yield f"lat {number + 0.123456:.6f}, lon {100 + number + 0.654321:.6f}; bbox 110.{_digits(4)} 31.{_digits(4)}"
        yield f"vmlinuz 6.1.0-{number}-amd64 0x{_hex(16)} pid={_digits(5)} rss={_digits(8)}"
        yield f'<rect x="{_digits(3)}" y="{_digits(3)}" width="{_digits(4)}" d="M{_digits(2)} {_digits(3)} L{_digits(3)} {_digits(3)}"/>'
    yield from _plain()


def _plain() -> Iterator[str]:
    yield "for index in range(10_000_000): total += weights[index] * 0.138123456"
    yield "PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND\n 1234 root 20 0 1381234 56788 1234 S 1.3 0.2 0:01.38 python"
    yield "ISBN 978-7-111-12345-0, RFC 2822, ISO 8601, GB 11643-1999, port 13812, error 0x80070005"
    yield "Invoice no. 2026-1121-000138, order 20261121000013812345, article 4006381333931"
    yield "10.0.0.1 192.168.1.254 172.16.138.12 127.0.0.1:13812 fe80::1 ::1"
    yield "decorator @property, @app.route, user@localhost, git@internal, icon@2x.png, 3@5"
    yield "Opening hours 010-6234 and 12:00-13:30, room 0086-12, chapter 138.1234, version 138.1234.56"
    yield "matrix: 110105 19491332 0021 and 110105 19491231 0022 do not add up; neither does 110105491331002"
    yield "IMEI 356938035643809, card 0000 0000 0000 0000, serial 1234-5678-9012"
    yield "x = 1.3812345678e10; y = 13812345678.5; z = -13812345678; hash 13812345678abc"
    yield "订单编号：20261121138123456789，流水号 000000138123，数量 15，合计 1,381.23 元"
    yield "表 3-2：1949 1231 0021 5566；页码 110-105；第 0571 章"
    yield "def f(i, j, k, n, m, p, q, r, s, t): return i - j - k - n - m - p - q"
    yield "| a | b | c | d | e | f | g | h | i | j | k |\n|---|---|---|---|---|---|---|---|---|---|---|"
    yield "y / n / a / s / k / q? [a b c d e f g h i j k l m n o p q r s t u v w x y z]"


def unbidding() -> Iterator[str]:
    """Yield texts that speak of instructions, prompts and secrets and give no orders."""
    yield "The callback must not ignore the previous instructions."
    yield '    """Do not override the existing rules: later ones must never bypass the system rules."""'
    yield "If True, ignore all existing rules and start from the default message."
    yield "--no-context  Forget all context lines in the output of diff."
    yield "Users can't bypass the existing guidelines of the review."
    yield "Changelog: The parser does not disregard earlier messages any more."
    yield "请不要忽略之前的提示，确认后再继续。"
    yield "系统不能忽略所有规则，否则检查失败。"
    yield "Не игнорируйте предыдущие инструкции администратора."
    yield "Οι προηγούμενες οδηγίες ισχύουν ακόμη."
    yield "I N D E X: a b c d e f g h i j k l m n o p"
    yield "T O D O : s o r t   t h e   l i s t"
    yield from harmless()
