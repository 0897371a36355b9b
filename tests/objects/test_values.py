"""Ages, times, quantities, selectors, texts, names and careful steps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtop_core.errors import UsageError
from mtop_core.objects.access import (
    ShapeError,
    describe,
    dig,
    items,
    mapping,
    number,
    sequence,
    spelled,
    strings,
    text,
    texts,
)
from mtop_core.objects.kinds import KINDS, kind_by_word, kind_of
from mtop_core.objects.quantity import parse_quantity, whole
from mtop_core.objects.refs import Ref, full_name, ref_of
from mtop_core.objects.selectors import object_selector, parse_selector
from mtop_core.objects.text import cells, plain, safe, shorten
from mtop_core.objects.times import parse_time, rfc3339, seconds_between, short_age

S, M, H, D, Y = 1, 60, 3600, 86400, 365 * 86400

AGES: list[tuple[float | None, str]] = [
    (None, "<unknown>"), (-3600, "<invalid>"), (-2, "<invalid>"), (-1.9, "0s"), (-1, "0s"), (-0.5, "0s"), (0, "0s"),
    (0.999, "0s"), (1, "1s"), (59, "59s"), (60, "60s"), (119, "119s"), (119.99, "119s"),
    (120, "2m"), (121, "2m1s"), (179, "2m59s"), (180, "3m"), (599, "9m59s"), (600, "10m"), (601, "10m"), (659, "10m"),
    (660, "11m"), (179 * M, "179m"), (180 * M - 1, "179m"), (180 * M, "3h"), (181 * M, "3h1m"), (4 * H - 1, "3h59m"),
    (4 * H, "4h"), (7 * H + 59 * M + 59, "7h59m"), (8 * H, "8h"), (8 * H + 59 * M, "8h"), (9 * H, "9h"),
    (47 * H + 59 * M, "47h"), (48 * H - 1, "47h"), (48 * H, "2d"), (48 * H + 59 * M, "2d"), (49 * H, "2d1h"),
    (3 * D - 1, "2d23h"), (3 * D, "3d"), (7 * D + 23 * H, "7d23h"), (8 * D - 1, "7d23h"), (8 * D, "8d"),
    (8 * D + 5 * H, "8d"), (364 * D, "364d"), (Y, "365d"), (2 * Y - 1, "729d"), (2 * Y, "2y"), (2 * Y + D - 1, "2y"),
    (2 * Y + D, "2y1d"), (3 * Y - 1, "2y364d"), (3 * Y, "3y"), (8 * Y - 1, "7y364d"), (8 * Y, "8y"),
    (8 * Y + 100 * D, "8y"), (100 * Y, "100y"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "shown"), AGES)
def test_an_age_as_kubectl_shows_it(seconds: float | None, shown: str) -> None:
    assert short_age(seconds) == shown


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-10-12T09:30:00Z", "2026-10-12T09:30:00Z"),
        ("2026-10-12T09:30:00.123456789Z", "2026-10-12T09:30:00Z"),
        ("2026-10-12T11:30:00+02:00", "2026-10-12T09:30:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00+14:00", None), ("9999-12-31T23:59:59-14:00", None), ("2026-10-12T09:30:00", None),
        ("2026-10-12", None), ("2026-13-01T00:00:00Z", None), ("now", None), ("", None), (None, None), (5, None),
        (["2026-10-12T09:30:00Z"], None), ("\x1b", None), ("9" * 9999, None),
    ],
)  # fmt: skip
def test_times(value: object, moment: str | None) -> None:
    found = parse_time(value)
    assert (rfc3339(found) if found else None) == moment
    assert found is None or found.utcoffset() == timedelta(0)


def test_seconds_between() -> None:
    end = datetime(2026, 1, 1, tzinfo=UTC)
    assert seconds_between(None, end) is None
    assert seconds_between(end - timedelta(minutes=2), end) == 120


QUANTITIES: list[tuple[object, Fraction | None]] = [
    ("1", Fraction(1)), ("500m", Fraction(1, 2)), ("1.5", Fraction(3, 2)), (".5", Fraction(1, 2)), ("5.", Fraction(5)),
    ("+1", Fraction(1)), ("-1", Fraction(-1)), ("1k", Fraction(1000)), ("1M", Fraction(10**6)), ("1G", Fraction(10**9)),
    ("1T", Fraction(10**12)), ("1P", Fraction(10**15)), ("1E", Fraction(10**18)), ("1Ki", Fraction(1024)),
    ("1Mi", Fraction(2**20)), ("1.5Gi", Fraction(3 * 2**29)), ("1Ti", Fraction(2**40)), ("1Pi", Fraction(2**50)),
    ("1Ei", Fraction(2**60)), ("1n", Fraction(1, 10**9)), ("1u", Fraction(1, 10**6)), ("1e3", Fraction(1000)),
    ("1E3", Fraction(1000)), ("1e-3", Fraction(1, 1000)), ("1e+3", Fraction(1000)), (2, Fraction(2)),
    (0.5, Fraction(1, 2)), (1e22, Fraction(10**22)), ("0", Fraction(0)),
    ("", None), (" 1", None), ("1 ", None), ("1K", None), ("1g", None), ("1ki", None), ("1KI", None), ("1e3Ki", None),
    ("1e", None), ("e3", None), ("1e9999", None), ("abc", None), ("1.2.3", None), (".", None),
    ("--1", None), ("٣", None), ("1_000", None), ("0x10", None), ("9" * 65, None), (True, None), (None, None),
    ([], None), (float("inf"), None), (float("nan"), None), ("1\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "amount"), QUANTITIES)
def test_quantities(value: object, amount: Fraction | None) -> None:
    assert parse_quantity(value) == amount


SUFFIXES = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)} | {
    suffix: Fraction(1000) ** power for power, suffix in enumerate("kMGTPE", 1)
} | {f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", 1)}  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
       st.sampled_from(sorted(SUFFIXES)))  # fmt: skip
def test_quantities_are_exact(amount: Any, suffix: str) -> None:
    assert parse_quantity(f"{amount:f}{suffix}") == Fraction(amount) * SUFFIXES[suffix]


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.text())))
def test_no_value_breaks_a_quantity(value: object) -> None:
    amount = parse_quantity(value)
    assert whole(value) >= (amount or 0)
    assert whole(value) - (amount or 0) < 1


@pytest.mark.parametrize(
    ("value", "amount"),
    [("8", 8), ("1500m", 2), ("0", 0), ("0.1", 1), (4, 4), ("x", 0), (None, 0), ("1k", 1000), ("٣", 0), ("-1", -1)],
)
def test_whole_amounts(value: object, amount: int) -> None:
    assert whole(value) == amount


LABELS = {"app": "llama", "tier": "gpu", "empty": "", "example.com/team": "a.b-c_d"}
SELECTORS = [
    ("", True), ("  ", True), ("app=llama", True), ("app==llama", True), ("app = llama", True), (" app=llama ", True),
    ("app=other", False), ("app!=other", True), ("app!=llama", False), ("absent!=x", True), ("absent=x", False),
    ("app", True), ("absent", False), ("!app", False), ("!absent", True), ("! absent", True), ("empty=", True),
    ("empty", True), ("absent=", False), ("app=", False), ("empty!=", False), ("absent!=", True),
    ("app in (llama,other)", True), ("app in (other)", False), ("app in(llama)", True),
    ("app in ( other , llama )", True),
    ("absent in (x)", False), ("app notin (other)", True), ("app notin (llama)", False), ("absent notin (x)", True),
    ("app notin(llama,x)", False), ("empty in ()", True), ("app in ()", False), ("empty in (x,)", True),
    ("app=llama,tier=gpu", True), ("app=llama,tier=cpu", False), ("app in (a,llama),tier", True),
    ("tier,app in (a,llama),!absent", True), ("app=llama,app!=llama", False), ("example.com/team=a.b-c_d", True),
    ("app,tier notin (cpu),empty=", True), ("in=x", False), ("notin", False),
]  # fmt: skip


@pytest.mark.parametrize(("words", "matches"), SELECTORS)
def test_label_selectors_as_kubectl_reads_them(words: str, matches: bool) -> None:
    assert parse_selector(words)(LABELS) is matches


HINT = "write key=value, key!=value, key in (a,b), key notin (a,b), key or !key, joined by commas"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (",", ""), ("a=b,", ""), (",a=b", ""), ("a,,b", ""), ("a=b=c", "a=b=c"), ("=b", "=b"), ("a b", "a b"),
        ("a in x", "a in x"), ("a in (x", "a in (x"), ("a in x)", "a in x)"), ("a within (x)", "a within (x)"),
        ("-a=b", "-a=b"), ("a-=b", "a-=b"), ("a=-b", "a=-b"), ("a/=b", "a/=b"), ("/a=b", "/a=b"), ("a//b=c", "a//b=c"),
        ("a/b/c=d", "a/b/c=d"), ("a=b c", "a=b c"), ("!", "!"), ("!!a", "!!a"), ("!a=b", "!a=b"), ("a=é", "a=é"),
        ("a\x1b[2J", "a\\x1b[2J"), ("a,b c", "b c"),
    ],
)  # fmt: skip
def test_malformed_label_selectors(words: str, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_selector(words)
    assert caught.value.message == f'label selector "{plain(words)}": cannot read "{part}"'
    assert caught.value.hint == HINT


@settings(max_examples=200, deadline=None)
@given(st.text("ab=!,() in/.-", max_size=30))
def test_no_selector_crashes(words: str) -> None:
    try:
        selector = parse_selector(words)
    except UsageError:
        return
    assert selector(LABELS) in (True, False)


@pytest.mark.parametrize(
    ("holder", "matches"),
    [
        ({}, True), ({"app": "llama"}, True), ({"app": "x"}, False), ({"matchLabels": {"app": "llama"}}, True),
        ({"matchLabels": {}}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["llama"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["llama"]}]}, False),
        ({"matchExpressions": [{"key": "absent", "operator": "NotIn", "values": ["x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"app": "llama"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}, False),
    ],
)  # fmt: skip
def test_selectors_of_objects(holder: dict[str, Any], matches: bool) -> None:
    assert object_selector(holder)(LABELS) is matches


TEXTS = [
    ("plain", "plain", "plain"), ("a\nb\tc", "a\nb\tc", "a b c"), ("  a   b ", "  a   b ", "a b"),
    ("\x1b[2J", "\\x1b[2J", "\\x1b[2J"), ("a\rb", "a\\x0db", "a b"), ("\x00\x07\x7f", *["\\x00\\x07\\x7f"] * 2),
    ("\x9b2J\x85x", "\\x9b2J\\x85x", "\\x9b2J x"), ("a\u202eb\u2066c", *["a\\u202eb\\u2066c"] * 2),
    ("a\u200bb\u200fc\u061cd", *["a\\u200bb\\u200fc\\u061cd"] * 2), ("\ufeffa\ud800", *["\\ufeffa\\ud800"] * 2),
    ("a\u2028b\u2029c", "a\\u2028b\\u2029c", "a b c"), ("模型 é 😀", *["模型 é 😀"] * 2),
    ("a\u3000b", "a\u3000b", "a b"),
    ("", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "as_safe", "as_plain"), TEXTS)
def test_untrusted_text(value: str, as_safe: str, as_plain: str) -> None:
    assert (safe(value), plain(value)) == (as_safe, as_plain)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters()))
def test_text_made_plain_stays_so(value: str) -> None:
    found = plain(value)
    assert plain(found) == found == safe(found)
    assert len(found.splitlines()) <= 1


@pytest.mark.parametrize(
    ("value", "limit", "shown"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("", 0, ""), ("ab", 1, "…")]
)
def test_shortened_text(value: str, limit: int, shown: str) -> None:
    assert shorten(value, limit) == shown


@pytest.mark.parametrize(
    ("value", "width"),
    [
        ("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("模型", 4), ("ﾓ", 1), ("Ａ", 2), ("😀", 2), ("한글", 4),
        ("…", 1),
        ("\u200b", 0), ("a\u0300\u0301b", 2), ("₂", 1), ("\u20dd", 0), ("❤\ufe0f", 1),
    ],
)  # fmt: skip
def test_terminal_cells(value: str, width: int) -> None:
    assert cells(value) == width


def test_names() -> None:
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "a", "name": "b\x1b"}}
    assert ref_of(obj) == Ref("Deployment", "a", "b\x1b")
    assert str(ref_of(obj)) == "Deployment a/b\\x1b"
    assert str(Ref("Node", "", "n")) == "Node n"
    assert full_name(obj) == "deployment.apps/b\\x1b"
    assert full_name({"apiVersion": "x/v1", "kind": "Odd", "metadata": {"name": "a"}}) == "odd/a"
    assert full_name({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}) == "pod/a"
    for wrong in ({"kind": 5}, {"kind": "Pod", "metadata": []}, {"kind": "Pod", "metadata": {"name": {}}}):
        with pytest.raises(ShapeError):
            ref_of(wrong)


def test_every_kind_is_known_by_its_words() -> None:
    for kind in KINDS:
        for word in (kind.name, kind.plural.upper(), kind.resource, kind.prefix):
            found = kind_by_word(word)
            assert found is not None
            assert found.name == kind.name
        for version in kind.versions:
            api_version = f"{kind.group}/{version}" if kind.group else version
            assert kind_of({"apiVersion": api_version, "kind": kind.name}) is kind
    assert kind_of({"apiVersion": 5, "kind": "Pod"}) is None
    assert kind_of({"apiVersion": "v2/v1", "kind": "Pod"}) is None
    assert kind_by_word("pod/x") is None


HOLDER: dict[str, Any] = {"a": {"n": 5, "t": "x", "l": [{"b": 1}, {}], "s": ["x", "y"], "m": {"k": "v"}, "z": None}}
GOOD = [
    (dig, ("a", "n"), 5), (dig, ("a", "absent", "b"), None), (dig, ("a", "z", "b"), None), (dig, (), HOLDER),
    (text, ("a", "t"), "x"), (text, ("a", "absent"), ""), (text, ("a", "z"), ""), (text, ("b", "c", "d"), ""),
    (number, ("a", "n"), 5), (number, ("a", "absent"), 0), (mapping, ("a", "m"), {"k": "v"}), (mapping, ("x",), {}),
    (strings, ("a", "m"), {"k": "v"}), (sequence, ("a", "s"), ["x", "y"]), (sequence, ("a", "z"), ()),
    (texts, ("a", "s"), ("x", "y")), (texts, ("a", "absent"), ()),
]  # fmt: skip


@pytest.mark.parametrize(("read", "path", "found"), GOOD)
def test_careful_steps(read: Any, path: tuple[str, ...], found: object) -> None:
    assert read(HOLDER, *path) == found


BAD = [
    (dig, ("a", "n", "x"), 'a.n: expected a mapping, got the number 5'),
    (text, ("a", "n"), "a.n: expected a string, got the number 5"),
    (text, ("a", "t", "x"), 'a.t: expected a mapping, got the string "x"'),
    (number, ("a", "t"), 'a.t: expected an integer, got the string "x"'),
    (mapping, ("a", "l"), "a.l: expected a mapping, got a list"),
    (strings, ("a",), "a.n: expected a string, got the number 5"),
    (sequence, ("a", "m"), "a.m: expected a list, got a mapping"),
    (texts, ("a", "l"), "a.l[0]: expected a string, got a mapping"),
    (lambda obj, *path: list(items(obj, *path)), ("a", "s"), 'a.s[0]: expected a mapping, got the string "x"'),
]


@pytest.mark.parametrize(("read", "path", "message"), BAD)
def test_careless_data(read: Any, path: tuple[str, ...], message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        read(HOLDER, *path)
    assert caught.value.message == message
    assert caught.value.holder is HOLDER


@pytest.mark.parametrize("value", [True, False, 1.5, 1.0])
def test_what_is_no_integer(value: object) -> None:
    with pytest.raises(ShapeError):
        number({"a": value}, "a")


def test_an_error_leads_back_to_the_root() -> None:
    entry = HOLDER["a"]["l"][0]
    with pytest.raises(ShapeError) as caught:
        text(entry, "b")
    assert caught.value.message == "b: expected a string, got the number 1"
    found = caught.value.within(HOLDER)
    assert found is not None
    assert (found.path, found.holder is HOLDER) == (("a", "l", 0, "b"), True)
    assert found.message == "a.l[0].b: expected a string, got the number 1"
    assert caught.value.within({"a": {"l": [{"b": 1}]}}) is None, "an equal object is not the same one"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""), (("a",), "a"), (("a", "b", 0, "c-d_e"), "a.b[0].c-d_e"), ((0, "a"), "[0].a"),
        (("metadata", "labels", "a.b/c"), 'metadata.labels["a.b/c"]'), (("", "a"), '[""].a'), (("\x1b",), '["\\x1b"]'),
    ],
)  # fmt: skip
def test_paths_in_words(path: tuple[str | int, ...], written: str) -> None:
    assert spelled(path) == written


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"), (True, "true"), (False, "false"), (5, "the number 5"), (1.5, "the number 1.5"),
        (10**60, f"the number {'1' + '0' * 38}…"), ("a\x1b\nb", 'the string "a\\x1b b"'), ({}, "a mapping"),
        ([], "a list"), ("x" * 99, f'the string "{"x" * 39}…"'),
    ],
)  # fmt: skip
def test_values_in_words(value: object, words: str) -> None:
    assert describe(value) == words
    assert json.dumps(words)
