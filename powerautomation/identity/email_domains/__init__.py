"""Owns e-mail domains: which organization has proven that a domain is its own.

The proof is a file on the domain's own web server. One organization at a time has a domain; whoever proves it first.
"""

from powerautomation.identity.email_domains.jobs import recheck_domains, recheck_domains_for_ever
from powerautomation.identity.email_domains.ports import DomainProver
from powerautomation.identity.email_domains.routes import router
from powerautomation.identity.email_domains.rules import is_domain
from powerautomation.identity.email_domains.service import owner_of

__all__ = ["DomainProver", "is_domain", "owner_of", "recheck_domains", "recheck_domains_for_ever", "router"]
