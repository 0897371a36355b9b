"""`python -m docs.make` writes docs/commands.md and docs/rules.md; with --check it only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mtop_core.app import App
from mtop_core.group import StandIn, root
from mtop_core.specs import RuleSpec
from mtop_core.trouble import STAGES

DOCS = Path(__file__).parent.parent
WIDTH = 100


def commands() -> str:
    """The help of every command, as `mtop COMMAND --help` prints it."""
    parts = ["# Commands", "", "Written by `nox -s docs` from the commands themselves.", ""]
    with click.Context(root, info_name="mtop", obj=App(), max_content_width=WIDTH) as ctx:
        for name in root.list_commands(ctx):
            standin = root.get_command(ctx, name)
            assert isinstance(standin, StandIn), "the root knows commands by their specs"
            parts += _command(standin.real(), ctx, name)
    return "\n".join(parts)


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    with click.Context(command, info_name=name, parent=parent, max_content_width=WIDTH) as ctx:
        ctx.terminal_width = WIDTH
        yield from (f"## {ctx.command_path}", "", "```text", command.get_help(ctx), "```", "")
        if isinstance(command, click.Group):
            for sub in command.list_commands(ctx):
                found = command.get_command(ctx, sub)
                assert found is not None, "it was listed"
                yield from _command(found, ctx, sub)


def rules() -> str:
    """Every diagnostic rule that is installed, by stage."""
    found: list[RuleSpec] = App().plugins.of(RuleSpec)
    parts = ["# Diagnostic rules", "", "Written by `nox -s docs` from the rules themselves, in the order in which a",
             "service comes up. A finding that follows from an earlier one is shown below it.", ""]  # fmt: skip
    for stage in STAGES:
        here = [rule for rule in found if rule.stage == stage]
        if here:
            parts += [f"## {stage}", "", "| rule | severity | finds | needs |", "|---|---|---|---|"]
            parts += [f"| `{r.id}` | {r.severity} | {r.summary} | {', '.join(r.needs) or '-'} |" for r in here]
            parts.append("")
    return "\n".join(parts)


def main(check: bool) -> int:
    """Writes or compares the generated pages; 1 where one is stale."""
    stale = []
    for name, text in (("commands.md", commands()), ("rules.md", rules())):
        path = DOCS / name
        if check and (not path.is_file() or path.read_text("utf-8") != text):
            stale.append(name)
        elif not check:
            path.write_text(text, "utf-8")
    for name in stale:
        print(f"docs/{name} is stale: run nox -s docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
