"""Our reading of the metadata finds what importlib.metadata finds, whatever the layout."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from mtop_core.entrypoints import GROUP, installed

METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
LAYOUTS = {
    "plain": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one\n"},
    "an attribute": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one.two:three.four\n"},
    "spaces": {"plain-1.0.dist-info/entry_points.txt": "\n  [mtop.plugins]  \n\n   a=one  \n\tb   =\ttwo\n"},
    "comments": {"plain-1.0.dist-info/entry_points.txt": "# [mtop.plugins]\n[mtop.plugins]\n# x = y\na = one\n"},
    "line ends of Windows": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\r\na = one\r\n"},
    "other groups": {
        "plain-1.0.dist-info/entry_points.txt": "[console_scripts]\nx = y:z\n[mtop.plugins]\na = one\n"
        "[mtop.plugins.more]\nb = two\n[other]\nc = three\n"
    },
    "only other groups": {"plain-1.0.dist-info/entry_points.txt": "[console_scripts]\nmtop.plugins = y:z\n"},
    "an empty group": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\n[other]\na = one\n"},
    "several plugins": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\nb = two\na = one\nc = one\n"},
    "several packages": {
        "first-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one\n",
        "second_one-2.0rc1.dist-info/entry_points.txt": "[mtop.plugins]\nb = two\n",
    },
    "one name in two packages": {
        "first-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one\n",
        "second-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = two\n",
    },
    "editable": {
        "edit-0.1.dist-info/entry_points.txt": "[mtop.plugins]\na = one\n",
        "edit-0.1.dist-info/direct_url.json": '{"url": "file:///src", "dir_info": {"editable": true}}',
        "_edit.pth": "",
    },
    "egg-info with a version": {"egg-1.0-py3.11.egg-info/entry_points.txt": "[mtop.plugins]\na = one\n"},
    "egg-info of a checkout": {"egg_less.egg-info/entry_points.txt": "[mtop.plugins]\na = one\n"},
    "no entry points": {"plain-1.0.dist-info/METADATA": METADATA.format("plain", "1.0")},
    "a file that only looks like metadata": {"plain-1.0.dist-info": "[mtop.plugins]\na = one\n"},
    "capitals and dots": {"My.Odd_Name-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one\n"},
    "unicode": {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\nä = üne\n"},
}


def write(folder: Path, layout: dict[str, str]) -> None:
    for name, text in layout.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        if path.name == "entry_points.txt":
            package, _, version = path.parent.stem.partition("-")
            file = "METADATA" if path.parent.suffix == ".dist-info" else "PKG-INFO"
            (path.parent / file).write_text(METADATA.format(package, version or "0"))


def theirs() -> set[tuple[str, str]]:
    return {(entry.name, entry.value) for entry in entry_points(group=GROUP)}


def ours() -> set[tuple[str, str]]:
    return {(entry.name, entry.module) for entry in installed()}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_plugins(site: Any, name: str) -> None:
    write(site.folder, LAYOUTS[name])
    assert ours() == theirs()


def test_each_plugin_knows_its_package(site: Any) -> None:
    write(site.folder, LAYOUTS["several packages"])
    mine = [entry for entry in installed() if entry.name in "ab"]
    assert [tuple(entry) for entry in mine] == [("a", "one", "first", "1.0"), ("b", "two", "second-one", "2.0rc1")]


def test_the_first_on_the_path_counts(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site.folder, {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = old\n"})
    write(tmp_path / "front", {"plain-2.0.dist-info/entry_points.txt": "[mtop.plugins]\na = new\n"})
    monkeypatch.syspath_prepend(str(tmp_path / "front"))
    assert ours() == theirs()
    assert ("a", "new") in ours()


def test_a_shadowed_package_offers_nothing(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site.folder, {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\ndropped = old\n"})
    write(tmp_path / "front", {"plain-2.0.dist-info/entry_points.txt": "[mtop.plugins]\na = new\n"})
    monkeypatch.syspath_prepend(str(tmp_path / "front"))
    assert ours() == theirs()


def test_extras_are_no_part_of_the_module(site: Any) -> None:
    write(site.folder, {"plain-1.0.dist-info/entry_points.txt": "[mtop.plugins]\na = one:two [extra]\n"})
    assert ("a", "one:two") in ours()


def test_a_missing_or_unreadable_folder_on_the_path_is_passed_over(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site.folder, LAYOUTS["plain"])
    (site.folder / "file").write_text("")
    for folder in (site.folder / "nowhere", site.folder / "file"):
        monkeypatch.syspath_prepend(str(folder))
    assert ("a", "one") in ours()


def test_metadata_that_is_no_text_is_passed_over(site: Any) -> None:
    write(site.folder, LAYOUTS["plain"])
    (site.folder / "bad-1.0.dist-info").mkdir()
    (site.folder / "bad-1.0.dist-info" / "entry_points.txt").write_bytes(b"[mtop.plugins]\n\xff = bad\n")
    assert ("a", "one") in ours()
