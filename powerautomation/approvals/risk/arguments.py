"""The words of a command, told apart: flags, options with values, and operands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from powerautomation.approvals.risk.catalog import Case, Program, matcher
from powerautomation.approvals.risk.words import Word


@dataclass(slots=True)
class Arguments:
    """flags: every flag, each letter of ``-rf`` by itself, too; options: flag and value; operands: the rest.

    ``rest[i]`` is where operand i stands among the words, for what is a command of its own.
    """

    flags: set[str] = field(default_factory=set)
    options: list[tuple[str, Word]] = field(default_factory=list)
    operands: list[Word] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    dashes: int | None = None


def read_arguments(words: list[Word], opts: Mapping[str, str], long: bool, stop_after: int | None = None) -> Arguments:
    """Read words after a program's name. long: ``-word`` is one flag; stop_after: operands before a command."""
    found = Arguments()
    index, end = 0, len(words)
    while index < end:
        word, text = words[index], words[index].text
        if stop_after is not None and len(found.operands) > stop_after:
            found.operands.append(word)
            found.places.append(index)
        elif found.dashes is None and text == "--":
            found.dashes = index
        elif found.dashes is not None or len(text) < 2 or text[0] not in "-" or (word.unknown and text[0] != "-"):
            found.operands.append(word)
            found.places.append(index)
        elif text.startswith("--") or long:
            name, sign, value = text.partition("=")
            found.flags.add(name)
            if sign:
                found.options.append((name, Word(value, word.glob, word.taint)))
            elif name in opts and index + 1 < end:
                index += 1
                found.options.append((name, words[index]))
        else:
            index += _short(found, word, words[index + 1] if index + 1 < end else None, opts)
        index += 1
    return found


def _short(found: Arguments, word: Word, following: Word | None, opts: Mapping[str, str]) -> int:
    """Read ``-xvf``: letters up to one that takes a value. Returns how many further words were used."""
    text = word.text
    found.flags.add(text)
    if text in opts:
        if following is not None:
            found.options.append((text, following))
        return 1
    for at, letter in enumerate(text[1:], 1):
        flag = "-" + letter
        found.flags.add(flag)
        if flag in opts:
            if at + 1 < len(text):
                found.options.append((flag, Word(text[at + 1 :].removeprefix("="), word.glob, word.taint)))
                return 0
            if following is not None:
                found.options.append((flag, following))
            return 1
    return 0


def subcommand(program: Program, arguments: Arguments) -> tuple[str, Program | None, int]:
    """Return the longest subcommand that the operands name, and how many operands that took."""
    texts = [word.text for word in arguments.operands[:3]]
    for count in (3, 2, 1):
        name = " ".join(texts[:count])
        if len(texts) >= count and name in program.sub:
            return name, program.sub[name], count
    return "", None, 0


def applies(case: Case, arguments: Arguments, *, careful: bool) -> bool:
    """Say whether a program is used as a case says. careful: a raise, where an abbreviated flag counts as the flag."""
    flags = arguments.flags
    wanted = any(_given(flag, flags) if careful else flag in flags for flag in case.flags)
    if case.flags and not wanted:
        return False
    if case.all and not all(flag in flags for flag in case.all):
        return False
    if case.without and any(flag in flags for flag in case.without):
        return False
    # What lowers must be the doing itself: what is done to something may have any name.
    texts = [word.text for word in (arguments.operands if careful else arguments.operands[:1])]
    if case.no_operands and texts:
        return False
    if case.words and not _any_word(case.words, texts, every=case.all_words):
        return False
    if case.with_words and not _any_word(case.with_words, texts, every=False):
        return False
    if case.without_words and _any_word(case.without_words, texts, every=False):
        return False
    return not case.options or any(
        flag in case.options and matcher(case.options[flag]).fullmatch(value.text) is not None
        for flag, value in arguments.options
    )


def _given(flag: str, flags: set[str]) -> bool:
    if flag in flags:
        return True
    # GNU programs take the beginning of a long flag for the flag.
    return flag.startswith("--") and any(len(one) > 4 and flag.startswith(one) for one in flags)


def _any_word(patterns: tuple[str, ...], texts: list[str], *, every: bool) -> bool:
    found = (any(matcher(pattern).fullmatch(text) for text in texts) for pattern in patterns)
    return all(found) if every else any(found)
