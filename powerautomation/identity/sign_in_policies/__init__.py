"""Owns whether passwords open an organization's console, and who still gets in by one when they do not.

Signing in asks ``read_policy``; single sign-on, which knows whether another way works, changes it.
"""

from powerautomation.identity.sign_in_policies.entities import SignInPolicy
from powerautomation.identity.sign_in_policies.service import read_policy, write_policy

__all__ = ["SignInPolicy", "read_policy", "write_policy"]
