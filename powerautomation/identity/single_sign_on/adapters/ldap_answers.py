"""What is sent to a directory on a connection, and how its answers and failures read."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from powerautomation.identity.single_sign_on.adapters import directory
from powerautomation.identity.single_sign_on.adapters.directory import Entry
from powerautomation.identity.single_sign_on.adapters.ldap_options import invalid
from powerautomation.identity.single_sign_on.errors import ProviderUnreachable

ANSWER_SECONDS = 8
_PAGE = 200
SUCCESS, _NO_SUCH_OBJECT, _INVALID_CREDENTIALS, _SIZE_LIMIT = 0, 32, 49, 4
# Results of a bind that say something about the account, not about the server.
REFUSES_PERSON = (19, 48, _INVALID_CREDENTIALS, 50, 53)


def bind(connection: Any, dn: str, password: str) -> tuple[int, str]:
    """Return the code and the text of a bind's answer."""
    from ldap3.core.exceptions import LDAPSASLPrepError

    connection.user, connection.password, connection.authentication = dn, password, "SIMPLE"
    try:
        connection.bind(read_server_info=False)
    except LDAPSASLPrepError:
        return _INVALID_CREDENTIALS, ""
    finally:
        connection.password = None
    answer = connection.result or {}
    return int(answer.get("result", 80)), f"{answer.get('description', '')} {answer.get('message', '')}".strip()


def look_at(connection: Any, base: str, field_name: str) -> None:
    """Look at the entry a search begins at. Raises ProviderInvalid when the service account does not see it."""
    connection.search(base, "(objectClass=*)", search_scope="BASE", attributes=["1.1"], time_limit=ANSWER_SECONDS)
    answer = connection.result
    if answer["result"] == _NO_SUCH_OBJECT or not told(connection):
        raise invalid(field_name, "The service account sees nothing under this name.")


def entries(connection: Any, base: str, template: str, wanted: Sequence[str], *, most: int) -> list[Entry]:
    """Return what a search finds, at most one more than ``most`` matters. Raises ProviderUnreachable."""
    connection.search(
        base,
        template,
        search_scope="SUBTREE",
        dereference_aliases="NEVER",
        attributes=list(wanted),
        size_limit=most,
        time_limit=ANSWER_SECONDS,
    )
    answer = connection.result
    if answer["result"] not in (SUCCESS, _NO_SUCH_OBJECT, _SIZE_LIMIT):
        raise unreachable("the directory", f"the search ended with {shown(answer.get('description', ''))}")
    return told(connection)


def told(connection: Any) -> list[Entry]:
    """Return the entries of the last answer; references to other servers are left alone."""
    return [
        Entry(one["dn"], one["raw_attributes"])
        for one in connection.response or ()
        if one.get("type") == "searchResEntry"
    ]


def groups_of(connection: Any, options: Mapping[str, Any], dn: str, name: str) -> list[str]:
    """Return the names of the groups that a search finds for somebody."""
    filters = []
    if options["group_filter"]:
        filters.append(directory.filter_for(options["group_filter"], dn=dn, username=name))
    if options["nested_groups"]:
        filters.append(directory.nested_filter(dn))
    base = options["group_base_dn"] or options["base_dn"]
    found: dict[str, None] = {}
    for template in filters:
        cookie: Any = None
        while True:
            connection.search(
                base, template, attributes=["1.1"], dereference_aliases="NEVER", paged_size=_PAGE, paged_cookie=cookie,
                time_limit=ANSWER_SECONDS,
            )  # fmt: skip
            answer = connection.result
            if answer["result"] not in (SUCCESS, _NO_SUCH_OBJECT):
                text = f"the search for groups ended with {shown(answer.get('description', ''))}"
                raise unreachable("the directory", text)
            found.update((one.dn, None) for one in told(connection))
            if len(found) > directory.MOST_GROUPS:
                raise unreachable("the directory", f"somebody is in more than {directory.MOST_GROUPS} groups")
            cookie = (answer.get("controls") or {}).get("1.2.840.113556.1.4.319", {}).get("value", {}).get("cookie")
            if not cookie:
                break
    return list(found)


def tls_class() -> Any:
    """Return the library's TLS with the standard library's own check of the host name in the place of the library's."""
    from ldap3 import Tls

    class CheckedTls(Tls):
        def __init__(self, context: ssl.SSLContext, host: str) -> None:
            super().__init__(validate=ssl.CERT_REQUIRED)
            self.context, self.host, self.failure = context, host, ""

        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
            try:
                connection.socket = self.context.wrap_socket(connection.socket, server_hostname=self.host)
            except ssl.SSLCertVerificationError as error:
                self.failure = error.verify_message
                raise

    return CheckedTls


def reason(error: Exception) -> str:
    """Return what kept a connection from working, in our words: the library's are full of addresses and codes."""
    text = f"{type(error).__name__} {error}".lower()
    if "timed out" in text or "timeout" in text:
        return "it did not answer in time"
    if "refused" in text:
        return "the connection was refused"
    if "ssl" in text or "tls" in text:
        return "no encrypted connection came about"
    if "unreachable" in text or "no route" in text:
        return "the network does not lead there"
    return "the connection broke"


def shown(text: Any) -> str:
    """Return a directory's own words, cut and printable."""
    return "".join(one for one in str(text)[:200] if one.isprintable()) or "nothing"


def unreachable(place: str, why: str, action: str = "") -> ProviderUnreachable:
    """Return the error of a directory that could not be asked, with what to do about it."""
    if "allow-list" in why or "private network" in why:
        action = f"Add {place} to gateway.allowed_hosts in the configuration file and restart the server."
    usual = "Try again. If it goes on, an administrator looks whether the directory can be reached from here."
    return ProviderUnreachable(f"The directory at {place} could not be asked: {why}.", action=action or usual)
