"""`--save DIR`: one file for each run, below `logs/` as in a snapshot, secrets masked unless told otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from mtop_core.api import App, Column, Result, Sink, UsageError, plain
from mtop_logs.batches import CONTINUES, UNFINISHED, Batch
from mtop_logs.forms import Break
from mtop_logs.merge import Rows
from mtop_logs.secrets import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from mtop_logs.history import Container
    from mtop_logs.options import Options
    from mtop_logs.report import Report
    from mtop_logs.targets import Target

COLUMNS = (
    Column("namespace", "NAMESPACE"), Column("pod", "POD"), Column("container", "CONTAINER"), Column("run", "RUN"),
    Column("lines", "LINES"), Column("bytes", "BYTES"), Column("masked", "MASKED"), Column("file", "FILE"),
)  # fmt: skip


class _File:
    """The saved log of one run."""

    def __init__(self, root: str, target: Target, run: str, redacts: bool) -> None:
        name = f"{target.container}{'.previous' if run == 'previous' else ''}.log"
        parts = ("logs", target.namespace, target.pod)
        if any(part in ("", ".", "..") or "/" in part or "\0" in part for part in (*parts, target.container)):
            raise UsageError(f"{plain(target.name)}: a log of that name cannot be saved")
        folder = os.path.join(root, *parts)
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(*parts, name)
        self._stream: IO[bytes] = open(os.path.join(folder, name), "xb")  # noqa: SIM115 - closed when all is saved
        self._redacts = redacts
        self.lines = self.size = self.masked = 0
        self._carry = ""

    def write(self, batch: Batch) -> None:
        """Adds some lines, each with its timestamp."""
        rows = []
        for stamp, text in zip(batch.stamps, batch.texts, strict=True):
            if text.startswith(CONTINUES):
                rows.append(text[1:])
                continue
            self.lines += 1
            rows.append(f"{stamp} {text}" if stamp else text)
        text = self._carry + ("\n".join(rows) + "\n").replace(f"{UNFINISHED}\n", "")
        self._carry = ""
        if not text.endswith("\n"):  # a secret may stand across two pieces of a line
            start = text.rfind("\n") + 1
            cut = max(text.rfind(" ", start), len(text) - 8192, start)
            text, self._carry = text[:cut], text[cut:]
        self._put(text)

    def close(self) -> None:
        """Writes what was held back."""
        self._put(self._carry)
        self._stream.close()

    def _put(self, text: str) -> None:
        if self._redacts:
            text, count = masked(text)
            self.masked += count
        data = text.encode("utf-8", "surrogateescape")
        self._stream.write(data)
        self.size += len(data)


class Saving:
    """A Form that shows nothing and saves everything."""

    def __init__(self, root: str, redacts: bool) -> None:
        self._root = root
        self._redacts = redacts
        self._files: dict[tuple[Any, ...], tuple[Target, str, _File]] = {}

    def rows(self, target: Target, run: str, batch: Batch) -> list[str]:
        """Saves the lines."""
        key = (*target.key, run)
        if key not in self._files:
            self._files[key] = (target, run, _File(self._root, target, run, self._redacts))
        self._files[key][2].write(batch)
        return []

    def breaks(self, target: Target, where: Break) -> list[str]:
        """Nothing: each run has a file of its own."""
        return []

    def saved(self) -> Iterator[dict[str, Any]]:
        """What was saved, file by file."""
        for target, run, file in self._files.values():
            file.close()
            yield {
                "namespace": target.namespace, "pod": target.pod, "container": target.container, "run": run,
                "lines": file.lines, "bytes": file.size, "masked": file.masked, "file": file.path,
            }  # fmt: skip


def saved(
    app: App, options: Options, targets: Sequence[Target], report: Report, closing: Callable[..., Result]
) -> Result:
    """Saves the logs; a table of the files."""
    from mtop_logs.history import Container

    _claim(options.save)
    form = Saving(options.save, options.redacts_files)
    job = options.job(app, Sink(), targets, report, form).replaced(raw=True)
    for container in (Container(job, target) for target in targets):
        _drain(container)
    result: Result = closing(list(form.saved()))
    result.columns, result.empty = COLUMNS, "There was no log to save."
    return result


def _drain(container: Container) -> None:
    rows: Rows
    for rows in container.rows():
        del rows


def _claim(folder: str) -> None:
    """Makes the folder; UsageError where something is in it."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.listdir(folder):
            raise UsageError(f"--save {plain(folder)}: something is in it already", "name a folder that does not exist")
    except OSError as error:
        raise UsageError(f"--save {plain(folder)}: {(error.strerror or 'failed').lower()}") from None
