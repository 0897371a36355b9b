"""YAML means here what it means to Kubernetes, and what is none is refused by its line."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtop_core.errors import DataError
from mtop_core.objects.access import Step
from mtop_core.providers.load import LoadedFile
from mtop_core.providers.reading import decode
from mtop_core.providers.yamltext import MAX_DEPTH, YamlError, documents, line_of, scalar


def values(text: str) -> list[Any]:
    return [value for value, _ in documents(text)]


def value(text: str) -> Any:
    [found] = values(text)
    return found


def harmless(message: str) -> bool:
    """Whether a message is one line that no terminal obeys."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in message)


def refusal(text: str) -> tuple[int, str]:
    with pytest.raises(YamlError) as caught:
        list(documents(text))
    return caught.value.line, caught.value.message


SCALARS: list[tuple[str, Any]] = [
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nUll", "nUll"), ("none", "none"),
    ("true", True), ("True", True), ("TRUE", True), ("tRue", "tRue"), ("false", False), ("False", False),
    ("yes", True), ("Yes", True), ("YES", True), ("no", False), ("No", False), ("NO", False),
    ("on", True), ("On", True), ("ON", True), ("off", False), ("Off", False), ("OFF", False),
    ("y", True), ("Y", True), ("n", False), ("N", False), ("yEs", "yEs"), ("yes.", "yes."), ("nope", "nope"),
    ("0", 0), ("-0", 0), ("+0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("123456789012345678901", 123456789012345678901),
    ("1_000", 1000), ("1_0_", 10), ("1__0", 10), ("_1", "_1"), ("0_", 0), ("0__", 0), ("-0_", 0), ("1_000.5", 1000.5),
    ("017", 15), ("-017", -15), ("0o17", 15), ("0O17", 15), ("0_17", 15), ("00", 0), ("08", 8), ("09.5", 9.5),
    ("0x1F", 31), ("0X1f", 31), ("-0x1F", -31), ("0x_1F", 31), ("0x", "0x"), ("0x_", "0x_"), ("0xG", "0xG"),
    ("0b101", 5), ("0B101", 5), ("-0b101", -5), ("0b", "0b"), ("0b2", "0b2"), ("0o", "0o"), ("0o_", "0o_"),
    ("0o8", "0o8"), ("0xffffffffffffffff", 2**64 - 1), ("0x1ffffffffffffffff", "0x1ffffffffffffffff"),
    ("1.5", 1.5), ("-1.5", -1.5), ("+1.5", 1.5), (".5", 0.5), ("-.5", -0.5), ("+.5", 0.5), ("1.", 1), ("1.0", 1),
    ("1e3", 1000), ("1E3", 1000), ("1.5e3", 1500), ("1e+3", 1000), ("1e-3", 0.001), ("1e", "1e"), ("e3", "e3"),
    ("1e20", 10**20), ("1e22", 1e22), ("1e999", "1e999"), ("-1e999", "-1e999"), ("12e4567", "12e4567"),
    (".5_0", ".5_0"), (".", "."), ("..", ".."), ("+", "+"), ("-x", "-x"), ("+-1", "+-1"), ("1.2.3", "1.2.3"),
    (".inf", ".inf"), ("-.inf", "-.inf"), (".nan", ".nan"), ("NaN", "NaN"), ("nan", "nan"), ("inf", "inf"),
    ("Infinity", "Infinity"), ("-Infinity", "-Infinity"),
    ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("2026-10-12", "2026-10-12"), ("2026-1-2", "2026-1-2"),
    ("2026-10-12T09:30:00Z", "2026-10-12T09:30:00Z"), ("2026-10-12 09:30:00", "2026-10-12 09:30:00"),
    ("500m", "500m"), ("1Gi", "1Gi"), ("1e3Gi", "1e3Gi"), ("10%", "10%"), ("0.5.1", "0.5.1"), ("v1", "v1"),
    ("²", "²"), ("٣", "٣"), ("1٣", "1٣"), ("=", "="), ("a b", "a b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), SCALARS)
def test_a_plain_scalar(text: str, meant: Any) -> None:
    found = value(f"a: {text}\n")["a"]
    assert (type(found), found) == (type(meant), meant)
    assert scalar(text) == meant


@pytest.mark.parametrize("text", [text for text, _ in SCALARS])
@pytest.mark.parametrize("form", ["'{}'", '"{}"', "!!str {}", "|-\n  {}", ">-\n  {}"])
def test_a_scalar_that_is_marked_as_text(text: str, form: str) -> None:
    assert value("a: " + form.format(text))["a"] == text


@pytest.mark.parametrize("digits", ["1" * 3999, "-" + "1" * 3998])
def test_a_long_integer_is_exact(digits: str) -> None:
    assert value(digits) == int(digits)


@pytest.mark.parametrize("text", ["1" * 5000, "0x" + "F" * 5000, "0" * 5000 + "8", "0b" + "1" * 5000, "9" * 400 + ".5"])
def test_a_number_too_long_to_be_one_is_text(text: str) -> None:
    assert value(text) in (text, 8)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("!!int 7", 7), ('!!int "7"', 7), ("!!int 0x10", 16), ("!!float 7", 7.0), ("!!float .5", 0.5),
        ("!!bool yes", True), ('!!bool "off"', False), ("!!null ~", None), ("!!null ''", None),
        ("!!binary aGk=", "aGk="), ("!!timestamp 2026-10-12", "2026-10-12"), ("!!str", ""),
        ("!!map {a: 1}", {"a": 1}), ("!!seq [1]", [1]), ("!<tag:yaml.org,2002:int> 7", 7),
    ],
)  # fmt: skip
def test_a_tag(text: str, meant: Any) -> None:
    found = value(text)
    assert (type(found), found) == (type(meant), meant)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a:\n b: !!int x", 2, '"x" does not fit its tag'),
        ("a:\n b: !!int ''", 2, '"" does not fit its tag'),
        ("!!bool 1", 1, '"1" does not fit its tag'),
        ("!!float x", 1, '"x" does not fit its tag'),
        ("!!null x", 1, '"x" does not fit its tag'),
        ("\n!mine x", 2, 'the tag "!mine", which no Kubernetes object has'),
        ("!!python/object/apply:os.system x", 1,
         'the tag "tag:yaml.org,2002:python/object/apply:os.system", which no Kubernetes object has'),
        ("!e!x y", 1, "found undefined tag handle (while parsing a node)"),
    ],
)  # fmt: skip
def test_a_tag_that_does_not_fit(text: str, line: int, message: str) -> None:
    assert refusal(text) == (line, message)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: &x 1\nb: *x", {"a": 1, "b": 1}),
        ("a: &x [1, 2]\nb: [*x, *x]", {"a": [1, 2], "b": [[1, 2], [1, 2]]}),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("&k name: a\nb: *k", {"name": "a", "b": "name"}),
        ("a: &x {p: 1, q: 1}\nb: {<<: *x, q: 2}", {"a": {"p": 1, "q": 1}, "b": {"p": 1, "q": 2}}),
        ("a: &x {p: 1}\nb: {p: 2, <<: *x}", {"a": {"p": 1}, "b": {"p": 2}}),
        ("a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}",
         {"a": {"p": 1}, "b": {"p": 2, "q": 2}, "c": {"p": 1, "q": 2}}),
        ("a: &x {p: 1}\nb: &y {p: 2}\nc: {<<: *x, <<: *y}", {"a": {"p": 1}, "b": {"p": 2}, "c": {"p": 1}}),
        ("a: {<<: {p: 1}}", {"a": {"p": 1}}),
        ("a: {'<<': 1}", {"a": {"<<": 1}}),
    ],
)
def test_anchors_aliases_and_merge_keys(text: str, meant: Any) -> None:
    assert value(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: |\n  one\n   two\n\n", {"a": "one\n two\n"}),
        ("a: |+\n  one\n\n", {"a": "one\n\n"}),
        ("a: >\n  one\n  two\n", {"a": "one two\n"}),
        ("a: |2\n   one\n", {"a": " one\n"}),
        ("# first\na: 1 # last\n# after\n", {"a": 1}),
        ("a: b#c", {"a": "b#c"}),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
        ("a: [1,\t2]\t\n", {"a": [1, 2]}),
        ("\ufeffa: 1", {"a": 1}),
        ("%YAML 1.1\n---\na: 1\n", {"a": 1}),
        ("1: a\nyes: b\n~: c\n2.5: d", {"1": "a", "yes": "b", "~": "c", "2.5": "d"}),
        ("? a\n: 1", {"a": 1}),
        ("a:\n- 1\n-\n- b: 2\n  c:\n", {"a": [1, None, {"b": 2, "c": None}]}),
        ('a: "\\u00e9\\x41\\n"', {"a": "éA\n"}),
    ],
)
def test_forms(text: str, meant: Any) -> None:
    assert value(text) == meant


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []), ("\n\n", []), ("# only a comment\n", []), ("---\n", [(None, 2)]),
        ("---\n---\n", [(None, 2), (None, 3)]),
        ("a: 1\n---\nb: 2\n...\n---\n\n# c\nd: 3\n", [({"a": 1}, 1), ({"b": 2}, 3), ({"d": 3}, 8)]),
        ("--- # one\na: 1\n---\n---\nb: 2", [({"a": 1}, 2), (None, 4), ({"b": 2}, 5)]),
    ],
)  # fmt: skip
def test_documents_and_their_lines(text: str, found: list[tuple[Any, int]]) -> None:
    assert list(documents(text)) == found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    data = mark + "kind: é 😀 中\n".encode(encoding)
    assert values(decode("x", data)) == [{"kind": "é 😀 中"}]


