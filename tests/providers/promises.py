"""What every provider promises, as functions that take one: for files in tests/providers, for servers in tests/live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from mtop_core.errors import NotFoundError
from mtop_core.objects.kinds import (
    CR_KINDS,
    DEPLOYMENT,
    LEADER_WORKER_SET,
    LLM_SERVICE,
    MODEL_KINDS,
    NODE,
    POD,
)  # fmt: skip
from mtop_core.objects.selectors import parse_field_selector, parse_selector
from mtop_core.providers.base import Narrow, Provider

JOINED = (*MODEL_KINDS, DEPLOYMENT, LEADER_WORKER_SET, POD, NODE)
NARROW = (
    Narrow(labels="serving.kserve.io/routing-group=phi"), Narrow(fields="metadata.name=mistral-a"),
    Narrow(labels="no=such"), Narrow(fields="metadata.namespace=code"), Narrow(bare=(POD,)),
)  # fmt: skip
LOG = ("code", "cuda-oom-kserve-8l7x72lmjt-vz4pv", "main")


def named(objects: Iterable[Any]) -> list[tuple[str, str]]:
    """Namespaces and names."""
    return sorted((obj["metadata"].get("namespace", ""), obj["metadata"]["name"]) for obj in objects)


def a_look_into_one_namespace(provider: Provider) -> None:
    """A look into one namespace is the part of the whole that lies there."""
    kinds = (*CR_KINDS, POD, DEPLOYMENT, NODE)
    everything = provider.look(kinds)
    for namespace in ("chat", "kserve", "nowhere"):
        for kind, listing in provider.look(kinds, namespace).items():
            wanted = [obj for obj in everything[kind].objects
                      if not kind.namespaced or obj["metadata"]["namespace"] == namespace]  # fmt: skip
            assert (listing.gap, named(listing.objects)) == ("", named(wanted))


def a_narrow_look_holds_what_was_chosen(provider: Provider) -> None:
    """Nothing is missing of what the caller chose, of what belongs to it, and of who shares its traffic."""
    everything = provider.look(JOINED)
    for narrow in NARROW:
        found = provider.look(JOINED, "", narrow)
        assert list(found) == list(JOINED)
        fits, matches = parse_field_selector(narrow.fields), parse_selector(narrow.labels)
        chosen = [obj for kind in MODEL_KINDS for obj in everything[kind].objects
                  if fits(obj) and matches(obj["metadata"].get("labels") or {})]  # fmt: skip
        names = {name for kind in MODEL_KINDS for name in named(found[kind].objects)}
        assert names >= set(named(chosen)), narrow
        groups = {_group(obj) for obj in chosen} - {("", "")}
        members = [obj for obj in everything[LLM_SERVICE].objects if _group(obj) in groups]
        assert names >= set(named(members))
        places = {obj["metadata"]["namespace"] for obj in chosen}
        for kind in (POD, DEPLOYMENT):
            theirs = [obj for obj in everything[kind].objects if obj["metadata"]["namespace"] in places]
            assert set(named(found[kind].objects)) >= set(named(theirs)), (narrow, kind)
        assert all(listing.gap == everything[kind].gap for kind, listing in found.items())


def _group(obj: Any) -> tuple[str, str]:
    group = obj["spec"].get("router", {}).get("route", {}).get("group", "") if obj["kind"] == LLM_SERVICE.name else ""
    return (obj["metadata"]["namespace"], group) if group else ("", "")


def the_first_thing_watched_is_a_look(provider: Provider) -> None:
    """A watch begins with what a look gives."""
    watch = provider.watch(JOINED, "chat")
    first, look = next(iter(watch)), provider.look(JOINED, "chat")
    assert {kind: (named(one.objects), one.gap) for kind, one in first.items()} == {
        kind: (named(one.objects), one.gap) for kind, one in look.items()
    }
    assert provider.now() == provider.source.time
    if close := getattr(watch, "close", None):
        close()


def the_time_is_that_of_the_look(provider: Provider) -> None:
    """Now does not move between a look and the answer made of it."""
    provider.look([LLM_SERVICE])
    assert provider.now() == provider.source.time == provider.now()


def logs(provider: Provider, file: Callable[[bool], bytes]) -> None:
    """Both runs of a container, line by line with their times; of none that is not there."""
    for previous in (False, True):
        lines = list(provider.logs(*LOG, previous))
        assert b"".join(lines) == file(previous)
        assert all(line.endswith(b"\n") for line in lines[:-1])
        tail = list(provider.logs(*LOG, previous, tail=3))
        assert tail[-3:] == lines[-3:]
    for where in (("code", LOG[1], "nobody"), ("code", "nobody", "main"), ("nowhere", LOG[1], "main")):
        with pytest.raises(NotFoundError):
            list(provider.logs(*where))


PROMISES = (
    a_look_into_one_namespace, a_narrow_look_holds_what_was_chosen, the_first_thing_watched_is_a_look,
    the_time_is_that_of_the_look,
)  # fmt: skip
