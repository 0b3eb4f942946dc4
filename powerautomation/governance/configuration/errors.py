"""Why something was not done with the history of settings."""

from powerautomation.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class VersionNotFound(NotFound):
    """There is no such version of a setting."""

    code = "configuration.version_not_found"


class CursorInvalid(InvalidInput):
    """The page that is asked for is none this server named."""

    code = "configuration.cursor_invalid"


class NothingToRestore(Conflict):
    """The setting is as it was in that version already."""

    code = "configuration.nothing_to_restore"


class SecretNeeded(Conflict):
    """What is to be made needs a secret, and secrets are in no version and no export."""

    code = "configuration.secret_needed"


class MorePermissionNeeded(Forbidden):
    """Who asks may not change settings of this kind."""

    code = "configuration.kind_forbidden"


class Proposed(Conflict):
    """Nothing was changed: the change waits for a second person as a proposal."""

    code = "configuration.proposed"


class SecretNotProposable(Conflict):
    """A change that needs a second person has a new secret among others, and a secret cannot wait in a proposal."""

    code = "configuration.secret_not_proposable"


class ProposalNotFound(NotFound):
    """There is no such proposal."""

    code = "configuration.proposal_not_found"


class ProposalClosed(Conflict):
    """Somebody decided the proposal already, or it has expired."""

    code = "configuration.proposal_closed"


class ProposalStale(Conflict):
    """What the proposal changes was changed since."""

    code = "configuration.proposal_stale"


class ProposalOwn(Forbidden):
    """Nobody approves what they proposed themselves, and only its author withdraws a proposal."""

    code = "configuration.proposal_own"


class TooManyProposals(Conflict):
    """The organization has as many open proposals as it may have."""

    code = "configuration.too_many_proposals"


class DocumentInvalid(InvalidInput):
    """An exported configuration cannot be read."""

    code = "configuration.document_invalid"
