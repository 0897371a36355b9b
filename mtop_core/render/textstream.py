"""What comes piece by piece, written as it comes."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

from mtop_core.render.console import collect_garbage, is_terminal, wants_colour
from mtop_core.render.result import Result, Sink, TextStream


def pour(stream: TextStream, colour: str) -> Result:
    """Writes all pieces of a TextStream to stdout, and returns the Result that closes it."""
    collect_garbage()
    out: Any = sys.stdout
    encoding = (getattr(out, "encoding", None) or "utf-8").lower()
    narrow = encoding not in ("utf-8", "utf8")
    sink = Sink(is_terminal(out), wants_colour(out, colour), narrow)
    with closing(stream.pieces(sink)) as pieces:  # type: ignore[type-var]
        if out is None:
            for _ in pieces:
                pass
        elif (buffer := getattr(out, "buffer", None)) is None:
            for piece in pieces:
                out.write(piece)
        else:
            out.flush()
            errors = "backslashreplace" if narrow else "surrogateescape"
            for piece in pieces:
                buffer.write(piece.encode(encoding, errors))
                buffer.flush()
    return stream.end()