REFUSED = [
    ("a:\n\tb: 1\n", 2, "a tab where YAML wants spaces"),
    ("a: b\n\t\tc: d\n e: f", 2, "a tab where YAML wants spaces"),
    ("{", 1, "did not find expected node content (while parsing a flow node)"),
    ("a: 1\na: 2\n", 2, 'the key "a" stands twice in one mapping'),
    ("x:\n- y:\n    z: {k: 1,\n      k: 2}\n", 4, 'the key "k" stands twice in one mapping'),
    ("a: 1\n'a': 2\n", 2, 'the key "a" stands twice in one mapping'),
    ("a: 1\nb: 2\n\n---\na: 1\na: 2\n", 6, 'the key "a" stands twice in one mapping'),
    ('"\\e[2J": 1\n"\\e[2J": 2\n', 2, 'the key "\\x1b[2J" stands twice in one mapping'),
    ("a: 1\n[b]: 2\n", 2, "a key that is no text"),
    ("a: 1\n? {b: 1}\n: 2\n", 2, "a key that is no text"),
    ("a: &x 1\n*x : 2\n", 2, "a key that is no text"),
    ("a: 1\nb: *nobody\n", 2, 'the alias "*nobody" has no anchor before it'),
    ("a: &x [*x]\n", 1, 'the alias "*x" has no anchor before it'),
    ("a: &x 1\n---\nb: *x\n", 3, 'the alias "*x" has no anchor before it'),
    ("a:\n  <<: [1]\n", 2, '"<<" must merge mappings'),
    ("a:\n  <<: x\n", 2, '"<<" must merge mappings'),
    ("a: [1, 2\nb: 3\n", 2, None),
    ("a: 'open\n\n", 3, "found unexpected end of stream (while scanning a quoted scalar)"),
    ("a: 'open\r\r\r", 4, "found unexpected end of stream (while scanning a quoted scalar)"),
    ("a: \x85\x85 'open", 3, "found unexpected end of stream (while scanning a quoted scalar)"),
    ("a: \u2028\u2029 'open", 3, "found unexpected end of stream (while scanning a quoted scalar)"),
    ("a: b: c\n", 1, "mapping values are not allowed in this context"),
    ("a: @b\n", 1, "found character that cannot start any token (while scanning for the next token)"),
    ("a: 1\nb: \x01\n", 2, "a control character that YAML does not allow"),
    ("é" * 90 + ": |\n" + " ü\n" * 5 + "b: \x07" + "\n" * 90, 7, "a control character that YAML does not allow"),
    ("a: 1\nb: \ufffe", 2, "a control character that YAML does not allow"),
    ('a: "\\q"\n', 1, "found unknown escape character (while parsing a quoted scalar)"),
    ('a: "\\ud800"\n', 1, "found invalid Unicode character escape code (while parsing a quoted scalar)"),
    ("- " * (MAX_DEPTH + 2) + "x", 1, f"nested more than {MAX_DEPTH} levels deep"),
    ("[" * 100_000, 1, None),
    ("{a: " * 100_000, 1, f"nested more than {MAX_DEPTH} levels deep"),
    ("a:\n" + "".join(f"{'  ' * n}- b:\n" for n in range(MAX_DEPTH)), 52, f"nested more than {MAX_DEPTH} levels deep"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), REFUSED, ids=[text[:20] for text, *_ in REFUSED])
