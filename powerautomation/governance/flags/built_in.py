"""The flags the product itself asks: what an operator may want to switch off in an incident, without a restart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A yes-or-no flag of the product: on unless somebody switched it off. ``default`` holds where it is not known."""

    description: str
    default: bool = True


ANSWER_CACHE = "gateway.answer-cache"
CONTINUED_STREAMS = "gateway.continued-streams"

BUILT_IN: dict[str, BuiltIn] = {
    ANSWER_CACHE: BuiltIn("Routes with a cache give kept answers again. Off: every request goes to a model."),
    CONTINUED_STREAMS: BuiltIn(
        "Another model finishes a stream that broke off, where the route says so. Off: the client gets the error."
    ),
}
