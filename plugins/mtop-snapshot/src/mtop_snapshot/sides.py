"""What the words of `mtop diff` mean: snapshots, worlds, clusters, environments, files, streams, revisions in git."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from mtop_core.api import (
    App,
    Bundle,
    DataError,
    Listing,
    MtopError,
    NotFoundError,
    ProviderSpec,
    ShapeError,
    UsageError,
    is_world,
    kept_snapshot,
    kinds,
    load_target,
    models_named,
    of_bytes,
    open_files,
    plain,
    remote_shown,
    rfc3339,
)
from mtop_snapshot.diff.compare import Side
from mtop_snapshot.diff.objects import Parsed, Saved
from mtop_snapshot.save.closure import Closure, looked
from mtop_snapshot.settings import environment

NOW = "now"


class Named(NamedTuple):
    """A source by what the user called it; `files` where somebody may have written it by hand."""

    word: str
    provider: Any
    namespace: str = ""
    files: bool = False

    @property
    def bundle(self) -> Bundle | None:
        """The snapshot, where it is one."""
        found = getattr(self.provider, "bundle", None)
        return found if isinstance(found, Bundle) else None

    def label(self) -> str:
        """How an answer calls it: where it is from, and as of when; files by their name, for they have no time."""
        if self.files and self.bundle is None:
            return "standard input" if self.word == "-" else _named(self.word)
        source = self.provider.source
        return plain(f"{source.mode} {source.name} as of {rfc3339(source.time)}")


def _named(word: str) -> str:
    return remote_shown(word) if "://" in word else plain(word)


def resolve(app: App, word: str) -> Named:
    """The source a word means; NotFoundError that says what all it could have meant."""
    if word == NOW:
        return Named(word, app.provider)
    if word == "-":
        return _files(word)
    if word.startswith("git:"):
        from mtop_snapshot.revisions import revision

        return Named(word, revision(word), files=True)
    prefix, equals, rest = word.partition("=")
    if equals and prefix in ("mock", "snapshot", "live"):
        return Named(word, app.open_source(prefix, rest), files=prefix == "snapshot")
    if (known := environment(app, word)) is not None:
        return _environment(app, word, known)
    if word == "live":
        return Named(word, app.open_source("live"))
    if "://" in word or os.path.lexists(word):
        return _world_folder(app, word) or _files(word)
    if kept_snapshot(word):
        return Named(word, open_files(word))
    if is_world(word) and os.sep not in word:
        return Named(word, app.open_source("mock", word))
    if word in _contexts(app):
        return Named(word, app.open_source("live", word))
    raise NotFoundError(
        f'"{plain(word)}" is no snapshot, world, environment, context, file or folder',
        "mtop snapshot list and mtop mock list show some; git:REF:PATH and - work too",
    )


def _environment(app: App, word: str, known: Any) -> Named:
    if known["world"]:
        return Named(word, app.open_source("mock", known["world"]), known["namespace"])
    if known["snapshot"]:
        return Named(word, open_files(known["snapshot"]), known["namespace"], files=True)
    changes = {key: known[key] for key in ("context", "kubeconfig") if known[key]}
    return Named(word, app.open_source("live", connection=app.connection.replaced(**changes)), known["namespace"])


def _world_folder(app: App, word: str) -> Named | None:
    if os.path.isdir(word) and os.path.isfile(os.path.join(word, "world.json")):
        return Named(word, app.open_source("mock", os.path.join(word, "")))
    return None


def _files(word: str) -> Named:
    return Named(word, open_files(word), files=True)


def _contexts(app: App) -> Collection[str]:
    """The contexts of the kubeconfig, none where nobody can say."""
    spec = app.plugins.find(ProviderSpec, "live")
    if spec is None or not spec.contexts:
        return ()
    try:
        found: Collection[str] = load_target(spec.contexts, "contexts")(app.connection)
    except MtopError:
        return ()
    return found


class Scope(NamedTuple):
    """What both sides are looked at for: a namespace (empty for all) and, of all that belongs to models, which ones."""

    namespace: str = ""
    names: tuple[str, ...] = ()
    selector: str = ""
    whole: bool = True


def scope_of(bundle: Bundle) -> Scope:
    """What a snapshot was taken of."""
    scope = bundle.manifest.get("scope") or {}
    names = scope.get("names")
    return Scope(
        str(scope.get("namespace") or ""),
        tuple(map(str, names)) if isinstance(names, list) else (),
        str(scope.get("selector") or ""),
        bool(scope.get("cluster")),
    )


def side(named: Named, wanted: Sequence[kinds.Kind], namespace: str, scope: Scope, home: str = "") -> Side:
    """One side, ready to be compared: of a snapshot only its indexes are read.

    Manifests that do not say their namespace are in `home`.
    """
    bundle = named.bundle
    place = namespace or named.namespace
    if bundle is not None and (not place or place == scope_of(bundle).namespace):
        return _saved(bundle, wanted)
    # what belongs to the services of a namespace is less than what belongs to all, nodes for instance
    if not scope.whole and (scope.names or scope.selector or any(kind not in kinds.CR_KINDS for kind in wanted)):
        listings = _closed(named, scope._replace(namespace=place), wanted)
    else:
        listings = named.provider.look(wanted, "" if named.files else place)
    tables = {
        kind: Parsed(found.objects, place or home)
        for kind, found in listings.items()
        if not found.gap and kind in wanted
    }
    gaps = {kind: found.gap for kind, found in listings.items() if found.gap and kind in wanted}
    return Side(tables, gaps, salt=_salt(bundle), partial=named.files and bundle is None and _is_partial(tables))


def _saved(bundle: Bundle, wanted: Sequence[kinds.Kind]) -> Side:
    entries = {entry["resource"]: entry for entry in bundle.manifest["kinds"]}
    tables: dict[kinds.Kind, Saved] = {}
    gaps: dict[kinds.Kind, str] = {}
    for kind in wanted:
        entry = entries.get(kind.resource)
        if entry is None or entry.get("gap"):
            gaps[kind] = entry["gap"] if entry else f"no {kind.plural} in this snapshot"
        else:
            tables[kind] = Saved(bundle, kind)
    return Side(tables, gaps, str(bundle.manifest.get("normal") or ""), _salt(bundle))


def _salt(bundle: Bundle | None) -> str:
    redaction = bundle.manifest.get("redaction") if bundle is not None else None
    return str(redaction.get("salt") or "") if isinstance(redaction, dict) else ""


def _closed(named: Named, scope: Scope, wanted: Sequence[kinds.Kind]) -> dict[kinds.Kind, Listing]:
    """Of what is there, what a snapshot of that scope would have taken."""
    inventory = looked(named.provider, scope.namespace)
    try:
        models = models_named(inventory, (), scope.selector, scope.namespace)
    except ShapeError as error:
        raise DataError(error.message) from None
    if scope.names:
        asked = {name.rpartition("/")[2] for name in scope.names}
        models = [model for model in models if model.name in asked]
    closure = Closure(inventory, models, chosen=bool(scope.names or scope.selector))
    gaps = {gap.kind: gap.reason for gap in inventory.gaps}
    return {kind: Listing(closure.of(kind), gaps.get(kind, "")) for kind in wanted}


def namespaces(named: Named, home: str) -> set[str]:
    """The namespaces that some files speak of."""
    listings = named.provider.look(kinds.CR_KINDS)
    return {str(obj["metadata"].get("namespace") or home) for found in listings.values() for obj in found.objects}


def _is_partial(tables: Any) -> bool:
    """Whether objects are as people write them: none was ever given a uid by a server."""
    return not any("uid" in table.get(key)["metadata"] for table in tables.values() for key in list(table.keys()))


def two(app: App, words: Sequence[str]) -> tuple[Named, Named, tuple[str, ...]]:
    """Both sides and the names that narrow the comparison; UsageError where there is no first side."""
    if not words:
        raise UsageError("what is to be compared?", "mtop diff SNAPSHOT compares it with now, mtop diff A B any two")
    if list(words[:2]).count("-") > 1:
        raise UsageError("standard input can be read once only")
    if len(words) == 1:
        return resolve(app, words[0]), resolve(app, NOW), ()
    if app.chosen is not None and NOW not in words[:2] and app.chosen[0] not in words[:2]:
        raise UsageError(
            "two sides are named, so --mock, --live or --snapshot would say nothing", "leave one of them out"
        )
    try:
        second = resolve(app, words[1])
    except NotFoundError as error:
        if environment(app, words[1]) is not None:
            raise
        hint = f"for one side and names: mtop diff {plain(words[0])} {NOW} {plain(' '.join(words[1:]))}"
        raise NotFoundError(error.message, hint) from None
    return resolve(app, words[0]), second, tuple(words[2:])


__all__ = ["NOW", "Named", "Scope", "of_bytes", "resolve", "scope_of", "side", "two"]
