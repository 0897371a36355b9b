"""The configuration file `.ldconfig`: found, read, and laid under flags and environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from mtop_core.errors import ConfigError, DataError
from mtop_core.objects.access import ShapeError, Step, mapping, text, texts
from mtop_core.objects.text import plain
from mtop_core.record import Record

FILE_NAME = ".ldconfig"
MAX_BYTES = 1 << 20
MODES = ("mock", "live")
CORE_KEYS = ("mode", "world", "namespace", "plugins")

STARTER = """\
# Configuration of mtop. A flag beats an environment variable, which beats this file.
# Check it with: mtop config validate

# Where objects come from when neither a flag nor LLD_MODE says: mock or live.
mode: mock

# The mock world to show: mtop mock list
# world: degraded

# The namespace to look in; all of them when it is left out.
# namespace: chat

# Plugins that are installed but not wanted here.
# plugins:
#   disable: [example]
"""


class Setting(Record):
    """One setting in force: its value, and where it comes from."""

    key: str
    value: Any
    origin: str


class Config:
    """One configuration file, or none; values of the wrong type are a ConfigError when they are used."""

    def __init__(self, path: str, content: Mapping[str, Any], source: str = "") -> None:
        self.path = path
        self.content = content
        self._source = source

    @property
    def namespace(self) -> str:
        """The namespace to look in, empty for all."""
        return self._text("namespace")

    @property
    def disabled_plugins(self) -> tuple[str, ...]:
        """The plugins that are switched off here."""
        try:
            return texts(self.content, "plugins", "disable")
        except ShapeError as error:
            raise self._wrong(error) from None

    def source(self, mode: str = "") -> tuple[str, str]:
        """Provider and argument, with the mode as the environment wants it or (empty) as written here."""
        mode = mode or self._text("mode") or "mock"
        if mode not in MODES:
            raise ConfigError(f'{self.place(("mode",))}: mode is "{plain(mode)}", expected mock or live')
        return mode, self._text("world") if mode == "mock" else ""

    def section(self, name: str) -> Mapping[str, Any]:
        """The section of a plugin, empty where the file has none."""
        try:
            return mapping(self.content, name)
        except ShapeError as error:
            raise self._wrong(error) from None

    def settings(self, environment: Mapping[str, str]) -> Iterator[Setting]:
        """Every setting in force, with its origin."""
        mode = environment.get("LLD_MODE", "")
        if mode and mode not in MODES:
            raise ConfigError(f'LLD_MODE is "{plain(mode)}", expected mock or live')
        yield Setting("mode", self.source(mode)[0], "LLD_MODE" if mode else self._origin("mode"))
        yield self._world()
        yield Setting("namespace", self.namespace or None, self._origin("namespace"))
        disabled = environment.get("MTOP_DISABLE_PLUGINS", "")
        origin = "MTOP_DISABLE_PLUGINS" if disabled else self._origin("plugins")
        yield Setting("plugins.disable", [*self.disabled_plugins, *_words(disabled)], origin)
        for key, value in self.content.items():
            if key not in CORE_KEYS:
                yield Setting(key, value, self._origin(key))

    def _world(self) -> Setting:
        from mtop_core.providers.worlds import DEFAULT_WORLD, current_world

        if world := self._text("world"):
            return Setting("world", world, self._origin("world"))
        world = current_world()
        return Setting("world", world, "default" if world == DEFAULT_WORLD else "mtop mock use")

    def place(self, path: tuple[Step, ...]) -> str:
        """`FILE:LINE` of a key of this file."""
        from mtop_core.providers.yamltext import YamlError, line_of

        try:
            return f"{plain(self.path)}:{line_of(self._source, 0, path)}"
        except YamlError:
            return plain(self.path)

    def _origin(self, key: str) -> str:
        return self.place((key,)) if key in self.content else "default"

    def _text(self, key: str) -> str:
        try:
            return text(self.content, key)
        except ShapeError as error:
            raise self._wrong(error) from None

    def _wrong(self, error: ShapeError) -> ConfigError:
        return ConfigError(f"{self.place(error.path)}: {error.message}", "mtop config validate checks the whole file")


def find_config() -> Config:
    """The file MTOP_CONFIG names, else the nearest `.ldconfig` upwards, else the one in the home folder."""
    if given := os.environ.get("MTOP_CONFIG"):
        return read_config(given)
    try:
        here = os.getcwd()
    except OSError:
        here = ""  # the folder mtop was started in is gone, which is no reason to fail
    for folder in (*_upwards(here), os.path.expanduser("~")):
        path = os.path.join(folder, FILE_NAME)
        if os.path.isfile(path):
            return read_config(path)
    return Config("", {})


def _words(listed: str) -> Iterator[str]:
    return filter(None, map(str.strip, listed.split(",")))


def _upwards(folder: str) -> Iterator[str]:
    """A folder and those above it."""
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def read_config(path: str) -> Config:
    """One configuration file; raises ConfigError that names file and line."""
    source = _source(path)
    from mtop_core.providers.yamltext import YamlError, documents

    name = plain(path)
    try:
        found = [value for value, _ in documents(source)]
    except YamlError as error:
        raise ConfigError(f"{name}:{error.line}: not YAML: {error.message}") from None
    content = found[0] if found else None
    if len(found) > 1 or not isinstance(content, dict | None):
        raise ConfigError(f"{name}:1: expected one mapping of settings")
    return Config(path, content or {}, source)


def _source(path: str) -> str:
    from mtop_core.providers.reading import decode

    name = plain(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"{name}: more than {MAX_BYTES >> 20} MiB, which is no configuration")
        return decode(name, data)
    except OSError as error:
        raise ConfigError(f"{name}: {(error.strerror or 'cannot be read').lower()}") from None
    except DataError as error:
        raise ConfigError(error.message) from None
