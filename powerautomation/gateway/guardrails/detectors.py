"""Finds secrets and personal data in text.

Every pattern is bounded and cannot start again inside what it has just passed over, so that a text takes time in
proportion to its length, whatever stands in it. Formats of keys are those the vendors' own pages and GitHub's list of
secret scanning patterns state, read 2026-11.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import ip_address
from math import log2
from typing import NamedTuple

from powerautomation.gateway.guardrails import checksums
from powerautomation.gateway.guardrails.entities import Finding
from powerautomation.gateway.guardrails.folding import narrowed

MOST_PRIVATE_KEY_CHARACTERS = 20_000


class _Detector(NamedTuple):
    kind: str
    pattern: str
    # Which part is the value, and whether it proves itself; what stands before it may count.
    group: int = 0
    holds: Callable[[str], bool] | None = None
    # Plain texts of which one must be there at all: a quick look before the pattern.
    hints: tuple[str, ...] = ()
    flags: int = 0


_WORD = r"[A-Za-z0-9_-]"
# How numbers in China begin abroad: +86, 0086, (+86), (0086).
_CHINA = r"(?:\(?(?:\+|00)86\)?[ .-]?)"
_START = r"(?<![A-Za-z0-9_-])"


def _is_random(text: str) -> bool:
    """Say whether a text looks made by chance: many different signs, and no plain word or placeholder."""
    if len(text) < 12 or text.startswith(("$", "<", "{", "%", "os.", "process.", "*")) or "..." in text:
        return False
    lowered = text.lower()
    if any(word in lowered for word in ("example", "placeholder", "your", "changeme", "xxxx", "password", "secret")):
        return False
    kinds = sum(any(test(sign) for sign in text) for test in (str.islower, str.isupper, str.isdigit))
    counts = [text.count(sign) for sign in set(text)]
    entropy = -sum(count / len(text) * log2(count / len(text)) for count in counts)
    return kinds >= 2 and entropy >= 3.2 and any(sign.isdigit() for sign in text)


def _is_password(text: str) -> bool:
    return not text.startswith(("$", "<", "{", "*", "%")) and text.lower() not in ("password", "pass", "secret", "xxx")


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text) and len(set(text)) > 6


def _is_phone(text: str) -> bool:
    # Hotlines belong to nobody.
    return 8 <= sum(sign.isdigit() for sign in text) <= 15 and not text.startswith(("400-", "800-"))


def _is_public_ip(text: str) -> bool:
    try:
        return ip_address(text).is_global
    except ValueError:
        return False


def _is_mail(text: str) -> bool:
    host = text.rpartition("@")[2].lower()
    return not host.endswith((".png", ".jpg", ".gif", ".svg", ".js", ".css", ".local", ".internal"))


_SECRETS = (
    _Detector("anthropic_key", rf"{_START}sk-ant-[a-z]{{2,10}}[0-9]{{0,3}}-{_WORD}{{20,200}}", 0, None, ("sk-ant-",)),
    _Detector("openai_key", rf"{_START}sk-{_WORD}{{20,220}}", 0, _has_digit, ("sk-",)),
    _Detector("gateway_key", rf"{_START}pa_{_WORD}{{20,100}}", 0, _has_digit, ("pa_",)),
    _Detector("xai_key", rf"{_START}xai-[A-Za-z0-9]{{40,120}}", 0, None, ("xai-",)),
    _Detector("groq_key", rf"{_START}gsk_[A-Za-z0-9]{{40,80}}", 0, None, ("gsk_",)),
    _Detector("huggingface_key", rf"{_START}hf_[A-Za-z0-9]{{30,60}}", 0, None, ("hf_",)),
    _Detector("google_key", rf"{_START}AIza{_WORD}{{35}}(?!{_WORD})", 0, None, ("AIza",)),
    _Detector("aws_key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])", 0, None, ("AKIA", "ASIA")),
    _Detector("alibaba_key", r"(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])", 0, _has_digit, ("LTAI",)),
    _Detector("tencent_key", r"(?<![A-Za-z0-9])AKID[A-Za-z0-9]{32}(?![A-Za-z0-9])", 0, None, ("AKID",)),
    _Detector(
        "github_key", rf"{_START}(?:gh[pousr]_[A-Za-z0-9]{{36,255}}|github_pat_[A-Za-z0-9_]{{60,255}})", 0, None,
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ),
    _Detector("gitlab_key", rf"{_START}glpat-{_WORD}{{20,60}}", 0, None, ("glpat-",)),
    _Detector("slack_key", rf"{_START}xox[abposr]-[A-Za-z0-9-]{{10,200}}", 0, _has_digit, ("xox",)),
    _Detector(
        "slack_webhook", r"hooks\.slack\.com/services/(T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{16,40})", 1, None,
        ("hooks.slack.com",),
    ),
    _Detector("stripe_key", rf"{_START}[rs]k_(?:live|test)_[A-Za-z0-9]{{16,200}}", 0, None, ("k_live_", "k_test_")),
    _Detector("npm_key", rf"{_START}npm_[A-Za-z0-9]{{36}}(?!{_WORD})", 0, None, ("npm_",)),
    _Detector("pypi_key", rf"{_START}pypi-{_WORD}{{50,300}}", 0, None, ("pypi-",)),
    _Detector("sendgrid_key", rf"{_START}SG\.{_WORD}{{22}}\.{_WORD}{{43}}(?!{_WORD})", 0, None, ("SG.",)),
    _Detector("telegram_key", rf"{_START}[0-9]{{8,10}}:AA{_WORD}{{33}}(?!{_WORD})", 0, None, (":AA",)),
    _Detector("digitalocean_key", rf"{_START}do[opr]_v1_[a-f0-9]{{64}}", 0, None, ("_v1_",)),
    _Detector(
        "jwt", rf"{_START}eyJ{_WORD}{{8,2000}}\.eyJ{_WORD}{{8,6000}}\.{_WORD}{{10,2000}}", 0, None, (".eyJ",)
    ),
    _Detector(
        "connection_string",
        r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse|ftp|https?)(?:\+[a-z0-9]{1,20})?://"
        r"[^\s:@/]{0,64}:([^\s@/\"']{1,128})@[A-Za-z0-9\[]", 1, _is_password, ("://",),
    ),
    _Detector("azure_key", r"AccountKey=([A-Za-z0-9+/]{80,90}={0,2})", 1, None, ("AccountKey=",)),
    _Detector(
        "assigned_secret",
        r"(?:secret|token|passwd|password|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credential|密码|密钥|口令)"
        r"[\w.-]{0,20}[\"']?\s{0,4}(?:=>|:=|=|:|：|是)\s{0,4}[\"']?([^\s\"'`,;<>(){}\[\]]{12,200})",
        1, _is_random, (), re.IGNORECASE,
    ),
)  # fmt: skip

_PERSONAL = (
    _Detector(
        "email",
        r"(?<![A-Za-z0-9._%+/-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9])",
        0, _is_mail, ("@",),
    ),
    _Detector(
        "resident_id",
        r"(?<![0-9A-Za-z])[1-8][0-9]{5}[ -]?[0-9]{4}[ -]?(?:[0-9]{4}[ -]?[0-9]{3}[0-9Xx]|[0-9]{2}[ -]?[0-9]{3})"
        r"(?![0-9A-Za-z])", 0, checksums.is_resident_id,
    ),
    _Detector(
        "credit_code", r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])", 0,
        checksums.is_credit_code,
    ),
    _Detector("bank_card", r"(?<![0-9A-Za-z.-])[2-6](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z])", 0, checksums.is_bank_card),
    _Detector(
        "iban", r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![0-9A-Za-z])", 0, checksums.is_iban
    ),
    _Detector(
        "us_ssn", r"(?<![0-9A-Za-z-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9A-Za-z-])", 0,
        checksums.is_social_security_number, ("-",),
    ),
    _Detector(
        "passport",
        r"(?:[Pp]assport|PASSPORT|护照|護照)[^A-Z0-9]{0,20}([A-Z]{1,2}[0-9]{7,8}|[0-9]{9})(?![0-9A-Za-z])", 1, None,
        ("assport", "ASSPORT", "护照", "護照"), 0,
    ),
    _Detector(
        "phone_cn_mobile",
        rf"(?<![0-9A-Za-z.-])(?:{_CHINA}|86[ -]?)?\(?1[3-9][0-9](?:\)?[0-9]{{8}}|\)?([ .-])[0-9]{{4}}\1[0-9]{{4}})"
        r"(?![0-9A-Za-z]|[.-][0-9])",
    ),
    _Detector(
        "phone_cn_landline",
        rf"(?<![0-9A-Za-z.-])(?:(?:{_CHINA})?(?:0[1-9][0-9]{{1,2}}[ -]|\(0[1-9][0-9]{{1,2}}\)[ -]?)"
        rf"|{_CHINA}(?:\(0\))?[1-9][0-9]{{1,2}}[ -])[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}}(?:-[0-9]{{1,5}})?(?![0-9A-Za-z-])",
    ),
    _Detector(
        "phone", r"(?<![0-9A-Za-z.+-])(?:\+[1-9][0-9]{0,2}(?:[ -]?\(?[0-9]{1,4}\)?){2,5}"
        r"|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4}|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4})(?![0-9A-Za-z-])",
        0, _is_phone,
    ),
    _Detector(
        "ip_address",
        r"(?<![0-9A-Za-z.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7})(?![0-9A-Za-z.:-])",
        0, _is_public_ip,
    ),
)  # fmt: skip

SECRET_KINDS = ("private_key", *(detector.kind for detector in _SECRETS))
PERSONAL_KINDS = tuple(detector.kind for detector in _PERSONAL if detector.kind != "ip_address")
KINDS = (*SECRET_KINDS, *PERSONAL_KINDS, "ip_address")


@cache
def _compiled(kinds: frozenset[str]) -> tuple[tuple[_Detector, re.Pattern[str]], ...]:
    chosen = [detector for detector in (*_SECRETS, *_PERSONAL) if detector.kind in kinds]
    return tuple((detector, re.compile(detector.pattern, detector.flags | re.ASCII)) for detector in chosen)


def find(text: str, kinds: Iterable[str]) -> list[Finding]:
    """Return what is found of these kinds, in order and without overlaps: where two meet, the earlier kind of the list
    of kinds stays."""
    wanted = frozenset(kinds)
    text, place_of = narrowed(text)
    found: list[Finding] = list(_private_keys(text)) if "private_key" in wanted else []
    for detector, pattern in _compiled(wanted):
        if detector.hints and not any(hint in text for hint in detector.hints):
            continue
        for match in pattern.finditer(text):
            value = match.group(detector.group)
            if detector.holds is None or detector.holds(value):
                found.append(Finding(detector.kind, match.start(detector.group), match.end(detector.group)))
    if place_of is not None:
        found = [Finding(one.kind, place_of(one.start), place_of(one.end - 1) + 1) for one in found]
    return _without_overlaps(found)


def _without_overlaps(found: list[Finding]) -> list[Finding]:
    # Sorting is stable: of findings that start together the longest comes first, then the earlier kind.
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept


_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")


def _private_keys(text: str) -> Iterable[Finding]:
    """Keys from their first to their last line; one whose end is missing goes on as far as it may be long."""
    ends = [match.end() for match in _END.finditer(text)] if "PRIVATE KEY" in text else []
    position = number = 0
    while (begin := _BEGIN.search(text, position)) is not None:
        while number < len(ends) and ends[number] <= begin.end():
            number += 1
        limit = begin.start() + MOST_PRIVATE_KEY_CHARACTERS
        end = ends[number] if number < len(ends) and ends[number] <= limit else min(len(text), limit)
        yield Finding("private_key", begin.start(), end)
        position = end
