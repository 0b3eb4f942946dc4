"""Numbers that prove themselves: only what adds up is taken for one.

Sources: GB 11643-1999 (resident identity number), GB 32100-2015 (unified social credit code), ISO/IEC 7812-1 (Luhn),
ISO 13616 (IBAN, lengths of the SWIFT registry, release 99), ssa.gov (social security numbers).
"""

from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_SIGNS = "10X98765432"
_PROVINCES = frozenset(
    {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63,
     64, 65, 71, 81, 82, 83}
)  # fmt: skip
# First four digits of the large networks, and how long their numbers are.
_ISSUERS = (
    (2200, 2204, (16,)), (2221, 2720, (16,)), (3000, 3059, (14,)), (3400, 3499, (15,)), (3528, 3589, (16,)),
    (3600, 3699, (14,)), (3700, 3799, (15,)), (3800, 3999, (14,)), (4000, 4999, (13, 16, 19)), (5100, 5599, (16,)),
    (6011, 6011, (16,)), (6200, 6299, (16, 17, 18, 19)), (6440, 6599, (16,)), (8100, 8199, (16,)),
)  # fmt: skip
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KZ": 20, "KW": 30, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}  # fmt: skip


def is_resident_id(text: str) -> bool:
    """Say whether a text, with blanks or dashes between, is a Chinese resident identity number: of 18 signs, with
    province, day of birth and check sign, or an old one of 15."""
    text = text.replace(" ", "").replace("-", "")
    if len(text) not in (15, 18) or int(text[:2]) not in _PROVINCES:
        return False
    if len(text) == 15:
        return _is_old_resident_id(text)
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return born.year >= 1900 and _ID_SIGNS[total % 11] == text[17].upper()


def _is_old_resident_id(text: str) -> bool:
    """Say whether 15 digits may be a number as given out until 1999, which has no check digit: the district and the day
    of birth must exist. Cards and telephones of as many digits have a check digit that adds up."""
    try:
        date(1900 + int(text[6:8]), int(text[8:10]), int(text[10:12]))
    except ValueError:
        return False
    place = int(text[2:4])
    district = 1 <= place <= 70 or place == 90
    return district and text[4:6] != "00" and text[12:] != "000" and not _adds_up([int(digit) for digit in text])


def _adds_up(digits: list[int]) -> bool:
    """Luhn's check."""
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def is_credit_code(text: str) -> bool:
    """Say whether 18 signs are a Chinese unified social credit code."""
    try:
        values = [_CODE_SIGNS.index(sign) for sign in text]
    except ValueError:
        return False
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
    return len(values) == 18 and (31 - total % 31) % 31 == values[17] and len(set(text)) > 3


def is_bank_card(text: str) -> bool:
    """Say whether digits, with blanks or dashes between, are a card number: issuer, length and Luhn."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    start = int("".join(map(str, digits[:4])))
    if not any(low <= start <= high and len(digits) in lengths for low, high, lengths in _ISSUERS):
        return False
    return _adds_up(digits)


def is_iban(text: str) -> bool:
    """Say whether a text is an IBAN: the country's length and modulo 97."""
    plain = "".join(text.split()).upper()
    if _IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_social_security_number(text: str) -> bool:
    """Say whether ``AAA-GG-SSSS`` may be a US social security number that was given out."""
    area, group, serial = text.split("-")
    known_examples = ("078-05-1120", "219-09-9999")
    return (
        area not in ("000", "666")
        and area < "900"
        and group != "00"
        and serial != "0000"
        and text not in known_examples
    )
