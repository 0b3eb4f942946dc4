"""Why a text or a consent was not kept."""

from powerautomation.kernel.errors import Conflict, InvalidInput, NotFound


class TextInvalid(InvalidInput):
    """The text is empty, or names roles that are not there."""

    code = "consents.text_invalid"


class TextChanged(Conflict):
    """The version somebody agrees to is not the one that is asked now."""

    code = "consents.text_changed"


class ConsentNotFound(NotFound):
    """There is no consent that could be taken back."""

    code = "consents.not_found"
