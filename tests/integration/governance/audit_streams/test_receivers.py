"""Events reach syslog servers and collectors in the form each of them demands."""

import datetime
import ipaddress
import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from powerautomation.governance.audit import AuditEvent, export_line
from powerautomation.governance.audit_streams import NotDelivered, Stream, open_streams
from powerautomation.governance.audit_streams.rules import MOST_DATAGRAM_BYTES, batch_of
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused
from tests.fixtures.ports import held_port
from tests.fixtures.receivers import syslog_receiver, web_receiver
from tests.load import audit as load

EVENTS = tuple(load.events(30, {}))


def stream_of(kind: str, address: str, **more: object) -> Stream:
    settings = Settings.model_validate({"audit": {"streams": {"one": {"kind": kind, "address": address, **more}}}})
    (stream,) = open_streams(settings)
    return stream


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that is its own authority, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "logs.test")])
    moment = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - datetime.timedelta(days=1))
        .not_valid_after(moment + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


@pytest.mark.parametrize("way", ["tcp", "tls", "udp"])
async def test_a_syslog_server_gets_every_event_whole(way: str, tmp_path: Path) -> None:
    public, context = certificate(tmp_path)
    async with syslog_receiver(way, context if way == "tls" else None) as receiver:
        receiver.expected = len(EVENTS)
        more = {"ca_file": public} if way == "tls" else {}
        stream = stream_of("syslog", f"syslog+{way}://127.0.0.1:{receiver.port}", **more)

        assert await stream.send(EVENTS) == ""

        await receiver.enough.wait()
        assert [json.loads(one["text"]) for one in receiver.messages] == [
            json.loads(export_line(one)) for one in EVENTS
        ]
        first = receiver.messages[0]
        assert (first["app"], first["msgid"]) == (b"PowerAutomation", EVENTS[0].event.action.encode())
        assert first["time"] == b"2026-01-01T00:00:20.000Z"
        assert {one["pri"] for one in receiver.messages} <= {b"109", b"108"}


async def test_a_syslog_server_with_another_certificate_or_that_hangs_up_gets_it_again(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    public, _ = certificate(other)
    async with syslog_receiver("tls", context) as receiver:
        stream = stream_of("syslog", f"syslog+tls://127.0.0.1:{receiver.port}", ca_file=public)
        with pytest.raises(NotDelivered):
            await stream.send(EVENTS)
        assert receiver.messages == []
    async with syslog_receiver("tcp") as receiver:
        receiver.cut = 100
        with pytest.raises(NotDelivered):
            await stream_of("syslog", f"syslog+tcp://127.0.0.1:{receiver.port}").send(EVENTS)
    with held_port() as port, pytest.raises(NotDelivered):
        await stream_of("syslog", f"syslog+tcp://127.0.0.1:{port}").send(EVENTS)
    with pytest.raises(NotDelivered, match="never called"):
        await stream_of("syslog", "syslog+udp://169.254.169.254:514").send(EVENTS)


async def test_a_datagram_is_never_too_long_and_says_what_it_leaves_out() -> None:
    (one,) = load.events(1, {})
    object.__setattr__(one.event, "changes", one.event.changes * 500)
    assert len(export_line(one)) > MOST_DATAGRAM_BYTES
    async with syslog_receiver("udp") as receiver:
        await stream_of("syslog", f"syslog+udp://127.0.0.1:{receiver.port}").send([one])
        await receiver.enough.wait()
        said = json.loads(receiver.messages[0]["text"])
        assert (said["changes_left_out"], said["event"]["changes"], said["hash"]) == (True, [], one.hash)


async def test_a_collector_gets_log_records_and_may_refuse_some() -> None:
    async with web_receiver() as receiver:
        address = f"http://127.0.0.1:{receiver.port}/v1/logs"
        stream = stream_of("otlp", address, secret="a-token-of-the-collector")

        assert await stream.send(EVENTS) == ""
        receiver.answer = b'{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}'
        assert await stream.send(EVENTS[:3]) == "The collector refused 2 records: too old"
        for status in (302, 400, 503):
            receiver.statuses = [status]
            with pytest.raises(NotDelivered, match=str(status)):
                await stream.send(EVENTS)
        await stream.close()

        records = receiver.records()
        assert len(records) == len(EVENTS) + 3
        assert [record["body"]["stringValue"].encode() + b"\n" for record in records[: len(EVENTS)]] == [
            export_line(one) for one in EVENTS
        ]
        assert records[0]["timeUnixNano"] == str(int(EVENTS[0].event.occurred_at.timestamp()) * 10**9)
        assert {"key": "audit.sequence", "value": {"intValue": "1"}} in records[0]["attributes"]
        assert {request.headers["authorization"] for request in receiver.requests} == {
            "Bearer a-token-of-the-collector"
        }


@pytest.mark.parametrize(
    ("kind", "address", "more"),
    [
        ("webhook", "https://siem.example.org", {}),
        ("webhook", "https://siem.example.org", {"secret": "short"}),
        ("webhook", "syslog+tcp://siem.example.org:601", {"secret": "long-enough-to-sign"}),
        ("syslog", "https://siem.example.org", {}),
        ("syslog", "syslog+tls://siem.example.org", {}),
        ("otlp", "https://user:password@siem.example.org/v1/logs", {}),
        ("otlp", "https://siem.example.org:99999/v1/logs", {}),
    ],
)
def test_a_stream_that_cannot_work_is_refused_at_the_start(kind: str, address: str, more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"address|secret|[Pp]ort"):
        stream_of(kind, address, **more)


def test_a_missing_file_of_certificates_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=r"streams\.one\.ca_file"):
        stream_of("syslog", "syslog+tls://127.0.0.1:6514", ca_file=tmp_path / "none.pem")


def test_a_batch_is_bounded() -> None:
    long = list(EVENTS)
    size = len(export_line(long[0]))
    assert 2 <= len(batch_of(long, size * 3)) <= 3
    assert len(batch_of(long, 1)) == 1
    assert isinstance(batch_of(long)[0], AuditEvent)
