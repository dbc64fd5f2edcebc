"""What the tests in the browser arrange with: a server with a small year of data, pages, and checks of a page."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

from patience import LONGEST_S, until

REPOSITORY = Path(__file__).resolve().parents[2]
WEBUI = REPOSITORY / "webui"
AXE = WEBUI / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = REPOSITORY / "var" / "screenshots"
PASSWORD = "correct-horse-7"
SIZES = {"desktop": (1440, 900), "tablet": (768, 1024), "phone": (390, 844)}
Theme = Literal["light", "dark"]
Language = Literal["zh-CN", "en"]

_PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
_MAPPINGS = {"groups": "demo_categories"}
_FILES = ("stores", "channels", "groups", "categories", "products", "members", "orders", "returns")
_RUN = """
import json, sys
from tessera.cli.main import run
for command in json.loads(sys.argv[1]):
    if code := run(command):
        sys.exit(code)
"""
_SERVE = "from tessera.settings import Settings; from tessera.web.serve import serve; "
_SERVE += "serve(Settings.from_environment(), server='waitress')"
_QUIET = (
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--disable-sync", "--metrics-recording-only", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
)  # fmt: skip


def chromium_path() -> str:
    """The system's Chromium, "" when there is none."""
    return next((each for each in _PLACES if Path(each).exists()), shutil.which("chromium") or "")


def chromium_arguments() -> list[str]:
    """How Chromium is started: quiet, and without its sandbox where root runs the tests."""
    return [*_QUIET, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]


@dataclass(frozen=True)
class Site:
    """A running server. url: where it is."""

    url: str

    def call(self, method: str, path: str, body: Any = None, *, user: str = "ada", **headers: str) -> Any:
        """One request of the API in a session of its own; gives the answer's JSON. Raises: AssertionError."""
        return self.session(user)(method, path, body, **headers)

    def session(self, user: str = "ada") -> Callable[..., Any]:
        """What `call` does, for many requests in one session."""
        cookie, csrf = self._sign_in(user)

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            sent = {"Cookie": cookie, "X-CSRF-Token": csrf, **{k.replace("_", "-"): v for k, v in headers.items()}}
            status, text, _ = self._send(method, path, body, sent)
            assert status < 400, f"{method} {path}: {status} {text}"
            return json.loads(text) if text else None

        return call

    def upload(self, name: str, content: bytes, *, user: str = "ada") -> Any:
        """Send a file of that name, which goes over the wire as it is; what is answered. Raises: AssertionError."""
        cookie, csrf = self._sign_in(user)
        edge = "a-line-that-stands-in-no-file"
        quoted = name.replace('"', "%22")
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{quoted}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        headers = {"Cookie": cookie, "X-CSRF-Token": csrf, "Content-Type": f"multipart/form-data; boundary={edge}"}
        request = urllib.request.Request(f"{self.url}/api/v1/files", body, headers)
        with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
            return json.loads(answer.read())

    def _sign_in(self, user: str) -> tuple[str, str]:
        status, text, cookie = self._send("POST", "/api/v1/auth/login", {"name": user, "password": PASSWORD}, {})
        assert status == 200, text
        return cookie.partition(";")[0], json.loads(text)["csrf_token"]

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str, str]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
                return answer.status, answer.read().decode(), answer.headers.get("Set-Cookie", "")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), ""


def small_year(shared: Path) -> Path:
    """A database with the packages retail, loyalty and demo and a small year, made by the first process that asks."""
    made, lock = shared / "browser-year.db", shared / "browser-year.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return until(lambda: made if made.exists() else None, "the small year that another process makes")
    folder = shared / "browser-year"
    folder.mkdir()
    _fill(folder, _environment(folder, 0))
    os.replace(folder / "browser.db", made)
    return made


