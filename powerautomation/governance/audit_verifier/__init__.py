"""Owns checking an exported audit log, offline, against the heads that were kept outside of the database.

Apart from the code that writes the log on purpose: one file, the standard library and ``cryptography``, nothing of this
product. Whoever does not trust the installation takes ``verifier.py`` elsewhere and runs it there.
"""

from powerautomation.governance.audit_verifier.verifier import (
    Report,
    Unusable,
    read_public_key,
    sentence,
    verify,
    verify_files,
)

__all__ = ["Report", "Unusable", "read_public_key", "sentence", "verify", "verify_files"]
