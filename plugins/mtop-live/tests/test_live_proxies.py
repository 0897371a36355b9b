"""Which proxy leads to a server, by the rules of Go's net/http."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mtop_live.kubeconfig import Endpoint
from mtop_live.logins import Identity, Plain
from mtop_live.proxies import proxy_for

from mtop_core.api import SourceError

PROXY = "http://proxy:3128"


def found(server: str, configured: str = "", **environment: str) -> str:
    login = Identity("dev", Plain(), {})
    return proxy_for(Endpoint(server, "dev", "default", login, proxy=configured), environment)


@pytest.mark.parametrize(
    ("server", "configured", "environment", "expected"),
    [
        ("https://one", "", {}, ""),
        ("https://one", "", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://one", "", {"https_proxy": PROXY}, PROXY),
        ("https://one", "", {"HTTPS_PROXY": PROXY, "https_proxy": "http://other"}, PROXY),
        ("https://one", "", {"HTTPS_PROXY": "", "https_proxy": PROXY}, PROXY),
        ("https://one", "", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY, "all_proxy": PROXY}, ""),
        ("http://one", "", {"HTTP_PROXY": PROXY}, PROXY),
        ("http://one", "", {"http_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ("https://localhost:6443", "", {"HTTPS_PROXY": PROXY}, ""),
        ("https://127.3.0.1:6443", "", {"HTTPS_PROXY": PROXY}, ""),
        ("https://[::1]:6443", "", {"HTTPS_PROXY": PROXY}, ""),
        ("https://[::ffff:127.0.0.1]", "", {"HTTPS_PROXY": PROXY}, ""),
        ("https://127.0.0.1", PROXY, {"NO_PROXY": "*"}, PROXY),
        ("https://one", PROXY, {"HTTPS_PROXY": "http://other"}, PROXY),
        ("https://one", "", {"HTTPS_PROXY": PROXY, "no_proxy": "one"}, ""),
        ("https://one", "", {"HTTPS_PROXY": PROXY, "NO_PROXY": "two", "no_proxy": "one"}, PROXY),
        # a proxy that is not used is not looked at
        ("https://one", "", {"HTTPS_PROXY": "socks5://x", "NO_PROXY": "one"}, ""),
    ],
)
def test_where_a_proxy_comes_from(server: str, configured: str, environment: dict[str, str], expected: str) -> None:
    assert found(server, configured, **environment) == expected


@pytest.mark.parametrize(
    ("exceptions", "host", "straight"),
    [
        ("", "a.example.com", False),
        ("*", "a.example.com", True),
        ("x, *", "a.example.com", True),
        ("example.com", "example.com", True),
        ("example.com", "a.example.com", True),
        ("EXAMPLE.com", "A.Example.COM", True),
        ("example.com", "notexample.com", False),
        (".example.com", "a.example.com", True),
        (".example.com", "example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "example.com", False),
        ("example.com:6443", "example.com:6443", True),
        ("example.com:6443", "example.com:443", False),
        ("example.com:443", "example.com", True),
        (".example.com:443", "a.example.com", True),
        (":443", "a.example.com", False),
        (" , ,example.com ", "example.com", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.10", False),
        ("10.0.0.1:6443", "10.0.0.1:6443", True),
        ("10.0.0.1:6443", "10.0.0.1", False),
        ("10.0.0.0/8", "10.9.9.9:6443", True),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/8", "ten.example.com", False),
        ("10.0.0.0/99", "10.0.0.1", False),
        ("fd00::/8", "[fd00::1]:6443", True),
        ("fd00::/8", "10.0.0.1", False),
        ("fd00::1", "[fd00::1]", True),
        ("[fd00::1]:6443", "[fd00::1]:6443", True),
        ("[fd00::1]:6443", "[fd00::1]", False),
        ("10.0.0.1", "[::ffff:10.0.0.1]", True),
        ("10.0.0.0/8", "[::ffff:10.0.0.1]", True),
        ("0.0.1", "10.0.0.1", True),
    ],
)
def test_exceptions(exceptions: str, host: str, straight: bool) -> None:
    assert found(f"https://{host}/path", HTTPS_PROXY=PROXY, NO_PROXY=exceptions) == ("" if straight else PROXY)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("proxy:3128", PROXY),
        ("HTTP://proxy:3128/", PROXY),
        ("proxy", "http://proxy"),
        ("http://jo:p%40w@proxy:3128", "http://jo:p%40w@proxy:3128"),
        ("[::1]:3128", "http://[::1]:3128"),
    ],
)
def test_proxies_in_full(url: str, expected: str) -> None:
    assert found("https://one", url) == expected
    assert found("https://one", HTTPS_PROXY=url) == expected


@pytest.mark.parametrize(
    ("url", "message", "hint"),
    [
        ("socks5://jo:s3cret@p", 'proxy-url: "socks5://p": mtop cannot use socks5 proxies', "name an http:// proxy"),
        ("https://p", 'proxy-url: "https://p": mtop cannot use https proxies', "name an http:// proxy"),
        ("http://", 'proxy-url: "http://" is no URL of a proxy', "write http://HOST:PORT"),
        ("http://p:0", 'proxy-url: "http://p:0" is no URL of a proxy', "write http://HOST:PORT"),
        ("http://p:70000", 'proxy-url: "http://p:70000" is no URL of a proxy', "write http://HOST:PORT"),
        ("http://p/path", 'proxy-url: "http://p/path" is no URL of a proxy', "write http://HOST:PORT"),
        ("http://jo:s3c/ret@p", 'proxy-url: "http://p" is no URL of a proxy', "write http://HOST:PORT"),
        ("p\r\nX: y", 'proxy-url: "p X: y" is no URL of a proxy', "write http://HOST:PORT"),
    ],
)
def test_proxies_that_are_none(url: str, message: str, hint: str) -> None:
    with pytest.raises(SourceError) as caught:
        found("https://one", url)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_the_variable_is_named() -> None:
    with pytest.raises(SourceError, match='https_proxy: "socks5://p": mtop cannot use socks5 proxies'):
        found("https://one", https_proxy="socks5://p")


@given(st.text(), st.text())
def test_hostile_variables_only_meet_our_errors(url: str, exceptions: str) -> None:
    try:
        answer = found("https://10.0.0.1", HTTPS_PROXY=url, NO_PROXY=exceptions)
    except SourceError as error:
        answer = error.message
    assert not set(map(chr, range(32))) & set(answer)
