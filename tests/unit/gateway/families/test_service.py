"""Families are found by id or name, and their facts are complete."""

from datetime import date

import pytest

from powerautomation.gateway.families import UnknownFamily, family_of, list_families, list_image_rules


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("kimi-k2-0905-preview", "kimi-k2-instruct"),
        ("moonshotai/Kimi-K2-Instruct-0905", "kimi-k2-instruct"),
        ("kimi-k2-thinking-turbo", "kimi-k2-thinking"),
        ("kimi-k2.5", "kimi-k2.5"),
        ("accounts/fireworks/models/kimi-k2p5", "kimi-k2.5"),
        ("kimi-k2.6", "kimi-k2.6"),
        ("kimi-k2.7-code-highspeed", "kimi-k2.7-code"),
        ("kimi-k3", "kimi-k3"),
        ("kimi-for-coding", "kimi-k2.7-code"),
        ("claude-sonnet-4-5-20250929", "claude"),
        ("gpt-4o-mini", "openai"),
        ("gpt-5.5", "openai-reasoning"),
        ("qwen3-coder", "generic"),
        ("", "generic"),
    ],
)
def test_a_model_id_finds_its_family(model: str, family: str) -> None:
    assert family_of(model).name == family


def test_a_name_wins_over_the_id() -> None:
    assert family_of("whatever", "demo").name == "demo"
    assert family_of("kimi-k2.6", "generic").name == "generic"


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownFamily, match="kimi-k2-instruct") as refused:
        family_of("kimi-k2.6", "kimmi")
    assert "kimmi" in refused.value.message


def test_every_family_says_where_its_facts_come_from_and_when() -> None:
    for facts in (list_families(), list_image_rules()):
        names = [each.name for each in facts]
        assert len(set(names)) == len(names)
        for each in facts:
            assert each.source
            assert date(2026, 1, 1) <= date.fromisoformat(each.read_on)


def test_facts_agree_with_each_other() -> None:
    for family in list_families():
        if family.thinking == "never":
            assert family.thinking_field == "none", family.name
            assert family.reasoning_in_history == "dropped", family.name
        if family.fixed_temperature is not None and family.max_temperature is not None:
            assert family.fixed_temperature <= family.max_temperature
        assert not family.reads_image_urls or family.reads_images
