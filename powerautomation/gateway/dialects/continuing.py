"""What it takes to go on with a stream that broke off: how far the client's stream got, and the request for the rest.

How far a stream got is read from the bytes the client was sent, whoever wrote them: an upstream of the same dialect,
our own encoder, or both one after the other.
"""

import re
from collections.abc import Callable

import msgspec

from powerautomation.gateway.dialects import anthropic_resume, gemini_resume, openai_responses_resume, openai_resume
from powerautomation.gateway.dialects.ports import Reply, Resumed


class Continuing(msgspec.Struct, frozen=True):
    """How streams of one dialect are continued.

    - ``call_mark`` finds where a tool call begins in whole events: from there on a stream that may have to be continued
      is held back, because a call that has begun cannot be taken back.
    - ``resume`` reads what a client was sent, whole events; None when it holds what no other upstream could go on with.
    - ``ask_for_rest`` returns a request (JSON) with ``said`` as the assistant's turn and then ``instruction`` as a
      user's, where there is one; ``spent`` tokens are taken off its limit.
    """

    call_mark: re.Pattern[bytes]
    resume: Callable[[bytes, Reply], Resumed | None]
    ask_for_rest: Callable[[bytes, str, str, int], bytes]


CONTINUING = {
    "anthropic-messages": Continuing(
        anthropic_resume.CALL_MARK, anthropic_resume.resume, anthropic_resume.ask_for_rest
    ),
    "openai-chat": Continuing(openai_resume.CALL_MARK, openai_resume.resume, openai_resume.ask_for_rest),
    "openai-responses": Continuing(
        openai_responses_resume.CALL_MARK, openai_responses_resume.resume, openai_responses_resume.ask_for_rest
    ),
    "gemini": Continuing(gemini_resume.CALL_MARK, gemini_resume.resume, gemini_resume.ask_for_rest),
}
