"""Owns files that clients upload once and name in prompts later: kept per organization, encrypted, for a while."""

from powerautomation.gateway.files.entities import ID_PREFIX, FileFacts, Owner
from powerautomation.gateway.files.errors import FileNotFound, FileRefused, FileTooLarge, NoRoomForFiles
from powerautomation.gateway.files.rules import parts_of
from powerautomation.gateway.files.service import FileStore

__all__ = [
    "ID_PREFIX",
    "FileFacts",
    "FileNotFound",
    "FileRefused",
    "FileStore",
    "FileTooLarge",
    "NoRoomForFiles",
    "Owner",
    "parts_of",
]
