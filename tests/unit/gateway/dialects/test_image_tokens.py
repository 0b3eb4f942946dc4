"""Images cost what their vendors document, and never more than the rule allows."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powerautomation.gateway.dialects import DIALECTS, estimate_tokens
from powerautomation.gateway.dialects.image_sizes import ImageSize
from powerautomation.gateway.dialects.image_tokens import image_tokens
from powerautomation.gateway.families import ImageRule, family_of, image_rule_of, list_image_rules
from tests.unit.gateway.dialects.test_image_sizes import png

RULES = st.sampled_from(list_image_rules())
SIZES = st.builds(ImageSize, st.integers(1, 2**32), st.integers(1, 2**32))
PHOTOGRAPHS = st.builds(ImageSize, st.integers(64, 8000), st.integers(64, 8000))
DETAILS = st.sampled_from(["", "low", "medium", "high", "original", "auto", "ultra_high", "nonsense"])


# The vendors' own examples, from the pages that families.yaml names.
@pytest.mark.parametrize(
    ("model", "width", "height", "detail", "tokens"),
    [
        ("claude-sonnet-4-5", 200, 200, "", 64),
        ("claude-sonnet-4-5", 1000, 1000, "", 1296),
        ("claude-sonnet-4-5", 1092, 1092, "", 1521),
        ("claude-sonnet-4-5", 1075, 1520, "", 33 * 47),
        ("claude-sonnet-4-5", 3840, 2160, "", 1560),
        ("claude-opus-4-8", 1920, 1080, "", 2691),
        ("claude-opus-4-8", 3840, 2160, "", 4784),
        ("gpt-4o", 1024, 1024, "high", 765),
        ("gpt-4o", 2048, 4096, "high", 1105),
        ("gpt-4o", 2048, 4096, "low", 85),
        ("gpt-4o", 4096, 8192, "low", 85),
        ("gpt-5.4-mini", 1024, 1024, "", 1659),
        ("gpt-5.4-mini", 1800, 2400, "", 2353),
        ("gpt-4.1-nano", 1800, 2400, "", 3572),
        ("gpt-5.6", 4032, 3024, "", 14364),
        ("gpt-5.5", 4032, 3024, "original", 11868),
        ("gpt-5", 1024, 1024, "", 70 + 4 * 140),
        ("o3", 512, 512, "", 225),
        ("gemini-2.5-flash", 384, 384, "", 258),
        ("gemini-2.5-flash", 960, 540, "", 6 * 258),
        ("gemini-3-pro-preview", 960, 540, "", 1120),
        ("gemini-3-pro-preview", 960, 540, "low", 280),
        ("kimi-k2.6", 1920, 1080, "", 69 * 39),
        ("kimi-k3", 3840, 2160, "", 138 * 78),
    ],
)
def test_an_image_costs_what_the_vendor_documents(
    model: str, width: int, height: int, detail: str, tokens: int
) -> None:
    assert image_tokens(image_rule_of(model), ImageSize(width, height), detail) == tokens


def test_an_image_costs_what_the_models_family_documents_when_its_id_says_nothing() -> None:
    assert image_rule_of("our-own-name", "kimi-k3").name == "kimi-k3"
    assert image_rule_of("our-own-name", "openai").name == "gpt-4"
    assert image_rule_of("our-own-name").name == "generic"


@given(RULES, SIZES, DETAILS)
def test_no_image_costs_nothing_or_without_bound(rule: ImageRule, size: ImageSize, detail: str) -> None:
    tokens = image_tokens(rule, size, detail)
    assert 1 <= tokens <= 50_000


@given(RULES, PHOTOGRAPHS, DETAILS)
def test_an_image_costs_the_same_lying_and_standing(rule: ImageRule, size: ImageSize, detail: str) -> None:
    turned = ImageSize(size.height, size.width)
    assert image_tokens(rule, size, detail) == image_tokens(rule, turned, detail)


@given(st.sampled_from([rule for rule in list_image_rules() if rule.rule == "patches"]), SIZES)
def test_a_shrunken_image_stays_within_its_limit(rule: ImageRule, size: ImageSize) -> None:
    assert rule.most_units is not None
    # By area, the last row and the last column may stand over the limit.
    over = 2 * rule.most_units**0.5 + 512 if rule.shrinks == "area" else 1
    assert image_tokens(rule, size) / rule.tokens_per_unit <= rule.most_units + over


def _request(data: str) -> bytes:
    return (
        b'{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"detail":"low","url":'
        b'"data:image/png;base64,' + data.encode() + b'"}}]}]}'
    )


def test_a_request_counts_its_images_by_their_size_the_wish_for_detail_and_the_model() -> None:
    chat = DIALECTS["openai-chat"]
    large = chat.decode_request(_request(base64.b64encode(png(2048, 4096)).decode()))
    small = chat.decode_request(_request(base64.b64encode(png(56, 56)).decode()))
    unreadable = chat.decode_request(_request("AAAA"))
    around = estimate_tokens(small, "kimi-k2.6") - 4
    assert estimate_tokens(large, "gpt-4o") == around + 85
    assert estimate_tokens(large, "claude-sonnet-4-5") > around + 1000
    assert estimate_tokens(unreadable, "claude-sonnet-4-5") == around + 37 * 37
    assert estimate_tokens(large, "ours", family_of("x", "openai")) == around + 85


@pytest.mark.parametrize("where", ["part", "request"])
def test_googles_media_resolution_counts(where: str) -> None:
    gemini = DIALECTS["gemini"]
    data = base64.b64encode(png(960, 540)).decode()
    part = f'{{"inlineData":{{"mimeType":"image/png","data":"{data}"}}}}'
    if where == "part":
        level = '"mediaResolution":{"level":"MEDIA_RESOLUTION_MEDIUM"}'
        body = f'{{"contents":[{{"parts":[{part[:-1]},{level}}}]}}]}}'
    else:
        config = '"generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_MEDIUM"}'
        body = f'{{"contents":[{{"parts":[{part}]}}],{config}}}'
    request = gemini.decode_request(body.encode())
    assert estimate_tokens(request, "gemini-3-flash") == 4 + 560
