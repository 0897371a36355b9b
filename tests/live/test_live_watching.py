"""Watches lose nothing and show nothing twice, whatever happens to the server and to the network on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mtop_core.objects.kinds import DEPLOYMENT, LEADER_WORKER_SET, MODEL_KINDS, NODE, POD
from mtop_core.render.frames import ADDED, DELETED, changes
from mtop_core.render.result import Frames
from mtop_core.testing import pod, service
from tests.live.conftest import LoadWorld
from tests.live.faults import Relay
from tests.live.kinds import collection, kind
from tests.live.plane import TOKEN, Plane
from tests.live.rbac import grant, take_back
from tests.live.waiting import until
from tests.live.watched import Named, Watched, by_name, impatient, provider

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("impatient")]
__all__ = ["impatient"]

KINDS = (*MODEL_KINDS, DEPLOYMENT, LEADER_WORKER_SET, POD, NODE)
MERGE = "application/merge-patch+json"


@pytest.fixture
def watching(live_plane: Plane, relay: Relay) -> Iterator[Callable[..., Watched]]:
    """Starts a watch through the relay, and ends it after the test."""
    started: list[Watched] = []

    def start(token: str = TOKEN, **more: Any) -> Watched:
        source = provider(live_plane.kubeconfig(token, server=relay.url))
        started.append(Watched(source, KINDS, **more))
        return started[-1]

    yield start
    for watched in started:
        watched.stop()


class History:
    """Random changes to a few services and pods, made straight on the server."""

    def __init__(self, plane: Plane, seed: int) -> None:
        self.plane = plane
        self.random = random.Random(seed)
        self.there: dict[str, dict[str, Any]] = {}
        self.made = 0

    def step(self) -> None:
        """One change: an object more, one less, or one that differs."""
        what = self.random.choice(["create", "create", "change", "change", "change", "delete"])
        if what == "create" or not self.there:
            self._create()
        else:
            path = self.random.choice(sorted(self.there))
            if what == "change":
                labels = {"metadata": {"labels": {"step": str(self.random.randrange(10**6))}}}
                self.plane.request("PATCH", path, labels, MERGE)
            else:
                del self.there[path]
                self.plane.request("DELETE", path)

    def _create(self) -> None:
        self.made += 1
        obj = service(f"s{self.made}", "default")
        if self.random.random() < 0.5:
            obj = pod(f"p{self.made}", service("owner", "default"))
        obj["metadata"].pop("uid")
        where = collection(kind(obj), namespace="default")
        self.plane.request("POST", where, obj)
        self.there[f"{where}/{obj['metadata']['name']}"] = obj


def _restart_without_history(plane: Plane) -> None:
    """The server forgets what was before: revisions from then on answer 410."""
    plane.compact()
    plane.restart()


FAULTS: dict[str, Callable[[Plane, Relay], None]] = {
    "cut": lambda plane, relay: relay.cut(),
    "freeze": lambda plane, relay: relay.freeze(),
    "thaw": lambda plane, relay: relay.thaw(),
    "refuse": lambda plane, relay: relay.refuse(),
    "allow": lambda plane, relay: relay.allow(),
    "compact": lambda plane, relay: _none(plane.compact()),
}


def _none(_: object) -> None:
    """Nothing."""


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_after_any_history_through_any_faults_it_shows_what_is_there(
    live_plane: Plane, relay: Relay, watching: Callable[..., Watched], seed: int
) -> None:
    history = History(live_plane, seed)
    for _ in range(5):
        history.step()
    watched = watching()
    watched.shows(lambda now: len(now) >= len(history.there), "the first look")
    restarts = {12, 27} if seed % 2 else {20}
    for step in range(40):
        if history.random.random() < 0.4:
            FAULTS[history.random.choice(sorted(FAULTS))](live_plane, relay)
        if step in restarts:
            _restart_without_history(live_plane)
        history.step()
    relay.thaw()
    relay.allow()
    fresh = by_name(provider(live_plane.kubeconfig()).look(KINDS))
    assert len(fresh) >= len(history.there) > 0
    watched.shows(lambda now: now == fresh, "it shows what a fresh list does")
    _nothing_twice(watched.looks)
    _folds(watched.looks)


def _nothing_twice(looks: list[Named]) -> None:
    """No object ever goes back to what it was shown as before, and none that was seen to go comes back."""
    newest: dict[str, int] = {}
    gone: set[str] = set()
    before: dict[str, int] = {}
    for look in looks:
        now = {obj["metadata"]["uid"]: int(obj["metadata"]["resourceVersion"]) for obj in look.values()}
        assert not gone & now.keys()
        assert all(newest.get(uid, 0) <= revision for uid, revision in now.items())
        gone |= before.keys() - now.keys()
        newest |= now
        before = now


def _folds(looks: list[Named]) -> None:
    """What a user sees of these looks as changes, folded together, is the last."""
    frames = Frames(iter(()), lambda row: row["key"])
    before: dict[Any, Any] = {}
    shown: dict[Any, Any] = {}
    for look in looks:
        rows = [{"key": key, "object": obj} for key, obj in look.items()]
        found, before = changes(before, rows, frames)
        for change in found:
            key = change.row["key"]
            assert (change.type == ADDED) == (key not in shown)
            assert change.type == ADDED or change.type == DELETED or shown[key] != change.row["object"]
            if change.type == DELETED:
                del shown[key]
            else:
                shown[key] = change.row["object"]
    assert shown == looks[-1]


def test_every_change_is_shown_as_it_comes(live_plane: Plane, watching: Callable[..., Watched]) -> None:
    watched = watching()
    watched.shows(lambda now: True, "the first look")
    path = collection(kind(service()), namespace="default")
    live_plane.request("POST", path, service("one", "default"))
    one = ("llminferenceservices", "default", "one")
    watched.shows(lambda now: one in now, "it was created")
    live_plane.request("PATCH", f"{path}/one", {"spec": {"replicas": 3}}, MERGE)
    watched.shows(lambda now: now[one]["spec"]["replicas"] == 3, "it was changed")
    live_plane.request("DELETE", f"{path}/one")
    watched.shows(lambda now: one not in now, "it was deleted")
    assert len(watched.looks) >= 4


def test_a_frozen_server_is_noticed_and_so_is_its_return(
    live_plane: Plane, watching: Callable[..., Watched]
) -> None:
    watched = watching()
    watched.shows(lambda now: True, "the first look")
    live_plane.freeze()
    watched.notes_that(lambda note: note.startswith("nothing is heard of the cluster since"), "it is told")
    seen = watched.source.now()
    live_plane.thaw()
    live_plane.request("POST", collection(kind(service()), namespace="default"), service("one", "default"))
    watched.shows(lambda now: ("llminferenceservices", "default", "one") in now, "it goes on")
    assert watched.source.notes == ()
    assert watched.source.now() > seen


def test_half_a_connection_is_noticed(relay: Relay, watching: Callable[..., Watched]) -> None:
    watched = watching()
    watched.shows(lambda now: True, "the first look")
    relay.freeze()
    watched.notes_that(lambda note: "did not answer within" in note, "it is told")
    relay.thaw()
    watched.shows(lambda now: watched.source.notes == (), "it goes on")


def test_a_restart_of_the_server(live_plane: Plane, world: LoadWorld, watching: Callable[..., Watched]) -> None:
    world("rollout")
    watched = watching()
    watched.shows(lambda now: len(now) > 50, "the first look")
    before = len(watched.looks)
    live_plane.restart()
    live_plane.request("POST", collection(kind(service()), namespace="default"), service("one", "default"))
    watched.shows(lambda now: ("llminferenceservices", "default", "one") in now, "it goes on")
    assert len(watched.looks) == before + 1, "nothing else was shown again"


def test_a_token_that_is_exchanged(live_plane: Plane, relay: Relay, tmp_path: Any) -> None:
    """A service account's token in a file: the old one ends, the new one is in its place."""
    live_plane.tokens = {**live_plane.tokens, "old-token": ("vic", "system:masters")}
    live_plane.write_tokens()
    kubeconfig = live_plane.kubeconfig("old-token", server=relay.url)
    watched = Watched(provider(kubeconfig), KINDS)
    watched.shows(lambda now: True, "the first look")
    del live_plane.tokens["old-token"]
    live_plane.tokens["new-token"] = ("vic", "system:masters")
    live_plane.write_tokens()
    relay.cut()
    watched.notes_that(lambda note: "does not accept the credentials of user" in note, "it is told")
    kubeconfig.write_bytes(live_plane.kubeconfig("new-token", server=relay.url).read_bytes())
    live_plane.request("POST", collection(kind(service()), namespace="default"), service("one", "default"))
    watched.shows(lambda now: ("llminferenceservices", "default", "one") in now, "it goes on")
    watched.stop()


