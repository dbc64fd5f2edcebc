#!/usr/bin/env python3
"""One command for everything a developer does here. Needs nothing but Python 3.11 or newer.

python3 dev.py demo     a year of a chain store, summed up and served with its API documentation
python3 dev.py test     all tests, side by side; what follows is handed to pytest, --long adds those that take minutes
python3 dev.py install  the virtual environment .venv with the command `tessera`, and nothing more
python3 dev.py serve    the server on your own database (TESSERA_DATABASE_URL)
python3 dev.py build    the wheel, in dist/
python3 dev.py lint     ruff, mypy, eslint and tsc
python3 dev.py ui       the user interface while one writes it: served anew with each change, on port 5173
python3 dev.py bench    the benchmarks, written to docs/performance.md
python3 dev.py docs     the generated pages of docs/reference/
python3 dev.py lock     requirements.lock anew from pyproject.toml (needs a package index)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
UI = ROOT / "webui"
UI_LOCK = UI / "node.lock"
UI_BUILT = ROOT / "platform" / "tessera" / "web" / "ui"
NODE_LEAST = (22, 22)
STAMP = VENV / "installed.txt"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
PACKAGES = ("retail", "loyalty", "demo")
FILES = ("stores", "channels", "groups", "categories", "products", "members", "orders", "returns")
MAPPINGS = {"groups": "demo_categories"}
SUMMARIES = ("demo_tiers", "demo_points")
DEMO_ENDS = (
    """
The year is in var/demo.db. To look at it through the API:  python3 dev.py demo
To build something of your own:                             docs/tutorial.md""",
    """
这一年的数据在 var/demo.db 中。通过 API 查看：  python3 dev.py demo
自己动手做一个应用：                            docs/tutorial.md""",
)
DEMO_KEY = (
    "\nA key for the API, of an administrator (each run of the demo makes a new one):",
    "\n管理员的 API 密钥（每次运行演示都会换新）：",
)
DEMO_SERVES = (
    """
In the browser:     http://127.0.0.1:{port}/   (sign in as demo, password {password})
API documentation:  http://127.0.0.1:{port}/api/docs   (put the key in there, or follow the README)
Ctrl+C ends the server; the data stay in var/demo.db.""",
    """
浏览器打开：  http://127.0.0.1:{port}/   （用户名 demo，密码 {password}）
API 文档：  http://127.0.0.1:{port}/api/docs   （在页面中填入密钥，或按 README 操作）
按 Ctrl+C 结束服务；数据保留在 var/demo.db 中。""",
)
RUN_COMMANDS = """
import json, sys
from tessera.cli.main import run
for command in json.loads(sys.argv[1]):
    if code := run(command):
        sys.exit(code)
