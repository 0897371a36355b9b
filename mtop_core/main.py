"""The entry point: runs a command, says its result, and turns every error into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mtop_core import __version__

if TYPE_CHECKING:
    from mtop_core.app import App
    from mtop_core.errors import MtopError
    from mtop_core.render.output import Output
    from mtop_core.render.result import Result, RowStream


def entry() -> None:
    """What the console scripts call."""
    import gc

    gc.disable()  # one command, then gone: collecting triples the time that a large dump takes to load
    code = main(sys.argv[1:])
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:
        code = code or 141
    os._exit(code)  # taking every object apart first costs more than the whole of bare Python's start


def main(args: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; never raises and never shows a traceback unasked."""
    streams: tuple[Any, ...] = (sys.stdout, sys.stderr)
    for stream in filter(_is_narrow, streams):
        stream.reconfigure(errors="backslashreplace")
    if list(args) == ["--version"]:
        print(__version__)  # noqa: T201 - the one answer that needs neither click nor a Result
        return 0
    if "_MTOP_COMPLETE" in os.environ:
        from mtop_core.completing import complete

        return complete()
    from mtop_core import errors
    from mtop_core.app import App

    app = App()
    try:
        return _guarded(list(args), app)
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return errors.PIPE_CLOSED


def _is_narrow(stream: Any) -> bool:
    """Whether a stream lacks some characters, so that it must spell them out."""
    encoding: str = getattr(stream, "encoding", None) or "utf-8"
    return encoding.lower() not in ("utf-8", "utf8") and hasattr(stream, "reconfigure")


def _guarded(args: list[str], app: App) -> int:
    import click

    from mtop_core import errors
    from mtop_core.group import ReaderGoneError

    try:
        return _run(args, app)
    except errors.MtopError as error:
        return _failed(error)
    except click.Abort:
        return errors.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        return _helped(error)
    except click.ClickException as error:
        return _misused(error)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except ReaderGoneError:
        raise BrokenPipeError from None
    except RecursionError:
        return _failed(errors.DataError("the data is nested too deeply"))
    except MemoryError:
        return _failed(errors.DataError("not enough memory for this much data"))
    except OSError as error:
        if app.debug:
            raise
        what = error.filename or "input or output"
        return _failed(errors.SourceError(f"{what}: {(error.strerror or 'failed').lower()}"))
    except (Exception, SystemExit) as error:
        return _bug(error, app)


def _run(args: list[str], app: App) -> int:
    from mtop_core.group import program_name, root
    from mtop_core.render.result import Frames, Result, RowStream, TextStream

    answer: Any = root.main(args, prog_name=program_name(), standalone_mode=False, obj=app)
    if isinstance(answer, Result):
        _say(answer, app)
        return answer.exit_code
    if isinstance(answer, TextStream):
        from mtop_core.render.textstream import pour

        result = pour(answer, app.colour)
        _say(result, app)
        return result.exit_code
    if isinstance(answer, Frames):
        from mtop_core.render.frames import show

        return show(answer, app)
    if isinstance(answer, RowStream):
        return _say_stream(answer, app)
    return answer if isinstance(answer, int) else 0


def _output(app: App) -> Output:
    """The output asked for, fitted to what stdout is."""
    from mtop_core.render.console import terminal_width, wants_colour

    human = app.output.form in ("table", "wide")
    return app.output.replaced(
        width=terminal_width() if human else 0,
        colour=human and wants_colour(sys.stdout, app.colour),
        ascii=_is_narrow(sys.stdout),
    )


def _say_stream(stream: RowStream, app: App) -> int:
    from mtop_core.render.console import say, talk
    from mtop_core.render.result import Result
    from mtop_core.render.rowstream import said

    say(said(stream, _output(app)))
    if not app.quiet and app.output.form not in ("json", "yaml"):
        for line in _remarks(Result(stream.kind, source=stream.source, notes=stream.notes), app):
            talk(line)
    return stream.exit_code()


def _say(result: Result, app: App) -> None:
    from mtop_core.render.console import say, say_at_once, talk
    from mtop_core.render.output import said

    output = _output(app)
    human = output.form in ("table", "wide")
    result.rows = list(result.rows)
    if "provider" in app.__dict__:  # a source was read
        result.notes = [*result.notes, *getattr(app.provider, "notes", ())]
    if result.paged and output.width and os.environ.get("TERM") != "dumb":
        from mtop_core.render.console import say_page as say
    (say if result.pages is None else say_at_once)(said(result, output))
    for error in result.errors:
        talk(f"mtop: error: {error}")
    if app.quiet:
        return
    if not result.rows and result.empty and human:
        talk(result.empty)
    if output.form in ("json", "yaml") and result.objects is None:
        return  # source, gaps and notes are part of the document
    for line in _remarks(result, app):
        talk(line)


def _remarks(result: Result, app: App) -> list[str]:
    from mtop_core.objects.text import plain
    from mtop_core.objects.times import rfc3339

    lines = [f"mtop: not checked: {gap.resource} ({plain(gap.reason)})" for gap in result.gaps]
    if app.running and any(gap.forbidden for gap in result.gaps):
        where = f" -n {app.namespace}" if app.namespace else ""
        lines.append(f"mtop: hint: mtop rbac {app.running.name}{where} prints the role that this command needs")
    lines += [f"mtop: note: {plain(note)}" for note in result.notes]
    if result.source is not None:
        mode, name, time = result.source
        lines.append(f"mtop: source: {mode} {name}, as of {rfc3339(time)}")
    return lines


def _failed(error: MtopError) -> int:
    from mtop_core.objects.text import plain
    from mtop_core.render.console import talk

    talk(f"mtop: error: {plain(error.message)}")
    for problem in getattr(error, "problems", ()):
        talk(f"  {plain(problem)}")
    if error.hint:
        talk(f"mtop: hint: {plain(error.hint)}")
    return error.exit_code


def _helped(error: Any) -> int:
    from mtop_core import errors
    from mtop_core.render.console import say

    say([f"{error.format_message()}\n"])
    return errors.DONE


def _misused(error: Any) -> int:
    from mtop_core import errors

    ctx = getattr(error, "ctx", None)
    hint = f"{ctx.command_path} --help" if ctx is not None else ""
    return _failed(errors.UsageError(error.format_message(), hint and f"see {hint}"))


def _bug(error: BaseException, app: App) -> int:
    from mtop_core import errors
    from mtop_core.objects.text import plain
    from mtop_core.render.console import talk

    if app.debug:
        import traceback

        talk("".join(traceback.format_exception(error)))
    owner = app.plugins.owner(app.running) if app.running and "plugins" in app.__dict__ else None
    where = f"bug in plugin {owner.entry.name} ({owner.entry.package})" if owner else "bug"
    talk(f"mtop: {plain(where)}: {type(error).__name__}: {plain(str(error))}")
    talk("mtop: hint: run it again with --debug and report what it prints")
    return errors.BUG


def _abandon_stdout() -> None:
    """Keeps the interpreter from failing again when it flushes a stdout nobody reads."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
