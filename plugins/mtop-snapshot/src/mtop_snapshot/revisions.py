"""Manifests as they are in a revision of the git repository here, without a checkout."""

from __future__ import annotations

import shutil
import subprocess

from mtop_core.api import DataError, NotFoundError, Provider, UsageError, plain, shorten

_SUFFIXES = (".json", ".jsonl", ".yaml", ".yml")
_MOST_FILES = 5000
_MOST_BYTES = 256 << 20


def revision(word: str) -> Provider:
    """What `git:REF:PATH` holds: one file, or all manifests of a folder."""
    from mtop_core.api import of_bytes

    _, reference, path = (*word.split(":", 2), "", "")[:3]
    if not reference:
        raise UsageError(f'"{plain(word)}": expected git:REF:PATH', "such as git:main:deploy/ or git:HEAD~1:llama.yaml")
    commit = (
        _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}", what=word)
        .decode()
        .strip()
    )
    spec = f"{commit}:./{path}" if path not in ("", ".") else f"{commit}:./"
    kind = _git("cat-file", "-t", spec, what=word).decode().strip()
    if kind == "blob":
        return of_bytes(_git("cat-file", "blob", spec, what=word), word)
    files = _git("ls-tree", "-r", "-z", "--name-only", spec, what=word).decode("utf-8", "surrogateescape").split("\0")
    names = [
        name for name in files if name.endswith(_SUFFIXES) and not any(part.startswith(".") for part in name.split("/"))
    ]
    if not names:
        raise DataError(f"{plain(word)}: no {', '.join(_SUFFIXES)} file in this folder")
    if len(names) > _MOST_FILES:
        raise DataError(f"{plain(word)}: more than {_MOST_FILES:,} files")
    return _folder(
        word, {name: _git("cat-file", "blob", f"{spec.rstrip('/')}/{name}", what=word) for name in sorted(names)}
    )


def _folder(word: str, files: dict[str, bytes]) -> Provider:
    from mtop_core.api import of_files

    if sum(map(len, files.values())) > _MOST_BYTES:
        raise DataError(f"{plain(word)}: more than {_MOST_BYTES >> 20} MiB")
    return of_files({f"{word.rstrip('/')}/{name}": data for name, data in files.items()}, word)


def _git(*words: str, what: str) -> bytes:
    """What a git command prints; NotFoundError with its first words where it fails."""
    program = shutil.which("git")
    if program is None:
        raise UsageError("git: sides need git, which is not installed")
    done = subprocess.run([program, "--no-pager", *words], capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    if done.returncode:
        said = plain(done.stderr.decode("utf-8", "replace")).removeprefix("fatal: ")
        reason = shorten(said, 120) or "there is no such revision here"
        raise NotFoundError(f"{plain(what)}: {reason}", "git log --oneline -- PATH shows which revisions there are")
    return done.stdout
