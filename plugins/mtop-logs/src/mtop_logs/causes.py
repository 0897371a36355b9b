"""The line that says why a run ended, and the lines that only repeat that it did."""

from __future__ import annotations

import re

from mtop_logs.units import Unit

_EXCEPTION = re.compile(r"^[\w.]*(?:Error|Exception|Exit|Interrupt|Timeout)\b")
# Summaries of an error that was told before, or is told in another process: see the runtime facts in the docs.
_WRAPPERS = re.compile(
    r"See root cause above|Engine core initialization failed|Engine core proc \S+ died|EngineDeadError"
    r"|EngineCore (?:failed to start|encountered)|WorkerProc (?:failed to start|initialization failed)"
    r"|Received sigquit from a child process|Shard (?:\d+ failed to start|cannot start|complete standard error)"
    r"|Error: ShardCannotStart|creating server: Internal - failed to load all models|Application startup failed"
    r"|Failed to start model server|Unable to warmup the Python model shards|Future exception was never retrieved"
    r"|exiting due to model loading error|ChildFailedError|process group has NOT been destroyed"
    r"|resource_tracker: There appear to be|terminate called without an active exception|Worker failed with error"
)
# Errors of one request, which end nothing.
_REQUESTS = re.compile(
    r'"(?:GET|POST|PUT|HEAD) [^"]*" [45]\d\d\b|maximum context length is|Error in preprocessing prompt'
)


def cause_of(unit: Unit) -> tuple[int, str]:
    """The one line of a unit that says why: the exception of a traceback's first link, else its first line.

    Its number and its message, which is all of it where it names none.
    """
    from mtop_logs.levels import said

    messages = [said(row.text).message or row.text for row in unit.rows]
    if not unit.traceback:
        return 0, messages[0]
    found = (pair for pair in enumerate(messages) if _EXCEPTION.match(pair[1]) and not _WRAPPERS.search(pair[1]))
    return next(found, (len(messages) - 1, messages[-1]))


def is_wrapper(unit: Unit) -> bool:
    """Whether a unit says no more than that something failed elsewhere."""
    return bool(_WRAPPERS.search(cause_of(unit)[1]))


def is_request(unit: Unit) -> bool:
    """Whether a unit is about one request, not about the server."""
    return bool(_REQUESTS.search(unit.rows[0].text))