"""


def run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    """Run a command in the repository; end this program with its code when it fails."""
    full = {**os.environ, "PYTHONUTF8": "1", **(environment or {})}
    code = subprocess.run([str(part) for part in command], cwd=ROOT, env=full, check=False).returncode
    if code:
        raise SystemExit(code)


def wanted() -> str:
    """What must be installed, as one hash: the lock, our own distributions and the Python that runs them."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {ROOT}".encode())
    for path in (LOCK, ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def ensure_installed() -> None:
    """Make the virtual environment and install the locked versions, unless that is done already."""
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted():
        return
    uv = shutil.which("uv")
    if not PYTHON.exists():
        print("Making the virtual environment .venv …", flush=True)
        make = [uv, "venv", "--quiet", VENV] if uv else [sys.executable, "-m", "venv", VENV]
        run(*[str(part) for part in make])
    install = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    print("Installing what requirements.lock names …", flush=True)
    run(*install, "--quiet", "--require-hashes", "-r", LOCK)
    own = [part for path in own_distributions() for part in ("-e", str(path))]
    run(*install, "--quiet", "--no-deps", "--no-build-isolation", *own)
    STAMP.write_text(wanted(), "utf-8")


def node_programs() -> Path:
    """The folder of a node and an npm that are new enough: the machine's, or one inside the virtual environment."""
    own = PROGRAMS / ("node.exe" if os.name == "nt" else "node")
    for found in (shutil.which("node"), str(own) if own.exists() else None):
        if found and _node_version(found) >= NODE_LEAST and (shutil.which("npm", path=str(Path(found).parent))):
            return Path(found).parent
    print("Fetching Node.js for the user interface into .venv …", flush=True)
    uv = shutil.which("uv")
    install = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    run(*install, "--quiet", "--require-hashes", "-r", UI_LOCK)
    return PROGRAMS


def _node_version(node: str) -> tuple[int, ...]:
    """Its first two numbers; (0,) when it does not run."""
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return (0,)


def npm(*arguments: str) -> None:
    """Run npm in webui with a Node.js that is new enough."""
    programs = node_programs()
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    name = shutil.which("npm", path=str(programs)) or "npm"
    run(name, "--prefix", UI, *arguments, environment={"PATH": path})


def ensure_ui_packages() -> None:
    """Install what webui/package-lock.json names, unless that is done already."""
    stamp = UI / "node_modules" / ".installed"
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text("utf-8") != lock:
        print("Installing what webui/package-lock.json names …", flush=True)
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(lock, "utf-8")


def ensure_ui() -> None:
    """Build the user interface, unless that is done already for these sources."""
    digest = hashlib.sha256()
    for path in sorted(each for folder in ("src", "public") for each in (UI / folder).rglob("*") if each.is_file()):
        digest.update(path.relative_to(UI).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("index.html", "package-lock.json", "vite.config.ts"):
        digest.update((UI / name).read_bytes())
    stamp = UI_BUILT / "built.txt"
    if stamp.exists() and stamp.read_text("utf-8") == digest.hexdigest():
        return
    ensure_ui_packages()
    print("Building the user interface …", flush=True)
    npm("run", "--silent", "build", "--", "--logLevel", "warn")
    stamp.write_text(digest.hexdigest(), "utf-8")


def own_distributions() -> list[Path]:
    """The folders of this repository that are installed: the platform and every plugin."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def tessera(*commands: Sequence[str | Path], environment: dict[str, str] | None = None) -> None:
    """Run commands of the platform's own command line in one process, up to the first that fails."""
    given = json.dumps([[str(part) for part in command] for command in commands])
    run(PYTHON, "-c", RUN_COMMANDS, given, environment=environment)


def speaks_chinese() -> bool:
    """Whether the demo speaks Chinese: TESSERA_LANGUAGE says so, or else the machine's own language."""
    wanted = os.environ.get("TESSERA_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return wanted.startswith("zh")


def demo(arguments: Sequence[str]) -> None:
    """Apply the packages, load a year of a chain store, sum it up, and serve."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=demo.__doc__)
    parser.add_argument("--no-serve", action="store_true", help="end after the summary")
    parser.add_argument("--database", default="", help="URL of an empty database; default: var/demo.db")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--members", type=int, default=3_200, help="how many members the year has")
    parser.add_argument("--orders", type=int, default=40_600, help="how many orders the year has")
    options = parser.parse_args(arguments)
    chinese = speaks_chinese()
    folder = ROOT / "var" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "TESSERA_DATABASE_URL": options.database or f"sqlite:///{ROOT / 'var' / 'demo.db'}",
        "TESSERA_DATA_DIR": str(folder),
        "TESSERA_PORT": str(options.port),
        "TESSERA_LANGUAGE": "zh" if chinese else "en",
        "TESSERA_CONSOLE_SMS": "true",
    }
    load_year(folder, options.members, options.orders, environment)
    if options.no_serve:
        hints = DEMO_ENDS[chinese]
    else:
        secret = {"TESSERA_PASSWORD": demo_password(folder)}
        # Somebody joins and buys today, so that flows run, messages arrive and an approval waits; it is done only once.
        tessera(
            ("user", "change", "demo", "--password", "--role", "member_manager"),
            ("flows", "start", "demo_today_begins", "--input", '{"account": 1}'),
            environment=environment | secret,
        )
        print(DEMO_KEY[chinese], flush=True)
        tessera(("key", "add", "demo", "--label", "demo", "--replace"), environment=environment)
        hints = DEMO_SERVES[chinese].format(port=options.port, password=demo_password(folder))
    print(hints, flush=True)
    if not options.no_serve:
        tessera(("serve",), environment=environment)


def demo_password(folder: Path) -> str:
    """The password of the demo's administrator: made once, kept beside the demo's data."""
    path = folder / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"{secrets.token_hex(3)}-{secrets.token_hex(3)}-{secrets.token_hex(3)}", "utf-8")
    return path.read_text("utf-8")


def load_year(folder: Path, members: int, orders: int, environment: dict[str, str]) -> None:
    """Make the year's files, import them, and print the summary. Done before, it only prints the summary."""
    files = folder / "files"
    secret = {"TESSERA_PASSWORD": demo_password(folder)}
    begun = time.monotonic()
    sizes = ("--members", str(members), "--orders", str(orders))
    run(PYTHON, "-m", "tessera_demo_data", files, *sizes, environment=environment)
    mappings = {each: MAPPINGS.get(each, f"demo_{each}") for each in FILES}
    tessera(
        ("init", "--admin", "demo"),
        ("apply", "--yes", "--brief", *[ROOT / "metadata" / name for name in PACKAGES]),
        *[("import", "--once", "--brief", mapping, files / f"{each}.csv") for each, mapping in mappings.items()],
        ("batch", "classes"),
        *[("view", name, "--format", "table") for name in SUMMARIES],
        environment=environment | secret,
    )
    seconds = round(time.monotonic() - begun)
    print(f"\n用时 {seconds} 秒。" if speaks_chinese() else f"\nThat took {seconds} s.", flush=True)


def test(arguments: Sequence[str]) -> None:
    """Run all tests, a process for each processor; arguments go to pytest (`-n 0`: all in one process)."""
    run(PYTHON, "-m", "pytest", *side_by_side(arguments), *arguments)


def side_by_side(arguments: Sequence[str]) -> list[str]:
    """What has pytest spread the tests, unless the arguments say how or somebody wants to look into one."""
    own = ("-n", "--numprocesses", "--dist", "--pdb", "--trace")
    if any(each.startswith(own) or each == "-s" for each in arguments):
        return []
    known = getattr(os, "sched_getaffinity", None)
    processors = len(known(0)) if known else os.cpu_count() or 1
    return ["-n", str(max(processors, 2)), "--dist", "worksteal"]


def install(_arguments: Sequence[str]) -> None:
    """Say where the command is that was just installed."""
    activate = PROGRAMS / "activate"
    print(f"The command tessera is in {PROGRAMS}. To have it by its name: . {activate}")


def serve(arguments: Sequence[str]) -> None:
    """Serve the database that the settings name."""
    tessera(("serve", *arguments))


def build(arguments: Sequence[str]) -> None:
    """Make the wheel in dist/."""
    run(PYTHON, "-m", "hatchling", "build", "-t", "wheel", *arguments)


def lint(arguments: Sequence[str]) -> None:
    """Check style and types, of Python and of the user interface."""
    run(PYTHON, "-m", "ruff", "check", *arguments)
    run(PYTHON, "-m", "mypy", *arguments)
    if not arguments:
        ensure_ui_packages()
        npm("run", "--silent", "lint")
        npm("run", "--silent", "types")


def ui(arguments: Sequence[str]) -> None:
    """Serve the sources of the user interface; what it asks goes on to the server on TESSERA_PORT (8000)."""
    ensure_ui_packages()
    npm("run", "--silent", "dev", "--", *arguments)


def bench(arguments: Sequence[str]) -> None:
    """Run the benchmarks and write docs/performance.md."""
    run(PYTHON, ROOT / "tests" / "bench" / "run.py", *arguments)


def docs(arguments: Sequence[str]) -> None:
    """Write the generated pages of docs/reference/."""
    for page in ("tidy.reference", "unit.meta.metadata_page"):
        run(PYTHON, "-m", page, *arguments, environment={"PYTHONPATH": str(ROOT / "tests")})


def lock(arguments: Sequence[str]) -> None:
    """Write requirements.lock: names, versions and the hashes of the files for every platform."""
    uv = shutil.which("uv")
    if not uv:
        run(PYTHON, "-m", "pip", "install", "--quiet", "uv")
        uv = str(PROGRAMS / "uv")
    options = "--universal --generate-hashes --no-annotate --no-header --quiet --group dev --group build"
    run(uv, "pip", "compile", *options.split(), "--python-version", "3.11", "pyproject.toml", "-o", LOCK, *arguments)
    node = "--universal --generate-hashes --no-annotate --no-header --quiet --python-version 3.11"
    run(uv, "pip", "compile", *node.split(), UI / "node.in", "-o", UI_LOCK, *arguments)


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    each.__name__: each for each in (demo, test, install, serve, build, lint, ui, bench, docs, lock)
}
WITH_UI = (demo, test, serve, build)


def main(arguments: Sequence[str]) -> None:
    """Do what the first argument names."""
    # An older Python must hear what is missing, though no checked code runs on it.
    if sys.version_info < (3, 11):  # noqa: UP036
        raise SystemExit(f"Tessera needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__)
        raise SystemExit(0 if arguments[:1] in ([], ["--help"], ["-h"]) else 2)
    ensure_installed()
    command = COMMANDS[arguments[0]]
    if command in WITH_UI:
        ensure_ui()
    command(arguments[1:])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
