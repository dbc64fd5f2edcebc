"""The command line: what it prints, in words and as JSON, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from packages.building import field, task_fields, work_package
from tessera.cli.main import run
from tessera.engine.packages import write_folder
from tessera.meta import Package

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tessera(sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Run:
    """Runs a command; gives exit code, output and error output."""
    monkeypatch.setenv("TESSERA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TESSERA_LANGUAGE", "en")

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run([str(each) for each in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def folder_of(package: Package, folder: Path) -> Path:
    """The package as a folder."""
    write_folder([package], folder)
    return folder / package.name


def test_apply_shows_the_plan_and_the_release(tessera: Run, tmp_path: Path) -> None:
    code, out, _ = tessera("apply", folder_of(work_package(), tmp_path))
    assert code == 0 and "Release 1 is applied." in out
    code, out, _ = tessera("apply", folder_of(work_package(), tmp_path))
    assert code == 0 and "Nothing would change" in out


def test_check_names_file_and_pointer_of_every_problem_and_ends_with_1(tessera: Run, tmp_path: Path) -> None:
    bad = work_package([*task_fields(), field("one", "one", "unheard_of"), field("two", "Two")])
    code, out, _ = tessera("check", "--json", folder_of(bad, tmp_path))
    pointers = {each["pointer"] for each in json.loads(out)}
    assert code == 1
    assert {pointer.split("/fields/")[1][0] for pointer in pointers} == {"3", "4"}
    assert all(pointer.startswith("work/entities/task.json#/") for pointer in pointers)


def test_a_plan_as_json_says_what_changes_and_whether_it_needs_consent(tessera: Run, tmp_path: Path) -> None:
    tessera("apply", folder_of(work_package(), tmp_path))
    code, out, _ = tessera("plan", "--json", folder_of(work_package([*task_fields(), field("new", "new")]), tmp_path))
    plan = json.loads(out)
    assert code == 0 and plan["base"] == 1 and not plan["needs_consent"]
    assert ("add", "work:task.new") in {(each["action"], each["key"]) for each in plan["changes"]}


def test_a_refusal_is_an_error_with_code_1(tessera: Run, tmp_path: Path) -> None:
    folder = folder_of(work_package(), tmp_path)
    code, _, err = tessera("apply", folder, "--parent", 7)
    assert code == 1 and "release_moved" in err
    code, out, _ = tessera("apply", folder, "--parent", 7, "--json")
    assert code == 1 and json.loads(out)["code"] == "release_moved"


def test_a_wrong_command_line_is_an_error_with_code_2(tessera: Run) -> None:
    assert tessera("apply")[0] == 2
    assert tessera("unheard-of")[0] == 2


def test_rollback_and_releases(tessera: Run, tmp_path: Path) -> None:
    tessera("apply", folder_of(work_package(), tmp_path))
    tessera("apply", folder_of(work_package([*task_fields(), field("new", "new")]), tmp_path))
    code, out, _ = tessera("rollback", "--json", "--yes", "--reason", "too early")
    assert code == 0 and json.loads(out)["release"] == 3
    releases = json.loads(tessera("releases", "--json")[1])
    assert [(each["number"], each["rolled_back_to"], each["reason"]) for each in releases] == [
        (3, 1, "too early"), (2, None, ""), (1, None, ""),
    ]  # fmt: skip


def test_an_export_can_be_applied_again_and_changes_nothing(tessera: Run, tmp_path: Path) -> None:
    tessera("apply", folder_of(work_package(), tmp_path))
    assert tessera("export", "work", "--to", tmp_path / "out", "--zip")[0] == 0
    code, out, _ = tessera("apply", "--json", tmp_path / "out" / "work.zip")
    assert code == 0 and json.loads(out)["is_new"] is False


def test_fmt_makes_files_canonical_and_check_only_tells(tessera: Run, tmp_path: Path) -> None:
    folder = folder_of(work_package(), tmp_path)
    head = folder / "tessera.json"
    wanted = head.read_text("utf-8")
    head.write_text(json.dumps(json.loads(wanted), indent=8), "utf-8")
    assert tessera("fmt", "--check", folder)[0] == 1
    assert tessera("fmt", folder)[0] == 0
    assert head.read_text("utf-8") == wanted
    assert tessera("fmt", "--check", folder)[0] == 0


def test_users_and_keys(tessera: Run) -> None:
    secret = "a rather long sentence 7"
    assert tessera("user", "add", "ann", "--admin", "--password", secret)[0] == 0
    assert tessera("init", "--admin", "ann", "--password", secret)[0] == 0
    users = json.loads(tessera("user", "list", "--json")[1])
    assert [(each["name"], each["is_admin"]) for each in users] == [("ann", True)]
    first = tessera("key", "add", "ann", "--label", "till")[1].strip()
    second = tessera("key", "add", "ann", "--label", "till", "--replace")[1].strip()
    assert first.startswith("tsk_") and second.startswith("tsk_") and first != second
    keys = json.loads(tessera("key", "list", "ann", "--json")[1])
    assert second.split("_")[1] in {each["id"] for each in keys}


def test_openapi_names_the_entities_of_the_head(tessera: Run, tmp_path: Path) -> None:
    tessera("apply", folder_of(work_package(), tmp_path))
    code, out, _ = tessera("openapi")
    assert code == 0 and "/api/v1/task" in json.loads(out)["paths"]


def test_purge_drops_what_was_removed(tessera: Run, tmp_path: Path) -> None:
    tessera("apply", folder_of(work_package(), tmp_path))
    rest = [each for each in task_fields() if each["uid"] != "remark"]
    tessera("apply", "--yes", folder_of(work_package(rest), tmp_path))
    code, out, _ = tessera("purge", "--days", 0, "--yes", "--json")
    assert code == 0 and json.loads(out) == ["column task.x_remark"]
    assert tessera("builds")[1].strip() == "All built."
