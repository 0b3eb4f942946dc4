# ruff: noqa: E501 -- data is read more easily in one line
"""Labelled texts: what must be found, and what only looks like it. Values are put together here, so that no scanner
takes this file for a leak; none of them was ever valid."""

import random
import string
from collections.abc import Iterator

from powerautomation.gateway.guardrails import checksums

_chance = random.Random(20261121)
_MIXED = string.ascii_letters + string.digits
Sample = tuple[str, str]


def _some(length: int, signs: str = _MIXED) -> str:
    made = "".join(_chance.choice(signs) for _ in range(length - 2))
    return made + _chance.choice([sign for sign in signs if sign.isdigit()] or signs) + _chance.choice(signs)


def resident_id(area: str = "110105", day: str = "19491231", serial: str = "002") -> str:
    """A resident identity number that adds up."""
    return next(number for sign in "0123456789X" if checksums.is_resident_id(number := f"{area}{day}{serial}{sign}"))


def credit_code(start: str = "91110108MA01A1B2C") -> str:
    """A unified social credit code that adds up."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return next(code for sign in signs if checksums.is_credit_code(code := start + sign))


def card(start: str) -> str:
    """A card number that adds up."""
    return next(number for digit in "0123456789" if checksums.is_bank_card(number := start + digit))


def iban(country: str, account: str) -> str:
    """An IBAN that adds up."""
    return next(made for check in range(2, 99) if checksums.is_iban(made := f"{country}{check:02d}{account}"))


def _broken(number: str) -> str:
    """The same with its last digit changed: it adds up no more."""
    return number[:-1] + str((int(number[-1]) + 1) % 10 if number[-1].isdigit() else 0)


def positives() -> Iterator[Sample]:
    """Texts with the kind that must be found in each."""
    yield from _secrets()
    yield from _people()


def _secrets() -> Iterator[Sample]:
    keys = {
        "anthropic_key": ["sk-" + "ant-api03-" + _some(60), "sk-" + "ant-admin01-" + _some(40)],
        "openai_key": ["sk-" + "proj-" + _some(60), "sk-" + _some(48), "sk-" + "svcacct-" + _some(50), "sk-" + "or-v1-" + _some(64, "0123456789abcdef")],
        "gateway_key": ["pa" + "_" + _some(40)],
        "xai_key": ["xa" + "i-" + _some(80)],
        "groq_key": ["gs" + "k_" + _some(52)],
        "huggingface_key": ["h" + "f_" + _some(34)],
        "google_key": ["AI" + "za" + _some(35)],
        "aws_key": ["AK" + "IA" + _some(16, string.ascii_uppercase + "234567"), "AS" + "IA" + _some(16, string.ascii_uppercase + "234567")],
        "alibaba_key": ["LT" + "AI" + _some(20)],
        "tencent_key": ["AK" + "ID" + _some(32)],
        "github_key": ["gh" + "p_" + _some(36), "github_" + "pat_" + _some(82)],
        "gitlab_key": ["gl" + "pat-" + _some(20)],
        "slack_key": ["xo" + "xb-" + "123456789012-" + _some(24)],
        "stripe_key": ["sk" + "_live_" + _some(24), "rk" + "_test_" + _some(24)],
        "npm_key": ["np" + "m_" + _some(36)],
        "pypi_key": ["py" + "pi-" + _some(80)],
        "sendgrid_key": ["S" + "G." + _some(22) + "." + _some(43)],
        "telegram_key": ["123456789:" + "AA" + _some(33)],
        "digitalocean_key": ["do" + "p_v1_" + _some(64, "0123456789abcdef")],
        "jwt": ["ey" + "J" + _some(30) + ".ey" + "J" + _some(60) + "." + _some(43)],
    }  # fmt: skip
    frames = ("my key is {}", 'export KEY="{}"', "curl -H 'Authorization: Bearer {}' https://api.example.com")
    for kind, values in keys.items():
        for value in values:
            for frame in frames[: 2 if len(values) > 1 else 3]:
                yield frame.format(value), kind
    for scheme in ("postgresql", "mysql+pymysql", "mongodb+srv", "redis", "amqp"):
        yield f"DATABASE={scheme}://app:{_some(14)}@db.internal:5432/app", "connection_string"
    for name in ("password", "API_KEY", "client_secret", "auth_token", "aws_secret_access_key", "密码", "DB_PASSWD"):
        yield f'{name} = "{_some(24)}"', "assigned_secret"
        yield f"{name}: {_some(32)}", "assigned_secret"
    for what in ("RSA ", "", "OPENSSH ", "EC "):
        line = "-" * 5
        yield f"{line}BEGIN {what}PRIVATE KEY{line}\n{_some(300)}\n{line}END {what}PRIVATE KEY{line}", "private_key"


def _people() -> Iterator[Sample]:
    for mail in ("anna.k+x@firma-nord.de", "li_wei@mail.example.com.cn", "O.Brien99@x.co", "a@b.io", "test@q-q.museum"):
        yield f"Schreib an {mail}, bitte.", "email"
        yield f"请联系{mail}。", "email"
    for number in (
        "13812345678",
        "+86 139 1234 5678",
        "186-0000-1111",
        "+8617712345678",
        "19912345678",
        "１３８１２３４５６７８",
    ):
        yield f"手机：{number}，谢谢", "phone_cn_mobile"
    for number in (
        "010-62345678",
        "0755 26543210",
        "021-5555 6666".replace(" ", ""),
        "(0571)-87654321",
        "(010)62345678",
        "（010）62345678",
    ):
        yield f"座机 {number} 转 8", "phone_cn_landline"
    for number in (
        "+49 30 1234 5678",
        "+1 415 555 2671",
        "+44 20 7946 0958",
        "(415) 555-2671",
        "415-555-2671",
        "+33 6 12 34 56 78",
    ):
        yield f"Call me at {number} tomorrow", "phone"
    for area, day, serial in (
        ("110105", "19491231", "002"),
        ("440301", "19900229", ""),
        ("310101", "20000229", "123"),
        ("510104", "19850615", "771"),
        ("650102", "20101010", "018"),
    ):
        if serial:
            yield f"身份证号{resident_id(area, day, serial)}，请核对", "resident_id"
            yield f"ID: {resident_id(area, day, serial).lower()}", "resident_id"
    for start in ("91110108MA01A1B2C", "91310000MA1FL0X12", "12440300455755485", "91440300708461136"):
        yield f"统一社会信用代码：{credit_code(start)}", "credit_code"
    for start in ("411111111111111", "555555555555444", "37828224631000", "622848001234567890", "601111111111111"):
        number = card(start)
        spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
        yield f"Karte {number} bis 12/29", "bank_card"
        yield f"card no. {spaced}", "bank_card"
    for country, account in (
        ("DE", "370400440532013000"),
        ("GB", "NWBK60161331926819"),
        ("FR", "20041010050500013M02606"),
        ("NL", "ABNA0417164300"),
    ):
        made = iban(country, account)
        yield f"IBAN {made}", "iban"
        yield "to " + " ".join(made[place : place + 4] for place in range(0, len(made), 4)) + ".", "iban"
    for number in ("536-90-4399", "219-09-8888", "001-01-0001"):
        yield f"SSN {number}", "us_ssn"
    for text in ("passport no. E12345678", "护照号码：EA1234567", "Passport: 963545637", "護照 G23456789"):
        yield text, "passport"
    for address in ("8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"):
        yield f"from {address} to us", "ip_address"


def negatives() -> Iterator[str]:
    """Texts that look like it and hold nothing."""
    yield from _NEGATIVES
    for start in ("411111111111111", "555555555555444", "622848001234567890", "601111111111111", "37828224631000"):
        yield f"Order {_broken(card(start))} was shipped"
    for country, account in (("DE", "370400440532013000"), ("GB", "NWBK60161331926819"), ("NL", "ABNA0417164300")):
        yield f"reference {_broken(iban(country, account))}"
    for start in ("91110108MA01A1B2C", "91310000MA1FL0X12"):
        yield f"编号 {_broken(credit_code(start))}"
    for area, day in (("110105", "19491231"), ("310101", "20000229"), ("510104", "19850615")):
        yield f"流水号 {_broken(resident_id(area, day, '123'))}"
        yield f"number {area}{day[:4]}1340123{_some(1, '0123456789')}"
    for length in (32, 40, 64):
        yield f"sha {_some(length, '0123456789abcdef')}"
        yield f"commit {_some(length, '0123456789abcdef')} by someone"
    for _ in range(8):
        yield f"uuid {_some(8, '0123456789abcdef')}-{_some(4, '0123456789abcdef')}-4{_some(3, '0123456789abcdef')}-a{_some(3, '0123456789abcdef')}-{_some(12, '0123456789abcdef')}"


_NEGATIVES = (
    # keys that are none
    "Set OPENAI_API_KEY=sk-... before you start", "key: sk-your-key-here", "export TOKEN=$GITHUB_TOKEN",
    "api_key = os.environ['API_KEY']", "api_key: ${ANTHROPIC_API_KEY}", "password = getpass.getpass()",
    "password: <your password>", "token = response.json()['token']", "secret: {{ vault.secret }}", "ghp_xxxx",
    "AKIAIOSFODNN7", "the sk-learn package is imported as sklearn", "sk-toggleable-content-label-arrow",
    "risk-based-authentication-and-authorization-flows", "task-0123456789-abcdefghij", "disk-usage-report-2026-11",
    "pa_system_and_public_announcements", "hf_hub_download(repo_id)", "npm_config_registry", "pypi-publish workflow",
    "AIzaSy is how keys of Google begin", "eyJhbGciOiJIUzI1NiJ9 is only the head of a token", "SG.com", "xoxo-love",
    "gsk_ stands for groq", "glpat- tokens are made in the settings", "LTAI is the beginning of such keys",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBg\n-----END PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\nMIID\n-----END",
    "https://user@host.example/path", "redis://localhost:6379/0", "postgresql://localhost/app",
    "postgres://app:$PASSWORD@db/app", "http://proxy.example:8080@", "password = password", "token_count = 1234567890",
    "max_tokens: 4096", "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')", "secretary: Maria Gonzalez",
    "the password must have at least twelve characters", "credential_provider: default", "key=value pairs are separated",
    "private_key_path = /etc/ssl/private/server.pem", "api_key_header: X-Api-Key", "access_key_id is missing",
    "tokens = text.split(' ')", "auth_token_expiry = timedelta(hours=12)", "secret_santa_2026_participants",
    # people who are none
    "user@localhost", "import x from '@scope/package'", "@app.route('/users')", "git@github", "logo@2x.png", "a @ b",
    "decorator @property.setter", "icon-16@3x.svg", "see @anna in the chat", "price @ 5.00 USD",
    "1234567890", "13812345", "2026-11-21 06:37:32", "10:45:00.123", "version 1.2.3.4-beta", "v10.0.0.1",
    "127.0.0.1", "192.168.1.1:8080", "10.0.0.0/8", "::1", "fe80::1", "0.0.0.0", "255.255.255.255", "1.2.3",
    "timestamp 1700000000000", "id 138123456789012", "12345678901", "23812345678", "x13812345678", "138.1234.567", "138.1234.56789",
    "order 2026112112345678", "0123456789", "tracking 9400111899223197428490", "ISBN 978-3-16-148410-0",
    "EAN 4006381333931", "phone model A123-456", "000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567",
    "12-34-5678", "chapter 123-45-67890", "part number 078-05-1120", "+1", "+ 5 6 7", "call +abc", "1-800-FLOWERS",
    "1,234,567,890,123", "3.141592653589793", "1e10", "0x7fffffffffffffff", "GB12", "DE00 1234", "US12345678901234567",
    "E12345678 is a part number", "passport control is on the left", "护照", "my passport expires in 2030",
    "4111 1111", "4111-1111-1111", "5555555555555555", "0000000000000000", "1111111111111117", "card ending in 4242",
    "3000000000000", "身份证号码有18位", "11010519491231", "110105194912310021234", "99010519491231002X",
    "信用代码由18位组成", "000000000000000000", "手机尾号5678", "拨打 110 或 120", "400-800-8888", "95588", "12345 热线",
    "第010-123号", "2026年11月21日13时", "房间 0571", "010 101 0101", "工单 13800",
    "lorem ipsum dolor sit amet", "SELECT * FROM users WHERE id = 42", "for i in range(10000000000000000):",
    "const x = 0b1010101010101010", "rgb(255, 255, 255)", "12/31/2026", "50.123456, 8.123456", "00:1A:2B:3C:4D:5E",
    "std::vector<int>::iterator", "a::b::c", "10:20:30", "css { color: #ffffff; }", "1.0.0.0.0", "999.999.999.999",
)  # fmt: skip
