"""The rest of an answer, whatever was cut and however it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import Event, Finished, TextDelta, Usage, UsageReported
from powerautomation.gateway.proxy.joining import How, Joiner

TEXTS = st.text(alphabet=st.sampled_from("ab \n世é"), min_size=1, max_size=60)


def joined(said: str, rest: str, how: How, size: int) -> str:
    joiner = Joiner(said, how, Usage())
    pieces: list[Event] = [TextDelta(rest[at : at + size]) for at in range(0, len(rest), size)]
    events = [event for piece in [*pieces, Finished("stop")] for event in joiner.restore([piece])]
    assert type(events[-1]) is Finished
    return said + "".join(event.text for event in events if isinstance(event, TextDelta))


@given(TEXTS, st.integers(0, 60), st.integers(1, 9))
def test_prefix_and_rest_are_the_whole(text: str, cut: int, size: int) -> None:
    said = text[:cut]
    if not said.strip():
        assert joined(said, text, "again", size) == text
    else:
        assert joined(said, text[len(said.rstrip()) :], "prefill", size) == text


@given(st.integers(0, 200), st.integers(16, 300), st.integers(1, 40))
def test_whatever_a_told_model_repeats_is_left_out(cut: int, repeated: int, size: int) -> None:
    text = " ".join(f"{number * number} is the square of {number}." for number in range(12))
    said = text[:cut]
    assert joined(said, text[max(0, len(said) - repeated) :], "instruction", size) == text
    assert joined(said, text[len(said) :], "instruction", size) == text


@pytest.mark.parametrize("size", [1, 7, 500])
@pytest.mark.parametrize(
    "anew",
    [
        "The first half of what I say. Then comes the rest.",
        "The first half of what I say. And then it ends.",
        "The first half of what I",
    ],
)
def test_an_answer_begun_anew_in_other_words_is_no_continuation(anew: str, size: int) -> None:
    joiner = Joiner("The first half of what I say. and then", "instruction", Usage())
    pieces: list[Event] = [TextDelta(anew[at : at + size]) for at in range(0, len(anew), size)]
    events = [event for piece in [*pieces, Finished("stop")] for event in joiner.restore([piece])]
    assert joiner.failure is not None
    assert "anew" in joiner.failure.message
    assert not [event for event in events if isinstance(event, TextDelta)]


def test_usage_of_before_is_added() -> None:
    joiner = Joiner("x", "prefill", Usage(10, 1, 2, 3, 4, 5, estimated=True))
    (event,) = joiner.restore([UsageReported(Usage(1, 1, 1, 1, 1, 1))])
    assert isinstance(event, UsageReported)
    assert event.usage == Usage(11, 2, 3, 4, 5, 6, estimated=True)
