"""How the user interface is served: its page at every address, its files for good, under a strict policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from api.api_kit import Api, problem_of
from tessera.web import pages

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user interface of one page and two files."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<script type="module" nonce="TESSERA_NONCE" src="/assets/a-1.js"></script>')
    (tmp_path / "assets" / "a-1.js").write_text("run()")
    (tmp_path / "assets" / "a-1.js.gz").write_bytes(gzip.compress(b"run()"))
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setattr(pages, "FOLDER", tmp_path)


@pytest.mark.parametrize("path", ["/", "/a/retail/e/item", "/sign-in", "/e/item/5.html"])
def test_a_browser_gets_the_page_at_every_address_of_its_own(stranger: Api, path: str) -> None:
    answer = stranger("GET", path, **BROWSER)
    assert answer.status_code == 200 and answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_each_page_has_a_nonce_of_its_own_and_nothing_inline_is_allowed(stranger: Api) -> None:
    found = set()
    for _ in range(2):
        answer = stranger("GET", "/", **BROWSER)
        policy = answer.headers["Content-Security-Policy"]
        nonce = re.search(r'nonce="([\w-]{24})"', answer.text)
        assert nonce is not None and policy.count(f"'nonce-{nonce[1]}'") == 2
        assert "unsafe" not in policy and "default-src 'none'" in policy
        found.add(nonce[1])
    assert len(found) == 2


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v2/no"), ("POST", "/somewhere"), ("GET", "/api/x")])
def test_what_the_api_does_not_know_stays_a_problem(stranger: Api, method: str, path: str) -> None:
    problem_of(stranger(method, path, **BROWSER), 404, "no_such_path")


def test_a_program_that_asks_for_no_page_gets_a_problem(stranger: Api) -> None:
    problem_of(stranger("GET", "/somewhere", Accept="application/json"), 404, "no_such_path")


def test_files_are_kept_for_good_and_sent_packed(stranger: Api) -> None:
    plain = stranger("GET", "/assets/a-1.js")
    assert (plain.text, plain.content_type) == ("run()", "text/javascript; charset=utf-8")
    assert "immutable" in plain.headers["Cache-Control"]
    packed = stranger("GET", "/assets/a-1.js", Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == b"run()"
    assert stranger("GET", "/icon.svg").content_type == "image/svg+xml"


@pytest.mark.parametrize("name", ["b.js", "..%2findex.html", "a-1.js.gz", ".hidden.js", "%2e%2e", "index.html"])
def test_nothing_else_is_served(stranger: Api, name: str) -> None:
    assert stranger("GET", f"/assets/{name}").status_code == 404
