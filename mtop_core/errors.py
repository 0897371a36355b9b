"""The errors a user can meet, each with a message, a hint and an exit code; `main` alone prints them."""

from __future__ import annotations

DONE = 0
FOUND = 1
USAGE = 2
SOURCE = 3
PLUGIN = 4
BUG = 70
INTERRUPTED = 130
PIPE_CLOSED = 141


class MtopError(Exception):
    """Anything that ends a command with one clear line.

    `message` says what is wrong and where; `hint` says what to do; both are plain text in one line.
    """

    exit_code = SOURCE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MtopError):
    """A wrong flag, argument or combination of them."""

    exit_code = USAGE


class ConfigError(MtopError):
    """A configuration file that cannot be used."""

    exit_code = USAGE


class SourceError(MtopError):
    """The source did not answer: it is absent, forbidden or unreachable."""


class NotFoundError(SourceError):
    """The source answered that there is no such object."""


class ConflictError(SourceError):
    """The source holds something that stands in the way, such as an object of the same name."""


class DataError(SourceError):
    """The source answered with something that is not what it should be."""


class InvalidObjectError(DataError):
    """Manifests that do not fit their schema; `problems` holds one line each."""

    def __init__(self, message: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems


class PluginError(MtopError):
    """A plugin that was asked for cannot be loaded."""

    exit_code = PLUGIN
