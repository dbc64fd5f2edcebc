"""Calls to the outside reach what is public or listed, and nothing else; answers have limits."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tessera.engine.outside import AnswerTooLarge, CallFailed, CallRefused, Outgoing, parse_target, send
from tessera.engine.outside.addresses import permitted
from tessera.settings import BadSetting, Limits, Settings

from .outside_kit import Seen, canary, certificate, give, reply, site

CLOSED = Settings()

NUMBERS = (
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1",
    "0x7f.1", "017700000001", "0177.0.0.1", "0177.1", "0", "0.0.0.0", "0x0", "00000000177.1", "127.0.0.01",
    "127.000.000.001", "1.0.0.127.in-addr.arpa.127.0.0.1", "127.0.0.1.", "127.0.0.0x1", "256.256.256.256",
    "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "100.127.255.254", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "203.0.113.9",
)  # fmt: skip
SIXES = (
    "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:7f00:0001::1", "2001:0:7f00:1::", "fe80::1",
    "fc00::1", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:0:127.0.0.1", "2606:4700::5efe:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0000:0000:0000:0000:0000:0000:0000:0001",
)  # fmt: skip
FORMS = (
    "http://localhost:{p}/", "http://LOCALHOST:{p}/", "http://localhost.:{p}/", "http://[::1]:{p}@localhost:{p}/",
    "http://example.org@127.0.0.1:{p}/", "http://127.0.0.1:{p}@127.0.0.1:{p}/", "http://example.org:80@localhost:{p}/",
    "http://127.0.0.1:{p}#@example.org/", "http://example.org#@127.0.0.1:{p}/", "http:\\\\127.0.0.1:{p}\\",
    "http://example.org\\@127.0.0.1:{p}/", "http:/127.0.0.1:{p}/", "http:127.0.0.1:{p}/", "//127.0.0.1:{p}/",
    "http:///127.0.0.1:{p}/", "http://%31%32%37.0.0.1:{p}/", "http://127%2e0%2e0%2e1:{p}/", "http://①②⑦.⓪.⓪.①:{p}/",
    "http://１２７.0.0.1:{p}/", "http://127。0。0。1:{p}/", "http://ⓛocalhost:{p}/", "http://loc\u00adalhost:{p}/",
    "http://127.0.0.1\t:{p}/", "http://127.0.0.1:{p} /", " http://127.0.0.1:{p}/", "http://127.0.0.1\r\n:{p}/",
    "http://example.org:{p}\r\nHost: localhost\r\n/", "http://example.org/\r\nX: y", "http://[::1%25lo]:{p}/",
    "http://[::1%lo]:{p}/", "http://[127.0.0.1]:{p}/", "http://::1:{p}/", "http://[::1]{p}/", "http://127.0.0.1:0{p}/",
    "http://127.0.0.1:+{p}/", "http://127.0.0.1:{p}.0/", "file:///etc/passwd", "gopher://127.0.0.1:{p}/_x",
    "ftp://127.0.0.1:{p}/", "unix:///tmp/socket", "http+unix://%2ftmp%2fsocket/", "dict://127.0.0.1:{p}/",
    "ldap://127.0.0.1:{p}/", "jar:http://127.0.0.1:{p}!/", "data:text/plain,x", "javascript:alert(1)",
    "HTTPS://127.0.0.1:{p}/", "http://internal.example:{p}/", "http://mapped.example:{p}/", "http://six.example:{p}/",
    "http://mixed.example:{p}/", "http://nat.example:{p}/", "http://nowhere.example:{p}/", "", "http://", "http://:{p}/",
)  # fmt: skip
NAMES = {
    "localhost": ["127.0.0.1", "::1"], "internal.example": ["10.1.2.3"], "mapped.example": ["::ffff:127.0.0.1"],
    "six.example": ["::1"], "mixed.example": ["8.8.8.8", "127.0.0.1"], "nat.example": ["64:ff9b::7f00:1"],
    "nowhere.example": [], "1.0.0.127.in-addr.arpa.127.0.0.1": ["127.0.0.1"],
}  # fmt: skip


def names(host: str, _port: int) -> list[str]:
    """What names mean in these tests; nothing is asked of the network."""
    return NAMES.get(host, ["127.0.0.1"])


def every_form(port: int) -> list[str]:
    """Ways to write an address that leads inside."""
    return [
        *(f"http://{each}:{port}/" for each in NUMBERS),
        *(f"http://[{each}]:{port}/" for each in SIXES),
        *(each.replace("{p}", str(port)) for each in FORMS),
    ]


def test_no_form_of_an_inner_address_is_ever_connected_to() -> None:
    with canary() as bird:
        forms = every_form(bird.port)
        assert len(forms) >= 80
        for url in forms:
            with pytest.raises(CallRefused):
                send(CLOSED, Outgoing("GET", url), resolver=names)
        assert bird.hits == 0


def test_no_redirect_leads_inside() -> None:
    with canary() as bird:
        for url in every_form(bird.port):
            if not url.isascii() or "\r" in url or "\n" in url or not url.strip().startswith(("http", "//", "file")):
                continue
            with site(reply(302, Location=url)) as outer:
                settings = Settings(outside_allow=outer.allow)
                try:
                    answer = send(settings, Outgoing("GET", outer.url), resolver=names)
                    assert answer.url.startswith(outer.url), url
                except (CallRefused, CallFailed):
                    continue
        assert bird.hits == 0


def test_the_canary_is_seen_when_it_is_listed() -> None:
    with canary() as bird:
        with pytest.raises(CallFailed):
            send(Settings(outside_allow="127.0.0.1"), Outgoing("GET", f"http://127.0.0.1:{bird.port}/"))
        assert bird.hits == 1


def test_a_name_is_resolved_once_and_the_checked_address_is_reached() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with site() as inner:
        settings = Settings(outside_allow=inner.allow)
        answer = send(settings, Outgoing("GET", f"http://shop.example:{inner.port}/a?b=1"), resolver=rebinding)
    assert (answer.status, asked) == (200, ["shop.example"])
    assert inner.seen[0].headers["host"] == f"shop.example:{inner.port}"
    assert inner.seen[0].path == "/a?b=1"


def test_the_server_does_not_call_itself_with_a_name_that_it_has() -> None:
    with site() as inner:
        own = Settings(outside_allow=inner.allow, base_url=f"http://own.example:{inner.port}")
        outgoing = Outgoing("GET", f"http://own.example:{inner.port}/api/v1/auth/me")
        with pytest.raises(CallRefused, match="this server itself"):
            send(own, outgoing, resolver=names)
        assert send(replace(own, outside_allow=f"own.example,{inner.allow}"), outgoing, resolver=names).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "a\r\nX-B: c"), ("X-A", "a\nb"), ("X A", "b"), ("X-A\r\nX-B", "c"), ("Host", "inner"), ("X-A", "\x00"),
     ("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("X-A", "é")],
)  # fmt: skip
def test_a_header_cannot_bring_another_one(name: str, value: str) -> None:
    with pytest.raises(CallRefused):
        Outgoing("GET", "http://example.org/", {name: value})


def test_a_method_is_one_of_the_known_ones() -> None:
    with pytest.raises(CallRefused):
        Outgoing("GET /x HTTP/1.1\r\nX: y\r\n\r\nGET", "http://example.org/")


def test_method_headers_body_and_key_go_out_as_they_are() -> None:
    with site() as there:
        call = Outgoing("PUT", f"{there.url}/x/名?q=é", {"Content-Type": "text/plain", "X-One": "1"}, b"body", "k-1")
        assert send(Settings(outside_allow=there.allow), call).text() == '{"ok": true}'
    seen = there.seen[0]
    assert (seen.method, seen.path, seen.body) == ("PUT", "/x/%E5%90%8D?q=%C3%A9", b"body")
    assert seen.headers["idempotency-key"] == "k-1" and seen.headers["x-one"] == "1"


def test_secrets_do_not_follow_a_redirect_to_another_host() -> None:
    with site() as second:
        with site(reply(302, Location=f"{second.url}/next")) as first:
            settings = Settings(outside_allow=f"{first.allow},{second.allow}")
            call = Outgoing("GET", first.url, {"Authorization": "Bearer x", "X-Key": "y", "Accept": "text/plain"})
            assert send(settings, call).url == f"{second.url}/next"
    sent = second.seen[0].headers
    assert "authorization" not in sent and "x-key" not in sent and sent["accept"] == "text/plain"


def test_a_body_does_not_follow_a_redirect_to_another_host() -> None:
    with site() as second, site(reply(307, Location=second.url)) as first:
        settings = Settings(outside_allow=f"{first.allow},{second.allow}")
        with pytest.raises(CallRefused):
            send(settings, Outgoing("POST", first.url, body=b"secret"))
        assert second.seen == []


def test_a_post_that_is_sent_elsewhere_on_the_same_host_becomes_a_get_or_stays() -> None:
    def answer(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        here = {"/a": (303, "/c"), "/b": (308, "/c")}.get(seen.path)
        give(handler, here[0], Location=here[1]) if here else give(handler, 200)

    with site(answer) as there:
        settings = Settings(outside_allow=there.allow)
        for path in ("/a", "/b"):
            send(settings, Outgoing("POST", there.url + path, {"X-One": "1"}, b"b"))
    assert [(each.method, each.body) for each in there.seen if each.path == "/c"] == [("GET", b""), ("POST", b"b")]


def test_redirects_end() -> None:
    with site(reply(302, Location="/again")) as there:
        with pytest.raises(CallFailed, match="redirects more than 3 times"):
            send(Settings(outside_allow=there.allow), Outgoing("GET", there.url))
        assert len(there.seen) == 4


def _endless(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def _endless_chunks(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")


def _many_headers(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.send_response(200)
    for number in range(60):
        handler.send_header(f"X-{number}", "y" * 20_000)
    handler.end_headers()


@pytest.mark.parametrize(
    "answer",
    [
        _endless,
        _endless_chunks,
        _many_headers,
        reply(200, b"x" * 1_000_001),
        reply(200, gzip.compress(b"\x00" * 30_000_000), Content_Encoding="gzip"),
        reply(200, zlib.compress(b"\x00" * 30_000_000), Content_Encoding="deflate"),
    ],
)
def test_an_answer_has_a_limit_before_and_after_it_is_unpacked(
    answer: Callable[[BaseHTTPRequestHandler, Seen], None],
) -> None:
    with site(answer) as there, pytest.raises(AnswerTooLarge) as caught:
        send(Settings(outside_allow=there.allow), Outgoing("GET", there.url))
    assert not caught.value.retry


def test_a_packed_answer_is_unpacked() -> None:
    with site(reply(200, gzip.compress("好".encode() * 1000), Content_Encoding="gzip")) as there:
        assert send(Settings(outside_allow=there.allow), Outgoing("GET", there.url)).text() == "好" * 1000


@pytest.mark.parametrize("body", [gzip.compress(b"abc" * 1000, mtime=0)[:-9], b"no gzip"], ids=["cut", "plain"])
def test_an_answer_that_is_cut_off_or_not_packed_fails(body: bytes) -> None:
    with site(reply(200, body, Content_Encoding="gzip")) as there, pytest.raises(CallFailed):
        send(Settings(outside_allow=there.allow), Outgoing("GET", there.url))


def _drip(handler: BaseHTTPRequestHandler, cut: list[str]) -> None:
    """A byte now and then, until the other side is gone."""
    try:
        for _ in range(600):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        cut.append("gone")


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 2"],
                         ids=["body", "head", "status"])  # fmt: skip
def test_a_slow_drip_is_cut_off_at_the_deadline(start: bytes) -> None:
    cut: list[str] = []

    def dripping(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        handler.wfile.write(start)
        _drip(handler, cut)

    with site(dripping) as there:
        settings = Settings(outside_allow=there.allow, limits=Limits(outside_s=1))
        with pytest.raises(CallFailed, match="longer than 1 seconds") as caught:
            send(settings, Outgoing("GET", there.url))
    assert caught.value.retry and cut == ["gone"]


def test_a_name_that_is_never_resolved_ends_at_the_deadline() -> None:
    import threading

    free = threading.Event()

    def hanging(_host: str, _port: int) -> list[str]:
        free.wait()
        return ["8.8.8.8"]

    with pytest.raises(CallFailed, match="could not be resolved"):
        send(Settings(limits=Limits(outside_s=1)), Outgoing("GET", "http://slow.example/"), resolver=hanging)
    free.set()


def test_a_closed_port_is_a_failure_that_may_be_repeated() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CallFailed, match="refused the connection") as caught:
        send(Settings(outside_allow="127.0.0.1"), Outgoing("GET", f"http://127.0.0.1:{port}/"))
    assert caught.value.retry


def test_https_needs_a_certificate_of_that_name(tmp_path: Path) -> None:
    tls, authority = certificate(tmp_path, "shop.example")
    with site(tls=tls) as there:
        known = Settings(outside_allow=there.allow, outside_ca_file=authority)
        right = Outgoing("GET", f"https://shop.example:{there.port}/")
        assert send(known, right, resolver=names).text() == '{"ok": true}'
        wrong = Outgoing("GET", f"https://other.example:{there.port}/")
        for settings, call in ((known, wrong), (replace(known, outside_ca_file=""), right)):
            with pytest.raises(CallFailed, match="certificate is not valid"):
                send(settings, call, resolver=names)
        assert len(there.seen) == 1


@pytest.mark.parametrize("text", ["a b", "10.0.0.0/33", "host:port", "host:99999", "[::1", "http://x"])
def test_a_bad_allow_list_is_told(text: str) -> None:
    if text == "[::1":
        assert permitted(text)
        return
    with pytest.raises(BadSetting):
        permitted(text)


def test_a_port_of_a_permitted_host_is_the_only_one() -> None:
    settings = Settings(outside_allow="127.0.0.1:1")
    with canary() as bird, pytest.raises(CallRefused):
        send(settings, Outgoing("GET", f"http://127.0.0.1:{bird.port}/"))
    assert bird.hits == 0


def test_a_target_is_read_in_one_way() -> None:
    assert parse_target("http://a.example").url == "http://a.example/"
    assert parse_target("https://a.example:443?x=1").url == "https://a.example/?x=1"
    assert parse_target("http://[2606:4700::1111]:8080/x").place == "[2606:4700::1111]:8080"
