"""What a command returns: typed rows with described columns, and where they came from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mtop_core.providers.base import Source
from mtop_core.record import Record

if TYPE_CHECKING:
    from mtop_core.inventory import Gap

API_VERSION = "mtop.dev/v1alpha1"
Row = Mapping[str, Any]
NOTHING = "-"


def as_text(value: Any) -> str:
    """A value as a table cell: `-` for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or NOTHING
    return str(value)


class Column(Record):
    """One column: the key of its value in a row, its heading, and how a cell shows it.

    `wide` columns show with `-o wide` only; `sort` gives what `--sort-by` compares; `colour` names
    the style of a cell by its value; `least` is how many cells it keeps on a terminal that is too
    narrow, zero for a column that is never cut; of those with a `spare` the highest is left out first there.
    """

    key: str
    header: str
    show: Callable[[Any], str] = as_text
    wide: bool = False
    sort: Callable[[Any], Any] | None = None
    colour: Callable[[Any], str] | None = None
    least: int = 0
    spare: int = 0


class Result:
    """The answer of a command: data only; `mtop_core.render` says it in the form the user chose.

    `kind` names the document of `-o json`; `objects` replaces it where the objects themselves are the
    answer; `line` is the form of a row where a table would say less; `text` is an answer that is no data, and
    `pages` one that is said piece by piece while it is found. `paged` asks for a pager where a terminal is.
    """

    def __init__(
        self,
        kind: str,
        columns: Sequence[Column] = (),
        rows: Iterable[Row] = (),
        *,
        source: Source | None = None,
        objects: Sequence[Mapping[str, Any]] | None = None,
        single: bool = False,
        line: str = "",
        text: str = "",
        pages: Iterable[str] | None = None,
        paged: bool = False,
        empty: str = "",
        gaps: Sequence[Gap] = (),
        notes: Sequence[str] = (),
        errors: Sequence[str] = (),
        exit_code: int = 0,
        names: Callable[[Row], str] | None = None,
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.source = source
        self.objects = objects
        self.single = single
        self.line = line
        self.text = text
        self.pages = pages
        self.paged = paged
        self.empty = empty
        self.gaps = gaps
        self.notes = notes
        self.errors = errors
        self.exit_code = exit_code
        self.names = names


class Sink(Record):
    """Where a TextStream goes: whether that is a terminal, whether it takes colour, whether it lacks characters."""

    terminal: bool = False
    colour: bool = False
    ascii: bool = False


class TextStream:
    """What a command answers that is too long to hold or has no end: text, piece by piece as it comes.

    `pieces` is given the Sink they go to; what is not ASCII in them is UTF-8, bytes that are none stand as surrogates.
    `end` is asked when they are over for a Result without rows: its gaps, notes, source and exit code.
    """

    def __init__(self, pieces: Callable[[Sink], Iterator[str]], end: Callable[[], Result]) -> None:
        self.pieces = pieces
        self.end = end


class Frames:
    """What a command answers that watches: one Result after another, each whole, as long as things change.

    `key` says which row of one Result a row of the next is; a row is the same where nothing but the values in
    `moving` (an age) differ. With `only_changes` what is there at first is passed over. `still` is what to say
    where the source turns out to be one that never changes. Without `in_place` lines are added, also on a terminal.
    """

    def __init__(
        self,
        results: Iterator[Result],
        key: Callable[[Row], Hashable],
        moving: Collection[str] = (),
        *,
        only_changes: bool = False,
        still: str = "",
        in_place: bool = True,
    ) -> None:
        self.results = results
        self.key = key
        self.moving = frozenset(moving)
        self.only_changes = only_changes
        self.still = still
        self.in_place = in_place


class RowStream:
    """A long answer: rows one by one, said as they come and never held together.

    `total` gives, once the rows are exhausted, what `-o json` says after them by key; `last` the lines a person reads
    below the table; `exit_code` how it ended. `notes` and `source` are those of a Result.
    """

    def __init__(
        self,
        kind: str,
        columns: Sequence[Column],
        rows: Iterator[Row],
        *,
        total: Callable[[], Mapping[str, Any]] = dict,
        last: Callable[[], Sequence[str]] = list,
        exit_code: Callable[[], int] = int,
        source: Source | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.total = total
        self.last = last
        self.exit_code = exit_code
        self.source = source
        self.notes = notes
