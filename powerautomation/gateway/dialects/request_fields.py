"""Changes a request's JSON in a few places and leaves the rest byte for byte."""

from collections.abc import Sequence

import msgspec

Fields = dict[str, msgspec.Raw]
LEAST_OUTPUT_TOKENS = 16

decode_fields = msgspec.json.Decoder(Fields).decode
encode_fields = msgspec.json.encode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def extended(raw: msgspec.Raw, more: Sequence[object]) -> msgspec.Raw:
    """Return an array with ``more`` at its end."""
    return msgspec.Raw(msgspec.json.encode([*_items(raw), *more]))


def lowered(fields: Fields, name: str, spent: int) -> None:
    """Take ``spent`` off a limit in tokens, where there is one."""
    raw = fields.get(name)
    if raw is None or not spent:
        return
    limit = msgspec.json.decode(raw)
    if isinstance(limit, int) and not isinstance(limit, bool):
        fields[name] = msgspec.Raw(b"%d" % max(min(limit, LEAST_OUTPUT_TOKENS), limit - spent))