def test_what_is_refused_and_where(text: str, line: int, message: str | None) -> None:
    found_line, found = refusal(text)
    assert found_line == line
    assert found == message or message is None
    assert harmless(found)


def test_the_greatest_depth_allowed() -> None:
    deep: Any = value("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    for _ in range(MAX_DEPTH):
        [deep] = deep
    assert deep == []


BOMBS = {
    "chain": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)),
    "count": "a: &a [" + "x, " * 1000 + "]\nb: [" + "*a, " * 1000 + "]\n",
    "merge": "a: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\nb: [" + "{<<: *a}, " * 1000 + "]\n",
    "documents": "---\na: &a [" + "x, " * 1000 + "]\nb: [" + "*a, " * 60 + "]\n---\na: &a ["
    + "x, " * 1000 + "]\nb: [" + "*a, " * 60 + "]\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_an_alias_bomb(name: str) -> None:
    line = {"chain": 5, "documents": 6}.get(name, 2)
    assert refusal(BOMBS[name]) == (line, "aliases that unfold to more than 100,000 values")


def test_many_merges_of_one_mapping_are_no_work() -> None:
    keys = 3000
    text = "a: &a {}\nb: {" + "".join(f"k{n}: 1, " for n in range(keys)) + "<<: [" + "*a, " * 90_000 + "]}"
    assert len(value(text)["b"]) == keys


