"""`mtop completion`: the script that a shell sources."""

from __future__ import annotations

import click

from mtop_core.command import command as mtop_command
from mtop_core.render.result import Result

SHELLS = ("bash", "zsh", "fish")


@mtop_command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> Result:
    """Print the completion script for SHELL.

    \b
    source <(mtop completion bash)
    source <(mtop completion zsh)
    mtop completion fish > ~/.config/fish/completions/mtop.fish
    """
    from click.shell_completion import get_completion_class

    from mtop_core.group import root

    found = get_completion_class(shell)
    assert found is not None, "click knows these three"
    # asked of the class's parts, because its source() runs bash to learn the version of the wrong bash
    script = found(root, {}, "mtop", "_MTOP_COMPLETE")
    return Result("Script", text=script.source_template % script.source_vars())
