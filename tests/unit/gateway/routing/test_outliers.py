"""Deployments that are far worse than their siblings."""

from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.routing.outliers import OutlierRule, Recent, Summary, find_outliers

RULE = OutlierRule()
WELL = Summary(100, 0.01, 400.0)
summaries = st.builds(
    Summary,
    st.integers(0, 200),
    st.floats(0, 1),
    st.none() | st.floats(1, 60_000),
)


def test_the_one_that_fails_far_more_often_is_set_apart() -> None:
    found = find_outliers(("a", "b", "c"), {"a": WELL, "b": Summary(100, 0.5, 400.0), "c": WELL}, frozenset(), RULE)
    assert [(one.deployment, one.why) for one in found] == [("b", "errors")]


def test_the_one_that_is_far_slower_is_set_apart() -> None:
    found = find_outliers(("a", "b"), {"a": WELL, "b": Summary(100, 0.0, 4_000.0)}, frozenset(), RULE)
    assert [(one.deployment, one.why) for one in found] == [("b", "latency")]


def test_nobody_stands_out_where_everybody_fails_or_is_slow() -> None:
    failing, slow = Summary(100, 0.6, 400.0), Summary(100, 0.0, 9_000.0)
    assert find_outliers(("a", "b", "c"), dict.fromkeys("abc", failing), frozenset(), RULE) == []
    assert find_outliers(("a", "b", "c"), dict.fromkeys("abc", slow), frozenset(), RULE) == []


def test_few_attempts_say_nothing() -> None:
    assert find_outliers(("a", "b"), {"a": WELL, "b": Summary(19, 1.0, None)}, frozenset(), RULE) == []


def test_a_small_difference_of_quick_answers_is_no_outlier() -> None:
    quick = Summary(100, 0.0, 50.0)
    assert find_outliers(("a", "b"), {"a": quick, "b": Summary(100, 0.0, 300.0)}, frozenset(), RULE) == []


def test_with_room_for_one_the_worst_goes() -> None:
    bad, worse = Summary(100, 0.5, 400.0), Summary(100, 0.9, 400.0)
    seen = {"a": WELL, "b": bad, "c": worse, "d": WELL, "e": WELL}
    assert [one.deployment for one in find_outliers(tuple("abcde"), seen, frozenset("a"), RULE)] == ["c"]


@given(st.dictionaries(st.sampled_from("abcdefgh"), summaries), st.frozensets(st.sampled_from("abcdefgh")))
def test_never_more_rest_than_the_share_and_never_all(seen: dict[str, Summary], resting: frozenset[str]) -> None:
    group = tuple(sorted(seen))
    already = resting.intersection(group)
    found = {one.deployment for one in find_outliers(group, seen, resting, OutlierRule(most_ejected_share=0.75))}
    assert not found & resting
    if found:
        assert len(found | already) <= len(group) * 0.75
        assert len(found | already) < len(group)


def test_only_the_window_counts() -> None:
    recent = Recent()
    recent.add(1_000, 100.0, failed=True)
    recent.add(5_000, 200.0, failed=False)
    recent.add(6_000, 400.0, failed=False)
    assert recent.summary(0) == Summary(3, 1 / 3, 300.0)
    assert recent.summary(5_000) == Summary(2, 0.0, 300.0)
    recent.forget()
    assert recent.summary(0) == Summary(0, 0.0, None)
