"""What a vendor said beside its answer and wants to see again: thinking, and signatures of calls."""

import msgspec

from powerautomation.gateway.dialects import Thinking


class Thought(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What belongs to one turn of an assistant. ``thinking`` pairs each block with the number of calls before it,
    ``signatures`` are the number of a call, from 0, what its vendor wants back, and a digest of the arguments that was
    given for: clients complete arguments, and a signature of other arguments is refused as forged."""

    thinking: tuple[tuple[int, Thinking], ...] = ()
    signatures: tuple[tuple[int, str, str], ...] = ()
