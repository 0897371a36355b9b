"""What a plugin offers works like what the core offers: aliases, sections, sources, settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import run

COMMANDS = """
import click

@hookimpl
def mtop_commands():
    return (
        CommandSpec("shown", "Shows \\x1b[31mit", "door_shown:show", aliases=("sh", "say")),
        CommandSpec("looked", "Looks", "door_shown:show", section="Look"),
        CommandSpec("tuned", "Tunes", "door_shown:show", section="Tune"),
    )

@command("shown")
@output_options
@common_options
@pass_app
def show(app):
    return Result("Shown", (Column("name", "NAME"),), [{"name": app.namespace}])
"""
PROVIDER = """
from datetime import UTC, datetime

@hookimpl
def mtop_providers():
    return (ProviderSpec("tape", "Recorded objects", "door_tape:tape"),)

class Tape(ReadOnly):
    def __init__(self, name):
        self.name = name

    @property
    def source(self):
        return Source("tape", self.name, self.now())

    def now(self):
        return datetime(2026, 1, 1, tzinfo=UTC)

    def look(self, kinds, namespace="", narrow=None):
        model = {
            "apiVersion": "serving.kserve.io/v1alpha2", "kind": "LLMInferenceService",
            "metadata": {"name": "llama", "namespace": "chat"},
            "spec": {"model": {"uri": "hf://org/llama", "name": "llama"}},
        }
        return {kind: Listing([model] if kind.name == model["kind"] else []) for kind in kinds}

    def place(self, obj, path=()):
        return ""

    def logs(self, namespace, pod, container, previous=False, tail=0):
        raise NotFoundError("a tape has no logs")

def tape(request):
    if request.argument == "bent":
        raise SourceError("the tape is bent")
    return Tape(request.argument)
"""
CONFIG = """
@hookimpl
def mtop_config():
    return (ConfigSpec("tape", "Settings of the tape", "door_settings:SCHEMA"),)
