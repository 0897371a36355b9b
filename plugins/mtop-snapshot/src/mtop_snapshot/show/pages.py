"""Differences as Markdown for pull requests, and as a page of HTML that needs nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from mtop_snapshot.diff.compare import Comparison, Difference, count_of
from mtop_snapshot.diff.paths import spelled
from mtop_snapshot.show.brief import SIGNS, value_of
from mtop_snapshot.show.unified import title, unified

_MOST_ROWS = 50
_CUT = 160


def markdown(
    differences: Sequence[Difference], labels: tuple[str, str], comparison: Comparison, *, status: bool
) -> Iterator[str]:
    """A summary, a table of fields, and each object's diff folded away."""
    yield f"### mtop diff: {summary(differences)}\n\n`{_tick(labels[0])}` to `{_tick(labels[1])}`\n"
    rows = [(difference, change) for difference in differences for change in difference.changes]
    if rows:
        yield "\n| object | field | change |\n|---|---|---|\n"
        for difference, change in rows[:_MOST_ROWS]:
            value = _cell(value_of(change)[:_CUT])
            yield f"| {_cell(title(difference))} | `{_tick(_cell(spelled(change.path)))}` | {value} |\n"
        if len(rows) > _MOST_ROWS:
            yield f"\n{len(rows) - _MOST_ROWS} more fields below.\n"
    for difference in differences:
        body = "\n".join(unified(difference, labels, status=status, colour=False))
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
        sign = SIGNS.get(difference.what, "~")
        yield f"\n<details><summary>{sign} {html.escape(title(difference))}: {difference.what}</summary>\n\n"
        yield f"{fence}diff\n{body}\n{fence}\n\n</details>\n"
    for line in ignored_lines(comparison):
        yield f"\n{line}\n"


def summary(differences: Sequence[Difference]) -> str:
    """How much differs, in a few words."""
    counts = count_of(differences)
    return ", ".join(f"{count} {what}" for what, count in counts.items()) if counts else "no difference"


def ignored_lines(comparison: Comparison) -> Iterator[str]:
    """What did not count, and why."""
    if comparison.ignored:
        reasons = ", ".join(f"{count} ({reason})" for reason, count in sorted(comparison.ignored.items()))
        yield f"ignored: {reasons}"
    if comparison.alike:
        yield f"{comparison.alike:,} objects differ in nothing that counts; --show-ignored says in what"
    if comparison.unmanaged:
        yield f"{comparison.unmanaged:,} objects are on one side only and not in the manifests of the other"


_STYLE = """
body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#1a1a1a;background:#fff}
h1{font-size:1.3em}summary{cursor:pointer}
pre{background:#f6f8fa;padding:.6em;overflow-x:auto}.a{background:#dafbe1}.r{background:#ffebe9}.h{color:#57606a}
table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:.2em .6em;text-align:left}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}.a{background:#12361f}.r{background:#4c1d1d}}
"""


def page(
    differences: Sequence[Difference], labels: tuple[str, str], comparison: Comparison, *, status: bool
) -> Iterator[str]:
    """A page of HTML, without a script and without anything from elsewhere."""
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>mtop diff</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>\n<h1>mtop diff: {_text(summary(differences))}</h1>\n"
        f"<p>{_text(labels[0])}<br>{_text(labels[1])}</p>\n"
    )
    for difference in differences:
        sign = SIGNS.get(difference.what, "~")
        yield f"<details open><summary>{sign} {_text(title(difference))}: {difference.what}</summary>\n"
        if difference.changes:
            yield "<table><tr><th>field</th><th>change</th></tr>\n"
            for change in difference.changes:
                yield f"<tr><td>{_text(spelled(change.path))}</td><td>{_text(value_of(change))}</td></tr>\n"
            yield "</table>\n"
        yield "<pre>"
        for line in unified(difference, labels, status=status, colour=False):
            kind = {"+": "a", "-": "r", "@": "h"}.get(line[:1], "")
            yield f'<span class="{kind}">{_text(line)}</span>\n' if kind else f"{_text(line)}\n"
        yield "</pre></details>\n"
    yield "".join(f"<p>{_text(line)}</p>\n" for line in ignored_lines(comparison)) + "</body></html>\n"


def _text(text: str) -> str:
    return html.escape(text)


def _cell(text: str) -> str:
    return html.escape(text.replace("|", "\\|").replace("\n", " "), quote=False)


def _tick(text: str) -> str:
    return text.replace("`", "'")
