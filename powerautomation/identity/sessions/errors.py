"""Why somebody was not signed in, or a session not changed."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, Unauthenticated


class LinkInvalid(Unauthenticated):
    """The one-time link is unknown, used, voided by a newer one, or expired: a new one is needed."""

    code = "sessions.link_invalid"


class InvitationInvalid(Unauthenticated):
    """The invitation is unknown, accepted, replaced, withdrawn or older than 7 days: a new one is needed."""

    code = "sessions.invitation_invalid"


class SessionNotFound(NotFound):
    """The person has no such live session."""

    code = "sessions.not_found"


class CredentialsWrong(Unauthenticated):
    """No enabled person has this e-mail address and password. Which of both is wrong is not told."""

    code = "sessions.credentials_wrong"


class PasswordsOff(Forbidden):
    """The organization lets nobody but named administrators, with a second factor, sign in with a password."""

    code = "sessions.passwords_off"


class SignInThrottled(Problem):
    """Too many failed sign-ins from here; a retry helps after ``retry_after_seconds``."""

    code = "sessions.throttled"
    status = 429


class CurrentPasswordWrong(InvalidInput):
    """The present password is missing or wrong, so it is not replaced."""

    code = "sessions.current_password_wrong"


class StepInvalid(Unauthenticated):
    """The first step of the sign-in is unknown, done, too old, or had too many wrong codes: it begins anew."""

    code = "sessions.step_invalid"


class CodeWrong(Unauthenticated):
    """The code of the second step is wrong or was used before; the next one may be tried."""

    code = "sessions.code_wrong"


class ConfirmationWrong(InvalidInput):
    """The password or code with which a person should have proved who it is, is wrong."""

    code = "sessions.confirmation_wrong"


class CrossSiteRefused(Forbidden):
    """A page of another site tried to sign somebody in."""

    code = "sessions.cross_site"


class AdministratorMissing(NotFound):
    """Nobody is left who could be given a one-time link."""

    code = "sessions.administrator_missing"


class ProviderSession(Forbidden):
    """An organization's sign-in provider opened the session: it reaches neither other organizations nor the account."""

    code = "sessions.provider_session"


class AlreadyMember(Conflict):
    """The account is in the organization that it is invited to."""

    code = "sessions.already_member"


class EmailAmbiguous(Conflict):
    """Several people have an e-mail address, and a command does not say which is meant."""

    code = "sessions.email_ambiguous"
