"""What whoever wrote a wrong condition most likely meant."""

import difflib
import re
from collections.abc import Sequence

_FUNCTIONS = ("startsWith", "endsWith", "contains", "matches", "size", "exists", "all", "filter")
# Where the parser stops at one of these, the words of another language stand there.
_FOREIGN = re.compile(r"(?<![=!<>])=(?!=)|===|\b(?:and|or|not|is)\b", re.IGNORECASE)
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_TEXT = re.compile(r"\"[^\"]*\"|'[^']*'")


def hint_for(text: str, reason: str, names: Sequence[str]) -> str:
    """Return a sentence on how to mend a condition that was refused for a reason; ``names`` may be asked for."""
    header = re.search(r"\bheaders\.([A-Za-z][\w-]*)", text)
    if header is not None:
        return f'Headers are asked for as in headers["{header[1].lower()}"].'
    undeclared = _UNDECLARED.search(reason)
    if undeclared is not None:
        name = undeclared[1]
        close = difflib.get_close_matches(name, [*names, *_FUNCTIONS], n=1) or difflib.get_close_matches(
            name.lower(), [one.lower() for one in _FUNCTIONS], n=1
        )
        if close:
            meant = next(one for one in (*names, *_FUNCTIONS) if one.lower() == close[0].lower())
            return f"Did you mean {meant}?"
        return f'Text stands in quotes, as in model == "{name}". A condition may ask for {", ".join(names)}.'
    if "no matching overload" in reason:
        return 'Compare like with like: text stands in quotes, numbers do not; lists are asked as in "ci" in tags.'
    if "Syntax error" in reason and _FOREIGN.search(_TEXT.sub("", text)):
        return "Write == for “is”, && for “and”, || for “or” and ! for “not”."
    if "<EOF>" in reason and "mismatched" in reason:
        return "Something is missing at the end, or a quote or a bracket was not closed."
    return f"A condition may ask for {', '.join(names)}."