@contextmanager
def demo_site(year: Path, folder: Path) -> Iterator[Site]:
    """A copy of the small year, served until the end of the block.

    There are two users: `ada`, an administrator, and `li`, a clerk of the store S01.
    """
    shutil.copyfile(year, folder / "browser.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("w")
    process = subprocess.Popen([sys.executable, "-c", _SERVE], env=_environment(folder, port), stdout=log, stderr=log)
    try:
        site = Site(f"http://127.0.0.1:{port}")
        until(lambda: _is_up(site, process, folder / "server.log"), "the server")
        body = {"name": "li", "password": PASSWORD, "display_name": "李店员", "roles": ["store_clerk"],
                "attributes": {"store": "S01"}}  # fmt: skip
        site.call("POST", "/api/v1/auth/users", body)
        yield site
    finally:
        process.kill()
        process.wait()
        log.close()


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / each) for each in ("platform", "plugins/demo_data")),
        "TESSERA_DATABASE_URL": f"sqlite:///{folder / 'browser.db'}", "TESSERA_DATA_DIR": str(folder),
        "TESSERA_PORT": str(port), "TESSERA_PASSWORD": PASSWORD, "TESSERA_LOG_LEVEL": "error",
        "TESSERA_LANGUAGE": "zh",
    }  # fmt: skip


def _fill(folder: Path, environment: dict[str, str]) -> None:
    files = folder / "files"
    make = [sys.executable, "-m", "tessera_demo_data", str(files), "--members", "150", "--orders", "420"]
    subprocess.run(make, env=environment, check=True, capture_output=True)
    commands = [
        ["init", "--admin", "ada"],
        ["apply", "--yes", "--brief", *(str(REPOSITORY / "metadata" / each) for each in ("retail", "loyalty", "demo"))],
        *(["import", "--once", "--brief", _MAPPINGS.get(each, f"demo_{each}"), str(files / f"{each}.csv")]
          for each in _FILES),
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _RUN, json.dumps(commands)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _is_up(site: Site, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        with urllib.request.urlopen(f"{site.url}/ready", timeout=20):
            return True
    except OSError:
        return False


@dataclass
class Window:
    """A page of a person, and everything that its console complained about."""

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Go to an address and wait until nothing is asked any more."""
        self.page.goto(self.site.url + path)
        return self.settle()

    def settle(self) -> Page:
        """Wait until nothing is asked and no placeholder is left."""
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator('[aria-busy="true"]:not([data-sample] *)')).to_have_count(0)
        return self.page

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console says when it is a complaint. Refused requests are no fault of the page."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def fail(self, error: Error) -> None:
        """Keep an error that nobody caught."""
        self.complaints.append(str(error))


@contextmanager
def window_of(
    browser: Browser, site: Site, *, user: str = "ada", theme: Theme = "light", language: Language = "zh-CN",
    size: str = "desktop",
) -> Iterator[Window]:  # fmt: skip
    """A browser window of its own, signed in unless user is "". Fails when its console complained."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce",
        has_touch=size == "phone", timezone_id="Asia/Shanghai",
    )  # fmt: skip
    context.set_default_timeout(LONGEST_S * 1000)
    try:
        window = _opened(context, site, user, theme, language)
        yield window
        assert window.complaints == []
    finally:
        context.close()


def _opened(context: BrowserContext, site: Site, user: str, theme: Theme, language: Language) -> Window:
    kept = {"tessera.theme": theme, "tessera.language": language}
    script = "for (const [name, value] of Object.entries(KEPT)) if (!localStorage[name]) localStorage[name] = value;"
    context.add_init_script(script.replace("KEPT", json.dumps(kept)))
    if user:
        answer = context.request.post(f"{site.url}/api/v1/auth/login", data={"name": user, "password": PASSWORD})
        assert answer.ok, answer.text()
    window = Window(site, context.new_page())
    window.page.on("console", window.note)
    window.page.on("pageerror", window.fail)
    return window


def axe_findings(page: Page) -> list[str]:
    """What axe finds that is serious or critical, with the first elements that are meant."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: "
        + "; ".join(f"{node['target']} {_short(node)}" for node in each["nodes"][:4])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def _short(node: dict[str, Any]) -> str:
    summary = re.sub(r"\s+", " ", str(node.get("failureSummary", "")))
    return f"{node['html'][:120]} [{summary[:160]}]"


def screenshot(page: Page, name: str) -> None:
    """Keep a picture of the page in var/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", caret="hide")
