"""The folders of the user that mtop writes to, and safe writing."""

from __future__ import annotations

import os
import sys

from mtop_core.errors import SourceError
from mtop_core.objects.text import plain


def state_dir() -> str:
    """Where changed worlds and choices are kept: MTOP_STATE_DIR, or the platform's place for state."""
    if given := os.environ.get("MTOP_STATE_DIR"):
        return given
    if sys.platform == "linux" and os.path.isabs(os.environ.get("HOME", "")):
        # What platformdirs answers here (a test holds the two together), without the half of bare
        # Python's own start-up time that importing it costs every command.
        given = os.environ.get("XDG_STATE_HOME", "")
        return os.path.join(given if os.path.isabs(given) else os.path.expanduser("~/.local/state"), "mtop")
    import platformdirs

    try:
        return platformdirs.user_state_dir("mtop", appauthor=False)
    except RuntimeError:
        raise SourceError("you have no home folder to keep changes in", "set MTOP_STATE_DIR to a folder") from None


def write_atomically(path: str, content: str | bytes) -> None:
    """Replaces a file's content in one step: a reader, or a crash, meets the old one or the new one."""
    import tempfile

    data = content.encode() if isinstance(content, str) else content
    folder, filename = os.path.split(path)
    try:
        os.makedirs(folder, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{filename}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise cannot_write(path, error) from None


def cannot_write(path: str, error: OSError) -> SourceError:
    """The error for a place of the user's that cannot be written; its hint is for the folder for state only."""
    inside = os.path.join(os.path.abspath(path), "").startswith(os.path.join(os.path.abspath(state_dir()), ""))
    return SourceError(
        f"cannot write {plain(path)}: {(error.strerror or 'unknown reason').lower()}",
        "set MTOP_STATE_DIR to a folder you can write" if inside else "",
    )
