"""`module:attr` targets: what specs point at, loaded when it is used."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType
from typing import Any

from mtop_core.errors import PluginError
from mtop_core.objects.text import plain


def load_target(target: str, asked_by: str) -> Any:
    """The object behind a `module:attr` target; raises PluginError that names who asked for it."""
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_quietly(module), attribute)
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(
            f"{asked_by} cannot be loaded: {reason_of(error)}", "mtop plugins shows every plugin and its state"
        ) from error


def import_quietly(module: str) -> ModuleType:
    """A module, imported so that what it prints is talk: stdout is for data alone."""
    if module in sys.modules:
        return sys.modules[module]
    with redirect_stdout(sys.stderr):
        return import_module(module)


def reason_of(error: BaseException) -> str:
    """A stranger's exception in one line."""
    return plain(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