PLACES: list[tuple[str, int, tuple[Step, ...], int]] = [
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, (), 1),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b",), 2),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b", "c"), 3),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b", "c", 1), 5),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b", "c", 1, "e"), 6),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b", "c", 7, "e"), 3),
    ("a: 1\nb:\n  c:\n  - d: 1\n  - d: 2\n    e: 3\n", 0, ("b", "x", "y"), 2),
    ("a: 1\nb:\n  c: 2\n", 0, ("a", "x"), 1),
    ("a: 1\nb:\n  c: 2\n", 0, ("b", 0), 2),
    ("a: {b: 1,\n  c: [1,\n  2,\n  {d: 4}]}\n", 0, ("a", "c", 2, "d"), 4),
    ("# c\n\na: 1\n---\n\nb: 1\nc:\n- 1\n- 2\n---\nd: 1\n", 1, ("c", 1), 9),
    ("# c\n\na: 1\n---\n\nb: 1\nc:\n- 1\n- 2\n---\nd: 1\n", 2, ("d",), 11),
    ("# c\n\na: 1\n---\n\nb: 1\nc:\n- 1\n- 2\n---\nd: 1\n", 2, ("x",), 11),
    ("---\n---\na: 1\n", 1, ("a",), 3),
    ("a: |\n  x\n  y\nb: 1\n", 0, ("b",), 4),
    ("a: &x\n  b: 1\nc: *x\n", 0, ("c", "b"), 3),
    ("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", 0, ("c", "b"), 3),
    ("a: &x\n  b: 1\nc:\n  <<: *x\n  d: 1\n", 0, ("c", "d"), 5),
    ("? [b]\n: 1\nc: 2\n", 0, ("c",), 3),
    ("a: 1\r\nb: 2\r\n", 0, ("b",), 2),
]


