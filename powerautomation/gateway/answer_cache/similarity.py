"""How alike two questions are, without a model: hashed character n-grams for every language, and a check of keywords.

This knows words and their parts, not what they mean: "How do I reset my password?" and "how can i reset my password"
are alike, "car" and "automobile" are not. What changes a meaning by little text (numbers, negations, names) is compared
apart and must be the same.
"""

import math
import re
import unicodedata
import zlib
from typing import Protocol

Vector = dict[int, float]
BUCKETS = 4096
_WORD = re.compile(r"[a-z0-9_]+|[\u3400-\u9fff\uf900-\ufaff]|[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*|[零〇一二三四五六七八九十百千万萬亿億两兩]+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|except|non|n't|dont|doesnt|cannot|cant|nicht|kein\w*|ohne|pas|sans|sin)\b|n['’]t\b"
    r"|[不没沒无無非未勿别別]|除了|禁止"
)
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# Words so frequent that they say nothing about what is asked.
_STOP = frozenset({
    "a", "an", "the", "is", "are", "was", "were", "be", "do", "does", "did", "can", "could", "would", "will", "shall",
    "should", "may", "might", "i", "you", "we", "they", "he", "she", "it", "my", "your", "our", "me", "to", "of", "in",
    "on", "at", "for", "with", "and", "or", "how", "what", "which", "please", "tell", "about", "this", "that", "these",
    "those", "there", "s", "re", "ll", "ve", "d", "m",
})  # fmt: skip
_CJK_STOP = frozenset(
    "的了吗嗎呢吧啊是我你您他她它们們请請问問在有和与與就都也还還很么麼怎样樣什甚何如能可以会會要想帮幫一下"
)


class Embedding(Protocol):
    """Turns text into a sparse vector of length 1. ``name`` changes with whatever changes the vectors."""

    name: str

    def vector(self, text: str) -> Vector:
        """Return the vector: weight by dimension, none for a text that says nothing."""


class CharacterNgrams:
    """The built-in embedding: words, and their runs of three characters; for Chinese single signs and pairs."""

    name = "character-ngrams-1"

    def vector(self, text: str) -> Vector:
        """Return the vector of a text of any language."""
        words = _WORD.findall(normalized(text))
        weights: Vector = {}
        previous = ""
        for word in words:
            if _CJK.match(word):
                if word not in _CJK_STOP:
                    _add(weights, word, 1.0)
                if previous and _CJK.match(previous):
                    _add(weights, previous + word, 0.2 if {previous, word} & _CJK_STOP else 1.0)
            else:
                weight = 0.2 if word in _STOP else 1.0
                _add(weights, word, weight)
                padded = f" {word} "
                for at in range(len(padded) - 2):
                    _add(weights, padded[at : at + 3], weight / 2)
            previous = word
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {bucket: weight / length for bucket, weight in weights.items()} if length else {}


def _add(weights: Vector, gram: str, weight: float) -> None:
    bucket = zlib.crc32(gram.encode()) % BUCKETS
    weights[bucket] = weights.get(bucket, 0.0) + weight


def normalized(text: str) -> str:
    """Return a text without differences of width, case and accents' composition."""
    return unicodedata.normalize("NFKC", text).lower()


def cosine(one: Vector, other: Vector) -> float:
    """Return how alike two vectors of length 1 are, 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other.get(bucket, 0.0) for bucket, weight in one.items())


def decisive_words(text: str) -> str:
    """Return what must be the same in two questions that get one answer: numbers, negations, and the words (for
    Chinese the signs) that are not mere grammar, each once, in their order. Words are cut to their first six letters:
    endings do not count."""
    plain = normalized(text)
    words = _WORD.findall(plain)
    latin = dict.fromkeys(word[:6] for word in words if not _CJK.match(word) and word not in _STOP)
    signs = dict.fromkeys(word for word in words if _CJK.match(word) and word not in _CJK_STOP)
    numbers = sorted(_NUMBER.findall(plain))
    negations = sorted(_NEGATION.findall(plain))
    return "|".join([" ".join(latin), "".join(signs), " ".join(numbers), " ".join(negations)])


def agree(one: str, other: str) -> bool:
    """Say whether two questions' decisive words leave them the same: numbers and negations equal, and of the other
    words at least four fifths shared, in one order: "is A bigger than B" is not "is B bigger than A"."""
    first, second = one.split("|"), other.split("|")
    if first[2:] != second[2:]:
        return False
    mine = [*first[0].split(), *first[1]]
    theirs = [*second[0].split(), *second[1]]
    if not mine or not theirs:
        return mine == theirs
    shared = set(mine).intersection(theirs)
    if [word for word in mine if word in shared] != [word for word in theirs if word in shared]:
        return False
    return len(shared) >= 0.8 * max(len(mine), len(theirs))
