"""Commands about secrets, hooks and deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.message_kit import message_package, probes
from tessera.cli.main import run
from tessera.context import Context
from tessera.engine import messages, packages, records, vault
from tessera.engine.messages import ToRecord, deliver_due
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tessera(sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Run:
    """Runs a command with a text on its standard input; gives exit code, output and error output."""
    monkeypatch.setenv("TESSERA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TESSERA_SECRET_KEY", "the first")
    monkeypatch.setenv("TESSERA_LANGUAGE", "en")

    def command(*arguments: object, given: str = "") -> tuple[int, str, str]:
        import io

        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        code = run([str(each) for each in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def opened(url: str, tmp_path: Path, key: str = "the first") -> Runtime:
    """A process on the same database."""
    return open_runtime(Settings(database_url=url, data_dir=tmp_path, secret_key=key))


def test_a_secret_is_set_listed_sealed_anew_and_taken_away(
    tessera: Run, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = tessera("secret", "set", "erp_token", given="s3cr3t\n")
    assert code == 0 and "s3cr3t" not in out
    assert "s3cr3t" not in tessera("secret", "list", "--json")[1]
    monkeypatch.setenv("TESSERA_SECRET_KEY", "the second")
    assert json.loads(tessera("secret", "list", "--json")[1])[0]["is_readable"] is False
    assert tessera("secret", "rotate")[0] == 1
    monkeypatch.setenv("TESSERA_OLD_SECRET_KEY", "the first")
    assert json.loads(tessera("secret", "rotate", "--json")[1]) == {"sealed": 1}
    runtime = opened(sqlite_url, tmp_path, "the second")
    with runtime.reading(Context()) as work:
        assert vault.opened(work, "erp_token") == "s3cr3t"
    runtime.close()
    assert tessera("secret", "delete", "erp_token")[0] == 0 and tessera("secret", "delete", "erp_token")[0] == 1


def test_a_hook_shows_its_secret_once(tessera: Run) -> None:
    first = tessera("hook", "add", "shop")[1].strip()
    second = tessera("hook", "secret", "shop")[1].strip()
    assert first.startswith("whsec_") and second.startswith("whsec_") and first != second
    listed = tessera("hook", "list", "--json")[1]
    assert json.loads(listed)[0]["name"] == "shop" and first not in listed and second not in listed
    assert tessera("hook", "add", "shop")[0] == 1
    assert tessera("hook", "delete", "shop")[0] == 0


def test_dead_deliveries_are_listed_and_sent_again(tessera: Run, sqlite_url: str, tmp_path: Path) -> None:
    with probes():
        runtime = opened(sqlite_url, tmp_path)
        packages.apply(runtime.database, runtime.settings, Context(), [message_package()], consent=True)
        with runtime.writing(Context()) as work:
            made = records.create(work, "person", {"code": "P1", "mail": "a@example.org"})
            messages.send(work, "everywhere", ToRecord("news:person", made["id"]), about=made["id"])
        deliver_due(runtime, Context(), 10)
        runtime.close()
        (dead,) = json.loads(tessera("message", "list", "--state", "dead", "--json")[1])
        assert dead["channel"] == "email"
        assert json.loads(tessera("message", "replay", "--dead", "--json")[1]) == {"replayed": [dead["id"]]}
        assert tessera("message", "replay", dead["id"])[0] == 1
        assert tessera("message", "replay")[0] == 2
