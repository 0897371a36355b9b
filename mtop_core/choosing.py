"""Which objects a user means: by name, by `KIND/NAME`, by label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtop_core.errors import NotFoundError, SourceError, UsageError
from mtop_core.inventory import Inventory
from mtop_core.objects.access import text
from mtop_core.objects.kinds import CR_KINDS, LLM_CONFIG, MODEL_KINDS, Kind, kind_by_word
from mtop_core.objects.model import Model
from mtop_core.objects.text import plain
from mtop_core.providers.base import Narrow


def models_named(
    inventory: Inventory, names: Sequence[str], selector: str = "", namespace: str = "", fields: str = ""
) -> list[Model]:
    """The models of those names, all where none is given, as far as label and field selectors let them through.

    Raises NotFoundError for a name nobody has, UsageError for one that several have or a bad selector.
    """
    models = inventory.models
    if names:
        asked = {id(raw) for name in names for raw in named_objects(inventory, name, namespace)}
        models = [model for model in models if id(model.raw) in asked]
    if not selector and not fields:
        return models
    from mtop_core.objects.selectors import parse_field_selector, parse_selector

    matches, fits = parse_selector(selector), parse_field_selector(fields)
    return [model for model in models if matches(model.labels) and fits(model.raw)]


def narrowed(selector: str, fields: str = "", names: Sequence[str] = (), bare: Sequence[Kind] = ()) -> Narrow:
    """What to tell a source of a choice of CRs; UsageError for a malformed selector, before anything is asked.

    One name is a field to select by, several are not.
    """
    if selector or fields:
        from mtop_core.objects.selectors import parse_field_selector, parse_selector

        parse_selector(selector)
        parse_field_selector(fields)
    if len(names) == 1 and (name := names[0].rpartition("/")[2]) and not name.strip(_NAME_CHARACTERS):
        fields = ",".join(filter(None, (fields, f"metadata.name={name}")))
    return Narrow(selector, fields, tuple(bare))


_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-."


def named_objects(inventory: Inventory, word: str, namespace: str) -> list[dict[str, Any]]:
    """The one CR that `NAME` or `KIND/NAME` means; NotFoundError or UsageError where it is none or many."""
    kinds, name = meant(word, MODEL_KINDS)
    return named(inventory, kinds, name, namespace)


def meant(name: str, kinds: Sequence[Kind]) -> tuple[Sequence[Kind], str]:
    """The kinds and the name that `NAME` or `KIND/NAME` means; UsageError for a kind that is none of a model."""
    word, slash, rest = name.partition("/")
    if not slash:
        return kinds, name
    kind = kind_by_word(word)
    if kind not in CR_KINDS:
        raise UsageError(f'"{plain(word)}" is no kind of model', "write llmisvc/NAME, isvc/NAME or config/NAME")
    return (kind,), rest


def named(inventory: Inventory, kinds: Sequence[Kind], name: str, namespace: str) -> list[dict[str, Any]]:
    """The one object of that name; NotFoundError or UsageError where there is none or more than one."""
    known = [obj for kind in kinds for obj in inventory.all(kind)]
    found = [obj for obj in known if text(obj, "metadata", "name") == name]
    if len(found) == 1:
        return found
    unread = [gap for gap in inventory.gaps if gap.kind in kinds and gap.forbidden]
    where = f" in namespace {plain(namespace)}" if namespace else ""
    if found:
        places = sorted(f"{_kind_word(obj)}/{name} -n {obj['metadata'].get('namespace', 'default')}" for obj in found)
        raise UsageError(f'more than one is named "{plain(name)}"{where}', f"say which: {plain('; '.join(places))}")
    if unread:  # it may be there all the same
        raise SourceError(f'"{plain(name)}" is not found{where}, and not all can be seen: {unread[0].reason}',
                          "mtop rbac COMMAND prints the role that a command needs")  # fmt: skip
    from difflib import get_close_matches

    near = get_close_matches(name, {text(obj, "metadata", "name") for obj in known}, n=3)
    what = " or ".join(kind.name for kind in kinds)
    hint = f"did you mean {plain(' or '.join(sorted(near)))}?" if near else f"{_command(kinds)} shows all there are"
    raise NotFoundError(f'there is no {what} "{plain(name)}"{where}', hint)


def _command(kinds: Sequence[Kind]) -> str:
    return "mtop get config -A" if tuple(kinds) == (LLM_CONFIG,) else "mtop list -A"


def _kind_word(obj: dict[str, Any]) -> str:
    kind = kind_by_word(text(obj, "kind"))
    return kind.short[0] if kind else text(obj, "kind")
