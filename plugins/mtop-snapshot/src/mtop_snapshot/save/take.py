"""One snapshot from look to sealed folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.api import (
    SNAPSHOT_FORMAT,
    SNAPSHOT_MANIFEST,
    Gap,
    Inventory,
    Provider,
    SourceError,
    kinds,
    plain,
    rfc3339,
)
from mtop_snapshot.diff.normal import SEMANTICS
from mtop_snapshot.redact.canary import leaks, self_test
from mtop_snapshot.redact.pseudonyms import Pseudonyms
from mtop_snapshot.redact.redactor import Redactor
from mtop_snapshot.save.closure import KINDS, Closure
from mtop_snapshot.save.files import Files, canonical, index_line
from mtop_snapshot.save.logs import Budget, read_all, runs_of
from mtop_snapshot.save.progress import Progress

Object = dict[str, Any]
_ROUNDS = 4


class Wish(NamedTuple):
    """What to take: which models, whether the whole cluster, and how much of the logs (None for no log)."""

    namespace: str = ""
    names: tuple[str, ...] = ()
    selector: str = ""
    whole: bool = False
    budget: Budget | None = Budget()
    pseudonyms: bool = False

    @property
    def chosen(self) -> bool:
        """Whether only some of the models are wanted."""
        return bool(self.names or self.selector)


class Taken(NamedTuple):
    """A snapshot that was written: its manifest, and what was masked in it."""

    manifest: Mapping[str, Any]
    redactor: Redactor
    gaps: Sequence[Gap]


class Take:
    """Takes one snapshot into a folder."""

    def __init__(self, provider: Provider, wish: Wish, salt: bytes, progress: Progress) -> None:
        self._provider = provider
        self._wish = wish
        self._progress = progress
        self._redactor = Redactor(salt)
        self._logs: dict[str, Any] = {"files": 0, "lines": 0, "bytes": 0, "cut": [], "gaps": []}
        self._known_at: dict[str, int] = {}
        self._salt = salt
        self._names: Pseudonyms | None = None

    def into(self, files: Files, inventory: Inventory, models: Sequence[Any], start: datetime) -> Taken:
        """Writes what belongs to the models; SourceError where a secret would have been left in it."""
        unsound = self_test(self._redactor)
        if unsound:
            raise SourceError(f"the redaction lets secrets through ({', '.join(unsound)}); nothing was saved", _REPORT)
        closure = Closure(inventory, models, whole=self._wish.whole, chosen=self._wish.chosen)
        learned = self._learn(closure)
        self._progress.start("logs", 1)
        self._write_logs(files, learned.get(kinds.POD, []))
        gaps = {gap.kind: self._said(gap.reason) for gap in inventory.gaps}
        self._logs["gaps"] = [self._said(gap) for gap in self._logs["gaps"]]
        self._write_objects(files, learned, gaps)
        self._second_look(files)
        manifest = self._manifest(files, inventory, closure, start, gaps)
        files.seal(manifest)
        self._listen(files)
        self._progress.end()
        return Taken({**manifest, "files": files.entries}, self._redactor, inventory.gaps)

    def _learn(self, closure: Closure) -> dict[kinds.Kind, list[Object]]:
        self._progress.start("objects", len(KINDS))
        learned = {}
        for kind in KINDS:
            file = _file(kind)
            learned[kind] = [self._redactor.learn(file, obj) for obj in closure.of(kind)]
            self._progress.advance()
        return self._renamed(learned) if self._wish.pseudonyms else learned

    def _renamed(self, learned: dict[kinds.Kind, list[Object]]) -> dict[kinds.Kind, list[Object]]:
        """The objects under other names, in the order of these."""
        self._names = Pseudonyms(self._salt, (obj for objects in learned.values() for obj in objects))
        return {
            kind: sorted((self._names.object(obj) for obj in objects), key=_place) for kind, objects in learned.items()
        }

    def _said(self, text: str) -> str:
        """What the manifest says in the words of others, without secrets, and under other names where asked."""
        fresh = self._redactor.said(SNAPSHOT_MANIFEST, text)
        return fresh if self._names is None else self._names.text(fresh)

    def _lines(self, name: str, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines of a log without secrets, and under other names where asked."""
        found = self._redactor.lines(name, lines)
        names = self._names
        return found if names is None else (names.text(line.decode()).encode() for line in found)

    def _write_logs(self, files: Files, pods: Sequence[Object]) -> None:
        budget = self._wish.budget
        if budget is None:
            return
        runs = [run for pod in pods for run in runs_of(pod)]
        self._progress.start("logs", len(runs))
        workers = 8 if self._provider.source.mode == "live" else 1
        refused: dict[str, None] = {}
        for log in read_all(self._provider, runs, budget, workers):
            self._progress.advance()
            if log is None:
                continue
            if log.gap:
                refused.setdefault(log.gap)
                continue
            name = log.run.file
            if self._logs["bytes"] >= budget.total:
                self._logs["cut"].append(name)
                continue
            self._known_at[name] = self._redactor.masker.met
            files.write(name, self._lines(name, log.lines))
            self._logs["files"] += 1
            self._logs["lines"] += len(log.lines)
            self._logs["bytes"] += files.entries[name]["bytes"]
            if log.cut:
                self._logs["cut"].append(name)
        self._logs["gaps"] = list(refused)
        self._logs["cut"].sort()

    def _write_objects(
        self, files: Files, learned: dict[kinds.Kind, list[Object]], gaps: Mapping[kinds.Kind, str]
    ) -> None:
        """Writes every kind that was read; again where the last one gave away a secret that an earlier one may hold."""
        masker = self._redactor.masker
        counts = {file: count.copy() for file, count in masker.counts.items()}
        for _ in range(_ROUNDS):
            known = len(masker.known)
            self._progress.start("writing", len(learned))
            for kind, objects in learned.items():
                if kind not in gaps:
                    self._write_kind(files, kind, objects)
                self._progress.advance()
            if len(masker.known) == known:
                return
            masker.counts = {file: count.copy() for file, count in counts.items()}

    def _write_kind(self, files: Files, kind: kinds.Kind, objects: Sequence[Object]) -> None:
        name = _file(kind)
        index: list[bytes] = []

        def lines() -> Iterator[bytes]:
            for obj in objects:
                text = canonical(obj)
                fresh = self._redactor.finish(name, obj, text)
                line = f"{text if fresh is obj else canonical(fresh)}\n".encode("utf-8", "surrogatepass")
                index.append(index_line(fresh, line))
                yield line

        files.write(name, lines())
        files.write(name.replace(".jsonl", ".index"), index)

    def _second_look(self, files: Files) -> None:
        """Masks in logs what was found out to be a secret only after they were written."""
        masker = self._redactor.masker
        for name, known in self._known_at.items():
            if known < masker.met:
                masker.file = name
                lines = list(files.lines(name))
                files.write(name, self._lines(name, lines))

    def _listen(self, files: Files) -> None:
        """The canary: reads everything once more; SourceError where something masked still stands somewhere."""
        self._progress.start("checking", len(files.entries))
        for name in files.names:
            if not name.endswith(".index"):
                rule = next(leaks(files.lines(name), self._redactor.masker), "")
                if rule:
                    raise SourceError(f"{plain(name)} would still hold a secret ({rule}); nothing was saved", _REPORT)
            self._progress.advance()

    def _manifest(
        self, files: Files, inventory: Inventory, closure: Closure, start: datetime, gaps: Mapping[kinds.Kind, str]
    ) -> dict[str, Any]:
        from importlib.metadata import version

        source, wish = self._provider.source, self._wish
        masker = self._redactor.masker
        return {
            "apiVersion": "mtop.dev/v1alpha1",
            "kind": "Snapshot",
            "format": SNAPSHOT_FORMAT,
            "mtop": version("mtop-core"),
            "source": {"mode": source.mode, "name": self._said(source.name), "server": self._provider.server_version},
            "captured": {"start": rfc3339(start), "end": rfc3339(self._provider.now())},
            "scope": {
                "namespace": wish.namespace, "names": list(wish.names), "selector": wish.selector,
                "cluster": wish.whole,
                "models": len(closure.models),
            },
            "kinds": [_kind_entry(kind, closure, inventory, gaps) for kind in KINDS],
            "logs": self._logs,
            "redaction": {"salt": masker.salt_id, **masker.report()},
            "normal": SEMANTICS,
        }  # fmt: skip


_REPORT = "please report it, with the rule named above and no secret"


def _kind_entry(
    kind: kinds.Kind, closure: Closure, inventory: Inventory, gaps: Mapping[kinds.Kind, str]
) -> dict[str, Any]:
    objects = closure.of(kind)
    entry: dict[str, Any] = {
        "resource": kind.resource,
        "apiVersions": sorted({str(obj["apiVersion"]) for obj in objects}),
        "objects": len(objects),
        "seen": len(inventory.all(kind)),
    }
    return {**entry, "gap": gaps[kind]} if kind in gaps else entry


def _place(obj: Object) -> tuple[str, str]:
    meta = obj["metadata"]
    return str(meta.get("namespace") or ""), str(meta["name"])


def _file(kind: kinds.Kind) -> str:
    return f"objects/{kind.resource}.jsonl"
