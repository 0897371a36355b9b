"""`mtop snapshot list`, `show`, `delete` and `verify`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtop_core.api import App, Bundle, Column, DataError, MtopError, Result, plain
from mtop_snapshot import store

_LIST = (
    Column("name", "NAME"),
    Column("captured", "CAPTURED"),
    Column("source", "SOURCE", lambda source: f"{source['mode']} {source['name']}" if source else "-"),
    Column("models", "MODELS"),
    Column("objects", "OBJECTS"),
    Column("logs", "LOGS"),
    Column("bytes", "SIZE", lambda size: size_text(size)),
    Column("gaps", "GAPS", wide=True),
    Column("error", "ERROR", wide=True),
)
_SHOW = (
    Column("resource", "RESOURCE"),
    Column("objects", "OBJECTS"),
    Column("seen", "SEEN"),
    Column("apiVersions", "VERSIONS"),
    Column("masked", "MASKED"),
    Column("gap", "GAP"),
)
DAMAGED = DataError.exit_code


def listed() -> Result:
    """Every kept snapshot; damaged ones are listed as such."""
    rows, errors = [], []
    for name, path, found in store.everything():
        rows.append(_row(name, path, found))
        if isinstance(found, MtopError):
            errors.append(found.message)
    return Result("SnapshotList", _LIST, rows, errors=errors, exit_code=DAMAGED if errors else 0,
                  empty="No snapshots are kept. mtop snapshot save makes one.",
                  names=lambda row: f"snapshot/{row['name']}")  # fmt: skip


def _row(name: str, path: str, found: Bundle | MtopError) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "path": path, "bytes": store.size_of(path)}
    if isinstance(found, MtopError):
        nothing = dict.fromkeys(("captured", "source", "models", "objects", "logs", "gaps"))
        return {**row, **nothing, "error": found.message}
    manifest = found.manifest
    return {
        **row,
        "captured": manifest["captured"]["end"],
        "source": {key: manifest["source"][key] for key in ("mode", "name")},
        "models": manifest.get("scope", {}).get("models"),
        "objects": sum(kind.get("objects", 0) for kind in manifest["kinds"]),
        "logs": sum(name.startswith("logs/") for name in found.files),
        "gaps": sum("gap" in kind for kind in manifest["kinds"]),
        "error": None,
    }


def size_text(size: int | None) -> str:
    """A size as people say it."""
    amount = float(size or 0)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def shown(app: App, name: str) -> Result:
    """What is in one snapshot: a row for each kind, the rest as notes; its manifest for machines."""
    bundle = store.opened(name)
    manifest = bundle.manifest
    if app.output.form not in ("table", "wide"):
        return Result("Snapshot", _SHOW, [{}], objects=[manifest], single=True)
    masked: Mapping[str, Mapping[str, int]] = manifest["redaction"]["files"]
    rows = [
        {"gap": "", **kind, "masked": sum(masked.get(f"objects/{kind['resource']}.jsonl", {}).values())}
        for kind in manifest["kinds"]
    ]
    return Result("Snapshot", _SHOW, rows, notes=list(_facts(bundle)))


def _facts(bundle: Bundle) -> Iterator[str]:
    manifest = bundle.manifest
    source, scope, logs = manifest["source"], manifest["scope"], manifest["logs"]
    server = f", API server {source['server']}" if source["server"] else ""
    yield plain(
        f"taken from {source['mode']} {source['name']}{server}, at {manifest['captured']['end']}"
        f" by mtop {manifest['mtop']}"
    )
    of = ", ".join(scope["names"]) or ("the whole cluster" if scope["cluster"] else "all models")
    yield plain(f"scope: {of} in {scope['namespace'] or 'all namespaces'}; {scope['models']} models")
    yield f"logs: {logs['files']} with {logs['lines']:,} lines, {len(logs['cut'])} of them cut"
    rules = ", ".join(f"{rule} {count}" for rule, count in manifest["redaction"]["rules"].items())
    yield f"masked: {rules or 'nothing'}"


def deleted(app: App, names: Sequence[str], yes: bool) -> Result:
    """Takes kept snapshots away, after asking."""
    for name in names:
        store.found(name)
    what = f"the snapshot {plain(names[0])}" if len(names) == 1 else f"{len(names)} snapshots"
    app.confirm(f"Delete {what}?", yes)
    for name in names:
        store.delete(name)
    return Result("Deleted", rows=[{"name": name} for name in names], line="snapshot/{name} deleted")


def verified(name: str) -> Result:
    """Every file of a snapshot against its digest, and every line against the index."""
    bundle = store.opened(name)
    problems = bundle.problems() or list(_inconsistent(bundle))
    row = {"name": plain(name), "files": len(bundle.files), "intact": not problems, "problems": problems}
    return Result("Verification", (Column("name", "NAME"), Column("files", "FILES"), Column("intact", "INTACT")), [row],
                  errors=problems, exit_code=DAMAGED if problems else 0,
                  line="{name}: damaged" if problems else "{name}: {files} files, intact")  # fmt: skip


def _inconsistent(bundle: Bundle) -> Iterator[str]:
    """Where a snapshot whose digests are right says two things at once, as one made by hand may."""
    import json

    from mtop_snapshot.diff.normal import SEMANTICS
    from mtop_snapshot.save.files import index_line

    if bundle.manifest.get("normal") != SEMANTICS:
        return
    for name in bundle.files:
        index = name.replace(".jsonl", ".index")
        if not name.endswith(".jsonl") or index not in bundle.files:
            continue
        with bundle.open(name) as stream:
            try:
                fresh = [index_line(json.loads(line), line) for line in stream]
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                yield f"{plain(bundle.name)}: {name} holds what is no object"
                continue
        if b"".join(fresh) != bundle.read(index):
            yield f"{plain(bundle.name)}: {index} does not fit {name}"
