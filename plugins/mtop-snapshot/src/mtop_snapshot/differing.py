"""A comparison from words to answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import (
    App,
    Bundle,
    NotFoundError,
    Result,
    SourceError,
    UsageError,
    as_yaml,
    cannot_write,
    is_terminal,
    kinds,
    mapping,
    plain,
    rfc3339,
    snapshots_dir,
    terminal_width,
    wants_colour,
)
from mtop_snapshot.diff.blame import blame
from mtop_snapshot.diff.cleaning import Cleaner
from mtop_snapshot.diff.compare import Comparison, Difference, Options, Side
from mtop_snapshot.diff.effective import effective
from mtop_snapshot.diff.objects import Key, Table
from mtop_snapshot.diff.paths import Filter, spelled
from mtop_snapshot.redact.masks import Masker, own_salt
from mtop_snapshot.save.closure import KINDS
from mtop_snapshot.show import documents, pages
from mtop_snapshot.show.brief import brief, fields
from mtop_snapshot.show.side import WIDTH, side_by_side
from mtop_snapshot.show.texts import short
from mtop_snapshot.show.unified import title, unified
from mtop_snapshot.sides import Named, Scope, namespaces, scope_of, side, two

DIFFERS = 1
_CONFIGS = (kinds.LLM_CONFIG,)
_SCALERS = (kinds.AUTOSCALER, kinds.SCALED_OBJECT)
Object = dict[str, Any]


def run(
    app: App, *, sides: tuple[str, ...], form: str, beside: bool, brief: bool, everything: bool, status: bool,
    effective: bool, blame: bool, wanted: tuple[str, ...], ignored: tuple[str, ...], show_ignored: bool, no_pager: bool,
) -> Result:  # fmt: skip
    """Compares and answers."""
    form = _form(form, beside, brief)
    filtered = Filter(wanted, ignored)
    a, b, names = two(app, sides)
    work = Work(app, a, b, names, everything=everything, status=status, merged=effective)
    comparison, found = work.compared(filtered, show_ignored)
    blamed = work.blamed(found) if blame else {}
    answer = Answer(app, (a, b), comparison, found, blamed, status=status, single=len(names) == 1)
    return answer.said(form, paged=not no_pager)


def _form(form: str, beside: bool, brief: bool) -> str:
    given = [name for name, wanted in (("side-by-side", beside), ("brief", brief)) if wanted]
    if len(given) > 1 or (given and form not in ("unified", *given)):
        raise UsageError(
            f"--{given[0]} and another form exclude each other", "say it once: -o unified, side-by-side, brief, ..."
        )
    return given[0] if given else form


class Work:
    """One comparison: which kinds, at which place, with what merged in."""

    def __init__(
        self,
        app: App,
        a: Named,
        b: Named,
        names: Sequence[str] = (),
        *,
        everything: bool,
        status: bool,
        merged: bool = False,
    ) -> None:
        self._named = {"a": a, "b": b}
        self._names = names
        self._status = status
        self._merged = merged
        self._kinds = KINDS if everything else kinds.CR_KINDS
        namespace, scope, home = _place(app, a, b)
        self._namespace = namespace
        needed = tuple(dict.fromkeys((*self._kinds, *(_CONFIGS if merged else ()))))
        self._sides = {name: side(named, needed, namespace, scope, home) for name, named in self._named.items()}
        try:
            masker = Masker(own_salt(snapshots_dir()))
        except OSError as error:
            raise cannot_write(snapshots_dir(), error) from None
        self._clean = Cleaner(self._sides, masker, self._prepare(merged))

    def compared(self, counts: Callable[[Any], bool], show_ignored: bool) -> tuple[Comparison, list[Difference]]:
        """What was found, all of it."""
        options = Options(self._status, counts, show_ignored, self._merged, self._clean, self._scaled(), self._wanted)
        comparison = Comparison(self._digestible("a"), self._digestible("b"), options)
        self._refuse_unknown()
        found = list(comparison.differences(self._kinds))
        if len(comparison.gaps) == len(self._kinds):
            gaps = ", ".join(f"{gap.resource} ({gap.reason})" for gap in comparison.gaps)
            raise SourceError(f"nothing can be compared: {gaps}", "--all compares every kind that both sides hold")
        return comparison, found

    def _refuse_unknown(self) -> None:
        """NotFoundError for a name that neither side has: to say that it does not differ would mislead."""
        for name in self._names:
            one = (name,)
            keys = (
                (kind, key)
                for side in self._sides.values()
                for kind, table in side.tables.items()
                for key in list(table.keys())
            )
            if not any(self._wanted(kind, key, one) for kind, key in keys if kind in self._kinds):
                where = f" in namespace {plain(self._namespace)}" if self._namespace else ""
                raise NotFoundError(
                    f'neither side has a "{plain(name)}"{where}', "mtop diff A B compares all there are"
                )

    def blamed(self, differences: Sequence[Difference]) -> dict[tuple[int, int], tuple[str, str]]:
        """Who changed which field, by the numbers of the difference and of its change."""
        found = {}
        for number, difference in enumerate(differences):
            for at, change in enumerate(difference.changes):
                holders = (self._clean.managed.get(id(obj)) for obj in (difference.after, difference.before))
                holder = next((obj for obj in holders if obj is not None), None)
                found[number, at] = blame(holder, change) if holder is not None else ("", "")
        return found

    def _digestible(self, name: str) -> Side:
        """A side without its digests where they would be of something else than is compared."""
        found = self._sides[name]
        return found._replace(semantics="") if self._merged else found

    def _prepare(self, merged: bool) -> Callable[[Object, str], Object] | None:
        if not merged:
            return None
        tables = {name: found.tables.get(kinds.LLM_CONFIG) for name, found in self._sides.items()}
        configs = {name: dict(_all(table)) for name, table in tables.items()}
        return lambda obj, name: effective(obj, configs[name])

    def _wanted(self, kind: kinds.Kind, key: Key, names: Sequence[str] = ()) -> bool:
        """Whether an object is in the namespace, and one of the names asked for, or made for one."""
        if self._namespace and kind.namespaced and not key.startswith(f"{self._namespace}/"):
            return False
        names = names or self._names
        if not names:
            return True
        name = key.partition("/")[2]
        for asked in names:
            word, slash, rest = asked.rpartition("/")
            if slash and kinds.kind_by_word(word) not in (kind, None) and kind in kinds.CR_KINDS:
                continue
            if name == rest or (kind not in kinds.CR_KINDS and name.startswith(f"{rest}-")):
                return True
        return False

    def _scaled(self) -> Callable[[kinds.Kind, Key], bool]:
        """Whether an autoscaler of either side sets the replicas of a workload."""
        targets = set()
        for found in self._sides.values():
            for kind in _SCALERS:
                for key, scaler in _all(found.tables.get(kind)):
                    target = mapping(scaler, "spec", "scaleTargetRef")
                    name = f"{key.partition('/')[0]}/{target.get('name')}"
                    targets.add((str(target.get("kind") or "Deployment"), name))
        return lambda kind, key: (kind.name, key) in targets


def _all(table: Table | None) -> Iterator[tuple[Key, Object]]:
    """Every object of a table by its key."""
    if table is not None:
        for key in list(table.keys()):
            yield key, table.get(key)


def _place(app: App, a: Named, b: Named) -> tuple[str, Scope, str]:
    """The namespace to look in, what of the models, and where manifests are that do not say it.

    As asked, else as the snapshots were taken, else where the manifests are, else where the cluster's context is.
    """
    scopes = [scope_of(bundle) for bundle in (a.bundle, b.bundle) if bundle is not None]
    scope = scopes[0]._replace(whole=False) if len(scopes) == 1 and not scopes[0].whole else Scope()
    given = app.namespace_given or app.config.namespace
    if app.all_namespaces or given:
        return ("" if app.all_namespaces else given), scope, given
    homes = [named.namespace or named.provider.namespace for named in (a, b)]
    home = next(filter(None, homes), "")
    if scopes:
        return next((found.namespace for found in scopes if found.namespace), ""), scope, home
    files = [named for named in (a, b) if named.files]
    if files:
        places = {place for named in files for place in namespaces(named, home or "default")}
        return (places.pop() if len(places) == 1 else ""), scope, home
    return ("" if a.namespace and b.namespace else home), scope, home


class Answer:
    """What was found, in the form asked for."""

    def __init__(
        self, app: App, sides: tuple[Named, Named], comparison: Comparison, found: Sequence[Difference],
        blamed: Mapping[tuple[int, int], tuple[str, str]], *, status: bool, single: bool,
    ) -> None:  # fmt: skip
        self._app = app
        self._sides = sides
        self._labels = (sides[0].label(), sides[1].label())
        self._comparison = comparison
        self._found = found
        self._blamed = blamed
        self._status = status
        self._single = single

    def said(self, form: str, *, paged: bool) -> Result:
        """The answer."""
        if form in ("json", "yaml"):
            return self._structured(form)
        human = form in ("unified", "side-by-side", "brief")
        lines = getattr(self, f"_{form.replace('-', '_')}")()
        text = "".join(lines)
        page = paged and human and is_terminal(sys.stdout)
        return Result("Diff", text=text, paged=page, gaps=self._comparison.gaps, notes=list(self._notes(form, human)),
                      exit_code=DIFFERS if self._found else 0)  # fmt: skip

    def _structured(self, form: str) -> Result:
        named = [_side_entry(named) for named in self._sides]
        found = documents.document(self._found, self._comparison, named, self._blamed)
        self._app.output = self._app.output.replaced(form=form)
        return Result("Diff", rows=[{}], objects=[found], single=True, gaps=self._comparison.gaps,
                      exit_code=DIFFERS if self._found else 0)  # fmt: skip

    def _notes(self, form: str, human: bool) -> Iterator[str]:
        if human:
            yield f"{pages.summary(self._found)} from {self._labels[0]} to {self._labels[1]}"
        if form == "json-patch" and (masks := documents.masks(self._found)):
            said = "value of the patch is the mask of a secret"
            if masks > 1:
                said = "values of the patch are masks of secrets"
            yield f"{masks:,} {said}: put what belongs there before it is applied"
        yield from pages.ignored_lines(self._comparison)
        for kind, key, ignored in self._comparison.listed:
            what = f"{kind.name} {key.removeprefix('/')}: {spelled(ignored.path)}"
            yield plain(
                f"ignored ({ignored.reason}): {what}: {short(ignored.before)[:80]} -> {short(ignored.after)[:80]}"
            )

    @property
    def _colour(self) -> bool:
        return wants_colour(sys.stdout, self._app.colour)

    def _unified(self) -> Iterator[str]:
        for number, difference in enumerate(self._found):
            lines = unified(difference, self._labels, status=self._status, colour=self._colour)
            yield from (f"{line}\n" for line in lines)
            yield from self._writers(number, difference)

    def _writers(self, number: int, difference: Difference) -> Iterator[str]:
        for at, change in enumerate(difference.changes):
            if (number, at) in self._blamed:
                manager, time = self._blamed[number, at]
                who = f"{plain(manager)} {plain(time)}".strip() or "nobody says"
                yield f"# {spelled(change.path)}: {who}\n"

    def _side_by_side(self) -> Iterator[str]:
        width = terminal_width() or WIDTH
        for number, difference in enumerate(self._found):
            lines = side_by_side(difference, self._labels, width, status=self._status, colour=self._colour)
            yield from (f"{line}\n" for line in lines)
            yield from self._writers(number, difference)
            yield "\n"

    def _brief(self) -> Iterator[str]:
        for number, difference in enumerate(self._found):
            yield f"{brief(difference, colour=self._colour)}\n"
            yield from self._writers(number, difference)

    def _json_patch(self) -> Iterator[str]:
        yield documents.patches(self._found, status=self._status, single=self._single)

    def _deepdiff(self) -> Iterator[str]:
        yield documents.deep(self._found, status=self._status)

    def _markdown(self) -> Iterator[str]:
        return pages.markdown(self._found, self._labels, self._comparison, status=self._status)

    def _html(self) -> Iterator[str]:
        return pages.page(self._found, self._labels, self._comparison, status=self._status)


def _side_entry(named: Named) -> dict[str, str]:
    source = named.provider.source
    return {"mode": source.mode, "name": source.name, "time": rfc3339(source.time)}


__all__ = ["Answer", "Bundle", "Work", "as_yaml", "fields", "run", "title"]
