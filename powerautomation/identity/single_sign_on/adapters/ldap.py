"""LDAP and Active Directory: a person is searched by a service account and proved by a bind with the typed password.

The library blocks, so everything happens in a few threads of its own; whoever finds all of them taken waits, and is
refused where too many wait already. Each look-up has one time limit over all; at its end its sockets are closed, which
ends the thread's waiting too. Referrals are never followed: they would send the password to whoever is named.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from powerautomation.identity.single_sign_on.adapters import directory
from powerautomation.identity.single_sign_on.adapters.directory import Place
from powerautomation.identity.single_sign_on.adapters.ldap_answers import (
    ANSWER_SECONDS,
    REFUSES_PERSON,
    SUCCESS,
    bind,
    entries,
    groups_of,
    look_at,
    reason,
    shown,
    tls_class,
    unreachable,
)
from powerautomation.identity.single_sign_on.adapters.ldap_options import checked_options, invalid, tls_context
from powerautomation.identity.single_sign_on.entities import Claims, SignInProvider
from powerautomation.identity.single_sign_on.errors import PasswordRefused, ProviderUnreachable
from powerautomation.infrastructure.http_client import OutgoingPolicy, Server
from powerautomation.kernel import clock
from powerautomation.kernel.errors import Problem

CONNECT_SECONDS = 4
ALL_SECONDS = 20.0
MOST_THREADS = 8
MOST_WAITING = 64
SUBJECTS_AT_ONCE = 50
_ADDRESSES = 4
Told = TypeVar("Told")


@dataclass(slots=True)
class _Visit:
    """One look-up: the connections it opened, so that they can be closed from outside when its time is over."""

    secret: str
    opened: list[Any] = field(default_factory=list)
    over: bool = False

    def end(self) -> None:
        """Close every socket: a thread that reads from one goes on with an error."""
        self.over = True
        for connection in list(self.opened):
            with suppress(OSError, AttributeError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give every socket back; the library keeps those that did not come about."""
        for connection in self.opened:
            with suppress(OSError, AttributeError):
                connection.socket.close()


