"""What the register says."""

from typing import NamedTuple


class RegisterLine(NamedTuple):
    """One column that holds something of a person; ``whose`` says how the person is found from its row."""

    table: str
    column: str
    kind: str
    purpose: str
    kept: str
    whose: str
