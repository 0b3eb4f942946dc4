"""The recovery kit: one printable page with the master key and what to do with it."""

from pathlib import Path

from powerautomation.governance.encryption.key_file import fingerprint_of, key_text, write_durably
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.clock import now

KIT_PREFIX = "recovery-kit-"
_PAGE = """\
PowerAutomation recovery kit
============================

Whoever has this page and a copy of the database can read every stored secret.
Print it or keep it in a password manager, then delete the file.
保管此页的人若同时拥有数据库副本，即可读取所有已存的机密。请打印或存入密码管理器，然后删除此文件。

Secret key (master key):

    {key}

Fingerprint   {fingerprint}
Written       {written}
Data folder   {folder}

What to do with it
------------------
1. Restore the newest backup:   powerautomation restore FILE --data FOLDER
2. Give the server this key, either way:
   - put the line with the key, alone, into FOLDER/{file} (mode 0600), or
   - set POWERAUTOMATION_SECRET_KEY to it.
3. Start:                       powerautomation serve --data FOLDER

A backup needs the kit that was the newest when the backup was made: its
fingerprint must begin with the same digits. After `powerautomation encryption
rotate-master-key` there is a new kit; keep this one as long as older backups.
"""


def kit_path(settings: Settings, fingerprint: str) -> Path:
    """Return where the kit of a master key is written by itself."""
    return settings.data_dir / f"{KIT_PREFIX}{fingerprint[:8]}.txt"


def recovery_kit(settings: Settings) -> str:
    """Return the page. Raises StartRefused when there is no key."""
    text = key_text(settings)
    return _PAGE.format(
        key=text,
        fingerprint=fingerprint_of(text),
        written=now().strftime("%Y-%m-%d %H:%M UTC"),
        folder=settings.data_dir.absolute(),
        file=KEY_FILE_NAME,
    )


def write_recovery_kit(settings: Settings, path: Path | None = None) -> Path:
    """Write the page into a file (mode 0600), by default in the data folder, and return where. An existing file of that
    name is kept: FileExistsError, but for the kit of the same key in the data folder, which is as good."""
    target = path or kit_path(settings, fingerprint_of(key_text(settings)))
    try:
        write_durably(target, recovery_kit(settings).encode())
    except FileExistsError:
        if path is not None:
            raise
    return target