class Ldap:
    """The adapter. ``policy`` says which servers may be called."""

    def __init__(self, policy: OutgoingPolicy, *, seconds: float = ALL_SECONDS) -> None:
        self.policy = policy
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="ldap")
        self._waiting = 0

    async def complete(self, options: Mapping[str, Any], secret: str) -> dict[str, Any]:
        """See ``ports.Adapter``: the service account signs in and looks at the place people are searched under."""
        whole = checked_options(options)
        if not secret:
            raise invalid("secret", "Enter the password of the service account.")
        await self._run(secret, lambda visit: self._look(visit, whole))
        return whole

    def identity_of(self, options: Mapping[str, Any]) -> str:
        """See ``ports.Adapter``: a subject means somebody under one base, by one attribute."""
        return f"{str(options['subject_attribute']).lower()}|{str(options['base_dn']).replace(' ', '').lower()}"

    async def claims_by_password(self, provider: SignInProvider, secret: str, name: str, password: str) -> Claims:
        """See ``ports.PasswordAdapter``."""
        directory.check_typed(name, password)
        return await self._run(secret, lambda visit: self._prove(visit, provider, name.strip(), password))

    async def present(self, provider: SignInProvider, secret: str, subjects: Sequence[str]) -> set[str]:
        """See ``ports.PasswordAdapter``."""
        return await self._run(secret, lambda visit: self._still_there(visit, provider.options, subjects))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, secret: str, work: Callable[[_Visit], Told]) -> Told:
        if self._waiting >= MOST_WAITING:
            raise unreachable("the directory", "too many people are waiting for it", "Try again in a moment.")
        visit = _Visit(secret)
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, _translated, work, visit)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(running)
        except TimeoutError:
            raise unreachable("the directory", f"no answer within {self._seconds:.0f} s") from None
        finally:
            visit.end()
            # Whatever the thread still raises is nobody's any more.
            running.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._waiting -= 1

    def _look(self, visit: _Visit, options: Mapping[str, Any]) -> None:
        with self._service(visit, options) as (connection, _):
            look_at(connection, options["base_dn"], "ldap.base_dn")
            if options["group_base_dn"]:
                look_at(connection, options["group_base_dn"], "ldap.group_base_dn")

    def _prove(self, visit: _Visit, provider: SignInProvider, name: str, password: str) -> Claims:
        options = provider.options
        wanted = directory.attributes_for(options, [rule.claim for rule in provider.rules])
        with self._service(visit, options) as (connection, place):
            template = directory.filter_for(options["user_filter"], username=name)
            found = entries(connection, options["base_dn"], template, wanted, most=2)
            if not found:
                raise PasswordRefused("Nobody in the directory fits this user name.")
            if len(found) > 1:
                raise PasswordRefused("Several people in the directory fit this user name.")
            entry = found[0]
            self._bind_as(visit, options, place, entry.dn, password)
            directory.check_state(entry, clock.now_ms() / 1000)
            return directory.claims_from(options, entry, groups_of(connection, options, entry.dn, name))

    def _bind_as(self, visit: _Visit, options: Mapping[str, Any], place: "_Reached", dn: str, password: str) -> None:
        if not dn:
            raise PasswordRefused("The directory told no name of the person.")
        code, told = bind(self._open(visit, options, place), dn, password)
        if code in REFUSES_PERSON:
            raise PasswordRefused(directory.why_refused(told))
        if code != SUCCESS:
            raise unreachable(place.name, f"it answered {shown(told)}")

    def _still_there(self, visit: _Visit, options: Mapping[str, Any], subjects: Sequence[str]) -> set[str]:
        there: set[str] = set()
        attribute = options["subject_attribute"]
        with self._service(visit, options) as (connection, _):
            # A base that is gone is a mistake of the setting, not the end of everybody.
            look_at(connection, options["base_dn"], "ldap.base_dn")
            for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
                part = subjects[start : start + SUBJECTS_AT_ONCE]
                wanted = [attribute, *directory.STATE_READ]
                template = directory.subject_filter(options["user_filter"], attribute, part)
                for entry in entries(connection, options["base_dn"], template, wanted, most=2 * SUBJECTS_AT_ONCE):
                    with suppress(PasswordRefused):
                        directory.check_state(entry, clock.now_ms() / 1000)
                        there.add(directory.subject_of(attribute, entry))
        return there

    @contextmanager
    def _service(self, visit: _Visit, options: Mapping[str, Any]) -> Iterator[tuple[Any, "_Reached"]]:
        """Sign the service account in at the first server that answers."""
        connection, place = self._first_open(visit, options)
        try:
            code, told = bind(connection, options["bind_dn"], visit.secret)
            if code in REFUSES_PERSON:
                raise unreachable(
                    place.name,
                    f"it refused the service account ({shown(told)})",
                    "Correct the service account and its password.",
                )
            if code != SUCCESS:
                raise unreachable(place.name, f"it answered {shown(told)}")
            yield connection, place
        finally:
            for one in visit.opened:
                with suppress(Exception):
                    one.unbind()

    def _first_open(self, visit: _Visit, options: Mapping[str, Any]) -> tuple[Any, "_Reached"]:
        failure: ProviderUnreachable | None = None
        for text in options["servers"]:
            place = directory.place_of(text, plain=options["plain"])
            try:
                for address in self._addresses(place):
                    reached = _Reached(place, address)
                    try:
                        return self._open(visit, options, reached), reached
                    except ProviderUnreachable as problem:
                        failure = problem
            except ProviderUnreachable as problem:
                failure = problem
        raise failure or unreachable("the directory", "it has no server")

    def _addresses(self, place: Place) -> list[str]:
        """Return where a host may be called: the very addresses that are connected to are checked."""
        server = Server("ldaps", place.host.lower(), place.port)
        name = f"{place.host}:{place.port}"
        why_not = self.policy.refusal(server)
        if why_not:
            raise unreachable(name, why_not)
        try:
            found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except OSError:
            raise unreachable(name, "its name has no address") from None
        allowed = []
        for address in list(dict.fromkeys(str(one[4][0]) for one in found))[:_ADDRESSES]:
            why_not = self.policy.refusal(server, ipaddress.ip_address(address.partition("%")[0]))
            if not why_not:
                allowed.append(address)
        if not allowed:
            raise unreachable(name, why_not)
        return allowed

    def _open(self, visit: _Visit, options: Mapping[str, Any], reached: "_Reached") -> Any:
        """Return an encrypted connection nobody is signed in on."""
        import ldap3
        from ldap3.core.exceptions import LDAPException

        if visit.over:
            raise unreachable(reached.name, "it took too long")
        tls = tls_class()(tls_context(options["ca_certificate"]), reached.place.host)
        connection = ldap3.Connection(
            ldap3.Server(
                reached.address,
                port=reached.place.port,
                use_ssl=reached.place.security == "tls",
                get_info=ldap3.NONE,
                tls=tls,
                connect_timeout=CONNECT_SECONDS,
            ),
            client_strategy=ldap3.SYNC,
            auto_bind=ldap3.AUTO_BIND_NONE,
            auto_referrals=False,
            check_names=False,
            read_only=True,
            receive_timeout=ANSWER_SECONDS,
        )
        visit.opened.append(connection)
        try:
            connection.open(read_server_info=False)
            if reached.place.security == "starttls" and not connection.start_tls(read_server_info=False):
                raise unreachable(reached.name, "it does not speak StartTLS", "Enter ldaps:// for this server.")
        except (LDAPException, OSError) as error:
            if tls.failure:
                action = "Enter the certificate authority that signed the directory's certificate."
                raise unreachable(reached.name, f"its certificate is not trusted ({tls.failure})", action) from None
            raise unreachable(reached.name, reason(error)) from None
        return connection


@dataclass(frozen=True, slots=True)
class _Reached:
    """A server and which of its addresses is used."""

    place: Place
    address: str

    @property
    def name(self) -> str:
        return f"{self.place.host}:{self.place.port}"


def _translated(work: Callable[[_Visit], Told], visit: _Visit) -> Told:
    """Do the work in its thread; what the library raises becomes one of our errors, without its text."""
    try:
        return work(visit)
    except Problem:
        raise
    except Exception as error:
        raise unreachable("the directory", reason(error)) from None
    finally:
        visit.close()
