"""One line for each object, and one for each field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtop_core.api import cut, styled
from mtop_snapshot.diff.compare import ADDED, REMOVED, Difference
from mtop_snapshot.diff.paths import spelled
from mtop_snapshot.diff.walk import Change
from mtop_snapshot.show.texts import is_secret, short
from mtop_snapshot.show.unified import title

SIGNS = {ADDED: "+", REMOVED: "-"}
STYLES = {ADDED: "good", REMOVED: "bad"}
_FIELDS = 3


def brief(difference: Difference, *, colour: bool) -> str:
    """What happened to one object in one line."""
    sign, style = SIGNS.get(difference.what, "~"), STYLES.get(difference.what, "warn")
    paths = [spelled(change.path) for change in difference.changes]
    more = f" and {len(paths) - _FIELDS} more" if len(paths) > _FIELDS else ""
    fields = f": {', '.join(paths[:_FIELDS])}{more}" if paths else ""
    line = f"{sign} {title(difference)} {difference.what}{fields}"
    return styled(line, style) if colour else line


def fields(changes: Sequence[Change], width: int = 0) -> Iterator[str]:
    """One line for each change: path, what was, what is."""
    for change in changes:
        line = f"    {spelled(change.path)}: {value_of(change)}"
        yield cut(line, width) if width else line


def value_of(change: Change) -> str:
    """Both values of a change in one line; of a secret no more than that it changed."""
    if is_secret(change.before) and is_secret(change.after):
        return "<secret> -> <secret, changed>"
    if change.kind == ADDED:
        return f"+ {short(change.after)}"
    if change.kind == REMOVED:
        return f"- {short(change.before)}"
    return f"{short(change.before)} -> {short(change.after)}"
