"""Which questions are alike, in several languages, and which must never be taken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.answer_cache.similarity import CharacterNgrams, agree, cosine, decisive_words

EMBEDDING = CharacterNgrams()


def likeness(one: str, other: str) -> float:
    """Return how alike two questions are, 0 where their decisive words differ."""
    if not agree(decisive_words(one), decisive_words(other)):
        return 0.0
    return cosine(EMBEDDING.vector(one), EMBEDDING.vector(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I reset my password?", "how can I reset my password"),
        ("What is the capital of France?", "what's the capital of France"),
        ("如何重置密码？", "怎么重置密码"),
        ("请问北京的天气怎么样？", "北京天气怎么样"),
        ("請問如何退款？", "如何退款"),
    ],
)
def test_the_same_question_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= 0.7


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is this mushroom edible?", "Is this mushroom not edible?"),
        ("Convert 100 USD to EUR", "Convert 200 USD to EUR"),
        ("How do I reset my password?", "How do I change my password?"),
        ("What is the capital of France?", "What is the capital of Spain?"),
        ("这个药可以吃吗", "这个药不可以吃吗"),
        ("北京的天气怎么样", "上海的天气怎么样"),
        ("三天内退款", "七天内退款"),
        ("Is Paris bigger than London?", "Is London bigger than Paris?"),
        ("Convert dollars to euros for me", "Convert euros to dollars for me"),
        ("Who beat Germany in 1990?", "Who did Germany beat in 1990?"),
        ("北京比上海大吗", "上海比北京大吗"),
        ("Translate to German: good morning", "Translate to French: good morning"),
    ],
)
def test_what_a_few_letters_change_is_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) < 0.7


@given(st.text(max_size=300))
def test_every_text_is_like_itself_and_never_more_than_that(text: str) -> None:
    vector = EMBEDDING.vector(text)
    assert agree(decisive_words(text), decisive_words(text))
    assert cosine(vector, vector) == pytest.approx(1.0 if vector else 0.0)


@given(st.text(max_size=100), st.text(max_size=100))
def test_likeness_has_no_direction(one: str, other: str) -> None:
    first, second = EMBEDDING.vector(one), EMBEDDING.vector(other)
    assert cosine(first, second) == pytest.approx(cosine(second, first))
    assert agree(decisive_words(one), decisive_words(other)) == agree(decisive_words(other), decisive_words(one))
