"""How a domain is asked for its proof."""

from typing import Protocol


class DomainProver(Protocol):
    """Reads what a domain's own server says."""

    async def says(self, address: str, line: str) -> bool:
        """Say whether a line stands at an address. Raises ProofUnreachable."""
