"""Values of sign-in policies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """``passwords``: whether everybody may sign in with one. ``break_glass``: the ids of the people who may when nobody
    else does, with a second factor."""

    passwords: bool = True
    break_glass: tuple[str, ...] = ()