@pytest.mark.parametrize(("text", "document", "path", "line"), PLACES)
def test_the_line_of_a_path(text: str, document: int, path: tuple[Step, ...], line: int) -> None:
    assert line_of(text, document, path) == line


@pytest.mark.parametrize("text", ['{"a": "\\ud83d\\ude00", "b": 1}', '{"a": "\x7f", "b": 1}', '{"a": 1, "'])
def test_no_line_in_what_is_no_yaml(text: str) -> None:
    with pytest.raises(YamlError):
        line_of(text, 0, ("b",))


def _same_to_both(text: str) -> bool:
    """PyYAML leaves some text unquoted that is a boolean or a number to Kubernetes."""
    return scalar(text) == text or yaml.dump(text, Dumper=yaml.CSafeDumper)[0] in "'\""


TEXTS = st.one_of(st.text(), st.sampled_from([text for text, _ in SCALARS])).filter(_same_to_both)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
@example({"a": -0.0, "b": [1e300, 5e-324, 2**80, -1], "<<": "x"})
def test_what_pyyaml_writes_comes_back(wanted: Any) -> None:
    assert value(yaml.dump(wanted, Dumper=yaml.CSafeDumper)) == wanted


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_json_and_yaml_of_the_same_data_agree(wanted: Any) -> None:
    holder = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": wanted}
    [read] = LoadedFile("a.json", json.dumps(holder)).objects
    assert read == holder
    [written] = LoadedFile("a.yaml", yaml.dump(holder, Dumper=yaml.CSafeDumper)).objects
    assert written == holder


YAML_LIKE = st.lists(
    st.sampled_from([
        "a", ": ", ":", "- ", "-", "\n", "  ", "\t", "\r", "\x85", "\u2028", "{", "}", "[", "]", ",", "&a ", "*a", "<<",
        "!", "!!int ", "!!str ", "|", ">", "'", '"', "#", "? ", "---\n", "...\n", "%YAML 1.1\n", "0", "0_", "1e3", "é",
        "\x00", "\x1b", "\\", "\\u", "\ufeff", "~", '"kind": ', '"apiVersion": ', '"metadata": ', '"name": ', "NaN",
    ]), max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.one_of(st.text(), YAML_LIKE))
@example("a: 'x\r\r")
@example("x: [a\x85\x85{")
def test_no_text_does_worse_than_a_clear_error(text: str) -> None:
    found, refused = [], None
    try:
        found = list(documents(text))
    except YamlError as error:
        refused = error
    assert refused is None or (harmless(refused.message) and 0 <= refused.line <= len(text) + 1)
    assert [line_of(text, number, ()) for number in range(len(found))] == [line for _, line in found]


@settings(max_examples=250, deadline=None)
@given(st.one_of(st.binary(), YAML_LIKE.map(str.encode), YAML_LIKE.map(lambda text: text.encode("utf-16"))),
       st.sampled_from(["a.json", "a.yaml", "standard input"]))  # fmt: skip
@example(b'{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\\ud800"}}', "a.json")
@example(b'{"a": "\\ud83d\\ude00"}', "a.json")
@example(b"\xff\xfe\x00", "a.yaml")
@example(b"[1e999999, -0_]", "a.yaml")
@example(b'{"kind": ' + b"9" * 5000 + b"}", "a.json")
def test_no_bytes_do_worse_than_a_clear_error(data: bytes, name: str) -> None:
    message = name
    try:
        LoadedFile(name, decode(name, data))
    except DataError as error:
        message = error.message
    assert harmless(message)
    assert message.startswith(name)