def test_a_token_that_has_ended_ends_the_watch(
    live_plane: Plane, relay: Relay, watching: Callable[..., Watched]
) -> None:
    live_plane.tokens["old-token"] = ("vic", "system:masters")
    live_plane.write_tokens()
    watched = watching("old-token")
    watched.shows(lambda now: True, "the first look")
    del live_plane.tokens["old-token"]
    live_plane.write_tokens()
    relay.cut()
    until(lambda: watched.error is not None, "it gives up", 60)
    assert watched.error is not None
    assert "does not accept the credentials of user" in watched.error.message


def test_what_may_be_listed_and_not_watched_is_a_gap(live_plane: Plane, watching: Callable[..., Watched]) -> None:
    live_plane.tokens["vic-token"] = ("vic", "people")
    live_plane.write_tokens()
    rest = [one for one in KINDS if one is not POD]
    grant(live_plane, "vic-token", rest, ("list", "watch"))
    grant(live_plane, "vic-token", [POD], ("list",))
    try:
        watched = watching("vic-token")
        watched.shows(lambda now: "pods" in watched.gaps, "pods are a gap")
        assert watched.gaps == {
            "pods": "forbidden: user vic may not watch pods in all namespaces; it was read once, and cannot be watched"
        }
        live_plane.request("POST", collection(kind(service()), namespace="default"), service("one", "default"))
        watched.shows(lambda now: ("llminferenceservices", "default", "one") in now, "the rest goes on")
    finally:
        take_back(live_plane)
