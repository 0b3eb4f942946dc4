"""What can go wrong with people and their passwords."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound, Problem


class UserNotFound(NotFound):
    """There is no such person in this organization."""

    code = "users.not_found"


class EmailInvalid(InvalidInput):
    """The text is not an e-mail address."""

    code = "users.email_invalid"


class EmailTaken(Conflict):
    """Another person signs in with this e-mail address."""

    code = "users.email_taken"


class NameInvalid(InvalidInput):
    """A name is empty, too long, or has characters that cannot be shown."""

    code = "users.name_invalid"


class PasswordTooWeak(InvalidInput):
    """The new password is too short, too long, or among the first ones anybody would try."""

    code = "users.password_too_weak"


class PasswordBreached(InvalidInput):
    """The new password is one of those most frequent in published breaches, perhaps with digits and signs added."""

    code = "users.password_breached"


class PasswordChangedMeanwhile(Conflict):
    """The password was changed by somebody else while this change was on its way."""

    code = "users.password_changed_meanwhile"


class TooManyUsers(Conflict):
    """The organization has as many people as it may have."""

    code = "users.too_many"


class PasswordsBusy(Problem):
    """More passwords wait to be checked than this server takes on at once; a retry helps."""

    code = "users.passwords_busy"
    status = 503
