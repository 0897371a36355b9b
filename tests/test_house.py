"""The rules that hold the house together: what is said in one place is true in every other."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import mtop_core
from mtop_core import api, config, errors, hookspecs, plugins
from mtop_core.commands import COMMANDS
from mtop_core.data import data_path
from mtop_core.group import StandIn
from mtop_core.specs import CommandSpec

CORE = Path(mtop_core.__file__).parent
ROOT = CORE.parent
DOCS = ROOT / "docs"
FILES = sorted(path for path in CORE.rglob("*.py") if "_data" not in path.parts)
LONG = {"mtop_core/schema.py"}  # files that may pass 400 lines
PRINTERS = {"mtop_core/main.py", "mtop_core/render/console.py", "mtop_core/options.py"}  # the last: --version
# The schema of what each command says with -o json, and for the others why there is none.
SCHEMAS = {
    "list": "modellist",
    "create": "created",
    "delete": "deleted",
    "config show": "settings",
    "config validate": "configproblems",
    "mock list": "worldlist",
    "plugins": "pluginlist",
    "plugins list": "pluginlist",
    "version": "versions",
}
NO_SCHEMA = {
    "rbac": "Kubernetes objects, as kubectl apply takes them",
    "get": "the objects themselves, as kubectl prints them; schemas/ has one for each kind",
    "completion": "a shell script",
    "config init": "writes a file and says so in a line",
    "mock use": "says what it did in a line",
    "mock path": "says a path in a line",
    "mock reset": "says what it did in a line",
    "plugins new": "writes a folder and says so in a line",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def page(name: str) -> str:
    """A page of the docs; skips the test while it is not written."""
    path = DOCS / name
    if not path.is_file():
        pytest.skip(f"docs/{name} does not exist yet")
    return path.read_text(encoding="utf-8")


def lines_of(spec: CommandSpec) -> Iterator[tuple[str, click.Command]]:
    """A command and its subcommands, by what the user types."""
    real = StandIn(spec).real()
    if not isinstance(real, click.Group) or real.invoke_without_command:
        yield spec.name, real
    if isinstance(real, click.Group):
        yield from ((f"{spec.name} {name}", command) for name, command in real.commands.items())


LINES = [line for spec in COMMANDS for line in lines_of(spec)]


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_commands_are_described(spec: CommandSpec) -> None:
    assert re.fullmatch(r"[A-Z].{5,58}[^. ]", spec.summary)
    assert spec.section
    assert StandIn(spec).real().name == spec.name
    assert (StandIn(spec).real().help or "").strip()


@pytest.mark.parametrize(("line", "command"), LINES, ids=[line for line, _ in LINES])
def test_command_lines_are_described(line: str, command: click.Command) -> None:
    assert re.match(r"[A-Z](?:[^.]|\.[^\s.])*\.(\n| |$)", command.help or ""), "the help starts with one sentence"
    for param in command.params:
        if isinstance(param, click.Option) and not param.hidden:
            assert re.fullmatch(r"[A-Z].*\.", param.help or ""), f"{line} {param.opts} has no sentence of help"


def test_commands_are_in_the_docs() -> None:
    text = page("commands.md")
    for spec in COMMANDS:
        assert text.count(f"\n## mtop {spec.name}\n") == 1, f"docs/commands.md: {spec.name}"


def test_every_answer_has_a_schema_or_a_reason() -> None:
    assert {line for line, _ in LINES} == SCHEMAS.keys() | NO_SCHEMA.keys()
    assert not SCHEMAS.keys() & NO_SCHEMA.keys()
    for line, command in LINES:
        says_json = any("--output" in param.opts and "-o" in param.opts for param in command.params)
        assert says_json == (line in SCHEMAS or line in ("get", "rbac")), line
    for schema in {*SCHEMAS.values(), "ldconfig"}:
        body = json.loads((data_path("schemas") / f"{schema}.json").read_text(encoding="utf-8"))
        assert body["$id"] == f"https://mtop.dev/schemas/{schema}.json"


def codes() -> dict[str, int]:
    """The exit codes of mtop_core.errors by name."""
    return {name: value for name, value in vars(errors).items() if name.isupper() and isinstance(value, int)}


def test_exit_codes_are_those_of_the_table() -> None:
    assert sorted(codes().values()) == [0, 1, 2, 3, 4, 70, 130, 141]
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.MtopError)]
    assert {kind.exit_code for kind in kinds} == {errors.USAGE, errors.SOURCE, errors.PLUGIN}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_exit_codes_are_never_bare_numbers_elsewhere(path: Path) -> None:
    known = set(codes().values())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "exit_code":
            for number in ast.walk(node.value):
                if isinstance(number, ast.Constant) and isinstance(number.value, int):
                    assert number.value in known
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "quit"):
            raise AssertionError(f"{name_of(path)}:{node.lineno}: only main ends the process")


def test_exit_codes_are_in_the_docs() -> None:
    rows = re.findall(r"^\| ([\d /]+?) \|", page("exit-codes.md"), re.MULTILINE)
    assert sorted(int(code) for row in rows for code in row.split(" / ")) == sorted(codes().values())


def hooks() -> list[str]:
    return [name for name, value in vars(hookspecs).items() if name.startswith("mtop_") and callable(value)]


def test_hooks_are_read() -> None:
    assert hooks() == [hook for hook, *_ in plugins.HOOKS]
    assert {kind for _, kind, *_ in plugins.HOOKS} == set(plugins.Spec.__args__)
    for _, kind, field, what in plugins.HOOKS:
        assert field in kind.__annotations__
        assert what in json.loads((data_path("schemas") / "pluginlist.json").read_text(encoding="utf-8"))["$defs"][
            "item"]["properties"]["offers"]["properties"]  # fmt: skip


def test_hooks_are_in_the_docs() -> None:
    text = page("plugins.md")
    for hook in hooks():
        assert hook in text, f"docs/plugins.md: {hook}"


def test_the_public_surface_resolves_and_is_typed() -> None:
    tree = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    typed = {
        alias.name: f"{node.module}:{alias.name}"
        for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }  # fmt: skip
    for node in block.body:
        if isinstance(node, ast.Assign):  # a name that is called otherwise at home
            typed[ast.unparse(node.targets[0])] = typed.pop(ast.unparse(node.value))
    assert sorted(typed) == api.__all__ == sorted(set(api.__all__))
    for name in api.__all__:
        module, _, attribute = typed[name].partition(":")
        found = importlib.import_module(module)
        expected = getattr(found, attribute, None) or importlib.import_module(f"{module}.{attribute}")
        assert getattr(api, name) is expected, name
    with pytest.raises(AttributeError, match="has no nonsense"):
        api.nonsense  # noqa: B018


def test_the_public_surface_is_in_the_docs() -> None:
    text = page("plugins.md")
    assert [kind.__name__ for _, kind, *_ in plugins.HOOKS if kind.__name__ not in text] == []


def test_config_keys() -> None:
    schema = json.loads((data_path("schemas") / "ldconfig.json").read_text(encoding="utf-8"))
    assert tuple(schema["properties"]) == config.CORE_KEYS
    assert tuple(schema["properties"]["mode"]["enum"]) == config.MODES
    for key in config.CORE_KEYS:
        assert re.search(rf"^(# )?{key}:", config.STARTER, re.MULTILINE), f"the starting point is silent on {key}"


def test_config_keys_are_in_the_docs() -> None:
    text = page("configuration.md")
    for key in config.CORE_KEYS:
        assert key in text, f"docs/configuration.md: {key}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    if name_of(path) not in LONG:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_exception_too_many() -> None:
    there = {name_of(path) for path in FILES}
    assert {name for name in LONG if name in there and len((ROOT / name).read_text().splitlines()) <= 400} == set()
    assert there >= PRINTERS


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_docstrings_are_sentences(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in [tree, *public(tree)]:
        text = ast.get_docstring(node)
        where = f"{name_of(path)}: {getattr(node, 'name', 'the file')}"
        assert text or path.read_text(encoding="utf-8") == "", f"{where} has no docstring"
        assert not text or text.partition("\n\n")[0].endswith("."), f"{where} does not start with a sentence"


def public(node: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Every public function, class and method."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)
        elif isinstance(child, ast.If | ast.Try):
            yield from public(child)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_main_and_console_print(path: Path) -> None:
    if name_of(path) in PRINTERS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "click.echo", "click.secho", "echo"), f"line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_clock_is_read_in_one_place(path: Path) -> None:
    """Time comes from the source: the same snapshot gives the same bytes for ever."""
    if name_of(path) in ("mtop_core/builtin.py",):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("datetime.now", "time.time", "datetime.utcnow"), f"line {node.lineno}"
