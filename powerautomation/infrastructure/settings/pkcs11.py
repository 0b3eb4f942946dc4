"""Where the master key is, when a hardware security module has it."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from powerautomation.infrastructure.settings.base import Section


class Pkcs11Settings(Section):
    """A master key that never leaves a hardware security module (or SoftHSM), reached by PKCS#11.

    ``module`` is the path of the vendor's library; empty: there is none. ``token`` and ``key`` are labels; ``pin`` is
    that of the token's user.
    """

    module: str = Field(default="", max_length=500)
    token: str = Field(default="", max_length=32)
    key: str = Field(default="powerautomation", min_length=1, max_length=200)
    pin: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.module and not self.token:
            raise ValueError("a module needs the label of its token")
        return self
