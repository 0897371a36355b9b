"""What every source of objects promises, kept by all of them: a world, a dump of it, the files of both."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mtop_core.builtin import snapshot
from mtop_core.data import data_folder
from mtop_core.errors import NotFoundError, UsageError
from mtop_core.objects.kinds import (
    KINDS,
    MODEL_KINDS,
    POD,
    PVC,
    SERVING_RUNTIME,
    Kind,
)
from mtop_core.objects.refs import Ref
from mtop_core.providers.base import Listing, Provider
from mtop_core.specs import SourceRequest
from mtop_core.testing import run, service, world
from tests.providers.promises import LOG, PROMISES, logs

WORLD = Path(data_folder("mocks")) / "degraded"
TIME = "2026-10-12T09:30:00Z"


class Offer(NamedTuple):
    """A provider, and the flags that choose it."""

    provider: Provider
    flags: tuple[str, ...]


def _objects() -> list[dict[str, Any]]:
    files = sorted(WORLD.glob("crs/*/*.json")) + sorted(WORLD.glob("cluster/*.jsonl"))
    return [json.loads(line) for path in files for line in _values(path)]


def _values(path: Path) -> list[str]:
    return [path.read_text()] if path.suffix == ".json" else path.read_text().splitlines()


def _mock(folder: Path) -> Offer:
    return Offer(world("degraded"), ("--mock", "degraded"))


def _snapshot(path: Path) -> Offer:
    return Offer(snapshot(SourceRequest(str(path), TIME)), ("--snapshot", str(path), "--at", TIME))


def _list_file(folder: Path) -> Offer:
    path = folder / "dump.yaml"
    items = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": _objects()}
    path.write_text(yaml.dump(items, Dumper=yaml.CSafeDumper))
    return _snapshot(path)


def _jsonl_folder(folder: Path) -> Offer:
    root = folder / "dump"
    for number, obj in enumerate(_objects()):
        path = root / str(number % 3) / f"{obj['kind']}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as stream:
            stream.write(json.dumps(obj) + "\n")
    return _snapshot(root)


def _world_folder(folder: Path) -> Offer:
    return _snapshot(WORLD)


def _world_by_path(folder: Path) -> Offer:
    return Offer(world(str(WORLD)), ("--mock", str(WORLD)))


def _saved(folder: Path, name: str = "saved") -> Offer:
    pytest.importorskip("mtop_snapshot")
    path = folder / name
    environment = {"MTOP_STATE_DIR": str(folder / "state")}
    saved = run("snapshot", "save", "--mock", "degraded", "--everything", "-o", str(path), env=environment)
    assert saved.exit_code == 0, saved.stderr
    return Offer(snapshot(SourceRequest(str(path))), ("--snapshot", str(path)))


def _saved_archive(folder: Path) -> Offer:
    return _saved(folder, "saved.tar.gz")


MAKERS: dict[str, Callable[[Path], Offer]] = {
    "mock": _mock, "mock by path": _world_by_path, "YAML list": _list_file, "JSONL folder": _jsonl_folder,
    "world folder": _world_folder, "snapshot": _saved, "archive of a snapshot": _saved_archive,
}  # fmt: skip
SNAPSHOTS = ("YAML list", "JSONL folder", "world folder")


@pytest.fixture(scope="module")
def offers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Offer]:
    return {name: make(tmp_path_factory.mktemp("dump")) for name, make in MAKERS.items()}


@pytest.fixture(params=MAKERS)
def offer(request: pytest.FixtureRequest, offers: dict[str, Offer]) -> Offer:
    return offers[request.param]


def _named(objects: Any) -> list[tuple[str, str]]:
    return sorted((obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) for obj in objects)


def _present() -> dict[Kind, list[dict[str, Any]]]:
    found: dict[Kind, list[dict[str, Any]]] = {}
    for obj in _objects():
        for kind in KINDS:
            if obj["kind"] == kind.name and obj["apiVersion"].rpartition("/")[0] == kind.group:
                found.setdefault(kind, []).append(obj)
    return found


def test_every_object_is_there_unchanged(offer: Offer) -> None:
    present = _present()
    listings = offer.provider.look(present)
    assert list(listings) == list(present)
    for kind, listing in listings.items():
        assert listing.gap == ""
        by_name = {(o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in listing.objects}
        wanted = {(o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in present[kind]}
        assert by_name == wanted


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_what_every_provider_promises(offer: Offer, promise: Callable[[Provider], None]) -> None:
    promise(offer.provider)


def test_a_kind_that_is_absent_is_a_gap(offers: dict[str, Offer], alone: Path) -> None:
    (alone / "one.yaml").write_text(json.dumps(service()))
    dump = _snapshot(alone / "one.yaml").provider
    found = dump.look((*MODEL_KINDS, POD))
    assert [(kind.name, len(listing.objects), listing.gap) for kind, listing in found.items()] == [
        ("LLMInferenceService", 1, ""),
        ("InferenceService", 0, "no inferenceservices in this dump"),
        ("Pod", 0, "no pods in this dump"),
    ]
    strange = SERVING_RUNTIME.replaced(group="example.com", plural="strangers")
    assert offers["mock"].provider.look([strange])[strange] == Listing((), "no strangers in this world")
    assert offers["mock"].provider.look([PVC])[PVC].gap == "", "an empty file says that there are none"


def test_the_time_is_the_source_s_own(offer: Offer) -> None:
    moment = datetime.fromisoformat(TIME)
    assert (offer.provider.now(), offer.provider.source.time) == (moment, moment)


def test_the_time_of_a_dump_is_the_newest_it_mentions(alone: Path) -> None:
    old = service("a")
    old["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    new = service("b")
    new["status"] = {"conditions": [{"type": "Ready", "lastTransitionTime": "2026-03-01T00:00:00Z"}]}
    new["metadata"]["managedFields"] = [{"time": "2026-04-01T00:00:00Z"}, {"time": "later"}, {"time": 9}, "x"]
    (alone / "x.json").write_text(json.dumps(old) + json.dumps(new))
    provider = snapshot(SourceRequest("x.json"))
    assert provider.now().isoformat() == "2026-04-01T00:00:00+00:00"
    assert run("list", "--snapshot", "x.json") == run("list", "--snapshot", "x.json")


def test_the_same_rows_from_every_source(offers: dict[str, Offer]) -> None:
    found = {}
    for name, (_, flags) in offers.items():
        outcome = run("list", "-o", "json", *flags)
        assert (outcome.exit_code, outcome.stderr) == (0, "")
        assert outcome == run("list", "-o", "json", *flags), "nothing of it comes from the clock"
        document = json.loads(outcome.stdout)
        found[name] = {key: value for key, value in document.items() if key not in ("source", "gaps", "notes")}
    assert len(found["mock"]["items"]) == 28
    for name in MAKERS:
        assert found[name] == found["mock"], name


def test_the_same_table_from_every_source(offers: dict[str, Offer]) -> None:
    tables = {name: run("list", "-o", "wide", "--show-labels", *offer.flags).stdout for name, offer in offers.items()}
    assert set(tables.values()) == {tables["mock"]}


@pytest.mark.parametrize("name", ["mock", "mock by path", "world folder"])
def test_logs(offers: dict[str, Offer], name: str) -> None:
    folder = WORLD / "logs" / LOG[0] / LOG[1]
    logs(offers[name].provider, lambda previous: (folder / f"main{'.previous' * previous}.log").read_bytes())


@pytest.mark.parametrize("name", ["mock", "mock by path", "world folder"])
@pytest.mark.parametrize(
    ("where", "previous", "message"),
    [
        (("code", LOG[1], "nobody"), False, f"no log of container nobody of pod code/{LOG[1]}"),
        (("chat", LOG[1], "main"), False, f"no log of container main of pod chat/{LOG[1]}"),
        (("code", LOG[1], "storage-initializer"), True,
         f"no previous run of container storage-initializer of pod code/{LOG[1]}"),
        (("..", "..", "world.json"), False, "no log of container world.json of pod ../.."),
        (("code", f"../code/{LOG[1]}", "main"), False, f"no log of container main of pod code/../code/{LOG[1]}"),
        (("code", "", "main"), False, "no log of container main of pod code/"),
        (("code", "\x1b[2J", "main"), False, "no log of container main of pod code/\\x1b[2J"),
    ],
)  # fmt: skip
def test_no_logs(
    offers: dict[str, Offer], name: str, where: tuple[str, str, str], previous: bool, message: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        offers[name].provider.logs(*where, previous)
    assert caught.value.message == message


def test_one_file_holds_no_logs(offers: dict[str, Offer]) -> None:
    provider = offers["YAML list"].provider
    with pytest.raises(NotFoundError) as caught:
        provider.logs(*LOG)
    assert caught.value.message == f"{provider.source.name} holds no logs"


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("dry_run", ["", "client", "server"])
def test_a_snapshot_refuses_to_be_written(offers: dict[str, Offer], name: str, dry_run: str) -> None:
    provider = offers[name].provider
    refs = [Ref("LLMInferenceService", "team-b", "team-small")]
    for write in (lambda: provider.create([service()], dry_run), lambda: provider.delete(refs, dry_run)):
        with pytest.raises(UsageError) as caught:
            write()
        assert caught.value.message == "a snapshot cannot be changed"
        assert caught.value.hint == "use --mock WORLD, or --live for a cluster"


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_commands_refuse_to_write_a_snapshot(offers: dict[str, Offer], name: str, alone: Path) -> None:
    (alone / "new.yaml").write_text(json.dumps(service("brand-new")))
    refusal = "mtop: error: a snapshot cannot be changed\nmtop: hint: use --mock WORLD, or --live for a cluster\n"
    flags = offers[name].flags
    assert run("create", "-f", "new.yaml", *flags) == (2, "", refusal)
    assert run("delete", "team-small", "-n", "team-b", "--yes", *flags) == (2, "", refusal)


def test_the_place_of_a_field(offers: dict[str, Offer]) -> None:
    path = ("spec", "replicas")
    for name, (provider, _) in offers.items():
        model = next(
            obj for obj in provider.look(MODEL_KINDS)[MODEL_KINDS[0]].objects if obj["metadata"]["name"] == "team-small"
        )
        file, _, line = provider.place(model, path).rpartition(":")
        shown = file.replace(str(WORLD), "degraded").replace(provider.source.name, "SOURCE")
        saved = "SOURCE/objects/llminferenceservices.serving.kserve.io.jsonl"
        expected = {"YAML list": "SOURCE", "JSONL folder": "SOURCE/{}/LLMInferenceService.jsonl",
                    "snapshot": saved, "archive of a snapshot": saved}  # fmt: skip
        wanted = expected.get(name, "SOURCE/crs/team-b/team-small.json")
        assert shown.replace("degraded", "SOURCE") in {wanted.format(n) for n in range(3)}
        assert int(line) >= 1
        assert provider.place({}, path) == ""
