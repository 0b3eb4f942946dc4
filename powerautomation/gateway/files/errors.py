"""What can go wrong with files."""

from powerautomation.kernel.errors import NotFound, Problem


class FileNotFound(NotFound):
    """No such file is kept for the key: never was, expired, deleted, or another's."""

    code = "gateway.file_not_found"


class FileRefused(Problem):
    """An upload is not one: a part is missing or of a kind that is not kept."""

    code = "gateway.file_refused"
    status = 400


class FileTooLarge(Problem):
    """A file is larger than a request with it inside could be."""

    code = "gateway.body_too_large"
    status = 413


class NoRoomForFiles(Problem):
    """An organization keeps as many bytes of files as it may."""

    code = "gateway.no_room_for_files"
    status = 413
