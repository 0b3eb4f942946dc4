"""Why a provider was not accepted, or somebody not signed in by one."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, Unauthenticated


class ProviderNotFound(NotFound):
    """There is no such provider, or it is switched off."""

    code = "single_sign_on.provider_not_found"


class ProviderInvalid(InvalidInput):
    """What was entered for a provider cannot be used; ``fields`` say why."""

    code = "single_sign_on.provider_invalid"


class RoleAboveYours(Forbidden):
    """The provider would give, or gives, a role that may do more than who asks."""

    code = "single_sign_on.role_above_yours"


class TestNotFound(NotFound):
    """There is no such test sign-in, or it is older than ten minutes."""

    code = "single_sign_on.test_not_found"


class StateInvalid(Unauthenticated):
    """The answer belongs to no sign-in that this browser began, was used before, or is older than ten minutes."""

    code = "single_sign_on.state_invalid"


class ProviderRefused(Unauthenticated):
    """The provider itself said no."""

    code = "single_sign_on.provider_refused"


class ProviderUnreachable(Problem):
    """The provider could not be asked, or its answer made no sense."""

    code = "single_sign_on.provider_unreachable"
    status = 502


class ProofInvalid(Unauthenticated):
    """What should prove who somebody is proves nothing: signature, issuer, audience, nonce or time is wrong."""

    code = "single_sign_on.proof_invalid"


class PasswordRefused(Unauthenticated):
    """The provider knows nobody by this name and password. Its text is the same whatever the reason was; ``why`` says
    it, for the audit log and a test sign-in."""

    code = "single_sign_on.password_refused"

    def __init__(self, why: str) -> None:
        super().__init__("The user name or the password is wrong.", action="Try again.")
        self.why = why


class LockedOut(Conflict):
    """The change would leave an organization without a way to sign in."""

    code = "single_sign_on.locked_out"


class RoleMissing(Forbidden):
    """No rule gives this person a role, and there is none for everybody."""

    code = "single_sign_on.role_missing"


class EmailRefused(Forbidden):
    """The e-mail address is missing, unproved, or of a domain that may not come in."""

    code = "single_sign_on.email_refused"


class PersonUnknown(Forbidden):
    """Nobody here is bound to this outside identity, and nobody is added for it."""

    code = "single_sign_on.person_unknown"


class PersonInactive(Forbidden):
    """The person was deactivated or removed here, whatever the provider says."""

    code = "single_sign_on.person_inactive"


class SessionOver(ProviderRefused):
    """The provider says that somebody's session there has ended."""

    code = "single_sign_on.session_over"