"""
SETTINGS = """
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"speed": {"type": "integer", "minimum": 1}, "reel": {"type": "string"}},
}
"""




@pytest.mark.parametrize("word", ["shown", "sh", "say"])
def test_a_command_answers_to_its_name_and_aliases(site: Any, word: str) -> None:
    site.add("door-shown", COMMANDS)
    assert run(word, "-n", "chat") == (0, "NAME\nchat\n", "")


def test_a_command_may_have_a_plain_dry_run_flag(site: Any) -> None:
    source = """
    import click

    @hookimpl
    def mtop_commands():
        return (CommandSpec("dry", "Dries", "door_dry:dry"),)

    @command("dry")
    @click.option("--dry-run", is_flag=True)
    def dry(dry_run):
        return Result("Dry", rows=[{"dry": dry_run}], line="{dry}")
    """
    site.add("door-dry", source)
    assert run("dry", "--dry-run") == (0, "True\n", "")


def test_help_shows_each_command_once_below_its_section(site: Any) -> None:
    site.add("door-shown", COMMANDS)
    done = run("--help")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    clusters = "Options for clusters, with every command:"
    assert headings == ["Options:", clusters, "Look:", "Change:", "Set up:", "Plugins:", "Tune:"]
    look = lines[lines.index("Look:") : lines.index("Change:")]
    assert any(line.split() == ["looked", "Looks"] for line in look)
    assert [line.split(maxsplit=1) for line in lines if line.startswith("  sh")] == [["shown", "Shows \\x1b[31mit"]]


def test_a_misspelled_command_of_a_plugin(site: Any) -> None:
    site.add("door-shown", COMMANDS)
    assert run("show") == (
        2,
        "",
        'mtop: error: unknown command "show"; did you mean shown?\nmtop: hint: mtop --help lists all commands\n',
    )


def test_a_provider_is_a_source_like_any_other(site: Any) -> None:
    site.add("door-tape", PROVIDER)
    done = run("list", "--source", "tape=reel 5")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].split()[:3] == ["chat", "llama", "llmisvc"]
    assert done.stderr.splitlines()[-1] == "mtop: source: tape reel 5, as of 2026-01-01T00:00:00Z"
    document = json.loads(run("list", "--source", "tape=reel 5", "-o", "json").stdout)
    assert document["source"] == {"mode": "tape", "name": "reel 5", "time": "2026-01-01T00:00:00Z"}


def test_what_a_provider_has_to_say_is_said(site: Any) -> None:
    site.add("door-tape", PROVIDER.replace("    def now(", "    notes = ('the tape is worn',)\n\n    def now(", 1))
    assert "mtop: note: the tape is worn\n" in run("list", "--source", "tape=reel").stderr
    assert json.loads(run("list", "--source", "tape=reel", "-o", "json").stdout)["notes"] == ["the tape is worn"]
    assert "mtop: note: the tape is worn\n" in run("get", "--source", "tape=reel", "-o", "json").stderr


def test_an_argument_may_hold_an_equals_sign(site: Any) -> None:
    site.add("door-tape", PROVIDER)
    assert "source: tape a=b, as of" in run("list", "--source", "tape=a=b").stderr


def test_the_error_of_a_provider_is_one_line(site: Any) -> None:
    site.add("door-tape", PROVIDER)
    assert run("list", "--source", "tape=bent") == (3, "", "mtop: error: the tape is bent\n")


def test_an_unknown_provider(site: Any) -> None:
    done = run("list", "--source", "wax")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (4, 'mtop: error: no provider is named "wax"')


def test_a_good_section_of_the_configuration(site: Any) -> None:
    site.add("door-tape", CONFIG, door_settings=SETTINGS)
    Path(".ldconfig").write_text("mode: mock\ntape:\n  speed: 3\n  reel: five\n")
    done = run("config", "validate")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{Path('.ldconfig').absolute()} is valid.\n"


def test_a_bad_section_is_named_by_line_with_the_nearest_key(site: Any) -> None:
    site.add("door-tape", CONFIG, door_settings=SETTINGS)
    Path(".ldconfig").write_text("mode: mock\ntape:\n  speed: 0\n  real: five\n")
    done = run("config", "validate")
    place = Path(".ldconfig").absolute()
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        f"{place}:3: tape.speed: must be at least 1, got 0",
        f"{place}:4: tape.real: unknown field; did you mean tape.reel?",
    ]


def test_a_section_nobody_offers_is_refused(site: Any) -> None:
    Path(".ldconfig").write_text("tape:\n  speed: 3\n")
    done = run("config", "validate")
    assert done.exit_code == 2
    assert f"{Path('.ldconfig').absolute()}:1: tape: unknown field" in done.stdout


def test_a_schema_that_cannot_be_loaded(site: Any) -> None:
    site.add("door-tape", CONFIG, door_settings="raise ValueError('no')")
    Path(".ldconfig").write_text("mode: mock\n")
    done = run("config", "validate")
    assert done.exit_code == 4
    assert "the schema of the config section tape cannot be loaded: ValueError: no" in done.stderr


MANY = """
@hookimpl
def mtop_commands():
    return (CommandSpec("many", "Many", "a:b"),)

@hookimpl
def mtop_rules():
    return [RuleSpec(f"many-{at}", "Many", "a:b", "error", "image") for at in range(34)]

@hookimpl
def mtop_config():
    return (ConfigSpec("many", "Many", "a:b"),)
"""


def test_the_table_counts_what_is_many(site: Any) -> None:
    site.add("door-many", MANY, "many")
    (row,) = [line for line in run("plugins").stdout.splitlines() if line.startswith("many ")]
    assert [cell.strip() for cell in row.split("   ")][-2:] == ["command many; 34 rules; config section many", "-"]
    rules = ", ".join(sorted(f"many-{at}" for at in range(34)))
    (row,) = [line for line in run("plugins", "-o", "wide").stdout.splitlines() if line.startswith("many ")]
    assert sorted(row.partition("rule ")[2].partition(";")[0].split(", ")) == rules.split(", ")
    items = json.loads(run("plugins", "-o", "json").stdout)["items"]
    assert [len(item["offers"]["rule"]) for item in items if item["name"] == "many"] == [34]
