"""Every mistake in a package is told with its code and place, and all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from tessera.errors import Invalid
from tessera.meta import check, compile_model
from unit.meta.samples import Files, good_package

REMOVE = object()


def put(files: Files, place: str, value: Any) -> None:
    """Put a value at `<file>#/pointer`; "-" appends to a list, REMOVE takes it away."""
    file, _, pointer = place.partition("#")
    if not pointer:
        files[file] = value
        return
    here: Any = files[file]
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here[step]
    if isinstance(here, list) and last == "-":
        here.append(value)
    elif value is REMOVE:
        del here[int(last) if isinstance(here, list) else last]
    else:
        here[int(last) if isinstance(here, list) else last] = value


def plus(**keys: Any) -> dict[str, Any]:
    """A further field."""
    return {"uid": "extra", "name": "extra", "type": "text", **keys}


def formula(value: str, **keys: Any) -> dict[str, Any]:
    """A further formula field."""
    return plus(type="formula", value=value, **keys)


def rollup(**keys: Any) -> dict[str, Any]:
    """A further rollup field over tasks."""
    return plus(**{"type": "rollup", "from": "task", "fold": "count", **keys})


NEW_TASK = "task.json#/fields/-"
NEW_ACCOUNT = "account.json#/fields/-"
T9 = "task.json#/fields/9"
A3 = "account.json#/fields/3"
OVERLAY = {"kind": "overlay", "uid": "change", "of": "work:task", "changes": {"title": "number"}}

MISTAKES: list[tuple[str, Any, str, str]] = [
    # what is put, its value, the code, the place
    ("tessera.json#/version", "1.0", "bad_version", "tessera.json#/version"),
    ("tessera.json#/colour", "red", "unknown_key", "tessera.json#/colour"),
    ("tessera.json#/requires", [{"uid": "other", "package": "other"}], "missing_package",
     "tessera.json#/requires/0/package"),
    ("other.json", {"uid": "other", "name": "x"}, "missing_key", "other.json#"),
    ("other.json", {"kind": "entitty", "uid": "other", "name": "x"}, "unknown_kind", "other.json#/kind"),
    ("grades.json#/uid", "task", "duplicate_uid", "task.json#/uid"),
    ("account.json#/name", "task", "duplicate_name", "task.json#/name"),
    ("task.json#/name", "Task", "bad_name", "task.json#/name"),
    ("task.json#/uid", "t", "bad_uid", "task.json#/uid"),
    ("task.json#/name", "tsr_task", "reserved_name", "task.json#/name"),
    ("task.json#/fields", REMOVE, "missing_key", "task.json#"),
    ("task.json#/fields", [], "too_few", "task.json#/fields"),
    ("task.json#/labbel", "x", "unknown_key", "task.json#/labbel"),
    ("task.json#/label", {"zh": "任务"}, "missing_language", "task.json#/label"),
    ("task.json#/label", 5, "wrong_json_type", "task.json#/label"),
    ("task.json#/title", "sub", "unknown_field", "task.json#/title"),
    ("task.json#/title", "lines", "bad_title", "task.json#/title"),
    ("task.json#/subject", "state", "not_a_reference", "task.json#/subject"),
    ("task.json#/business_key", ["number", "number"], "repeated", "task.json#/business_key"),
    ("task.json#/business_key/0", "nummer", "unknown_field", "task.json#/business_key/0"),
    ("task.json#/business_key/0", "lines", "not_unique_type", "task.json#/business_key"),
    ("task.json#/uniques/0/fields/1", "due", "unknown_field", "task.json#/uniques/0/fields/1"),
    ("task.json#/uniques/0/fields/1", "place_of_account", "not_unique_type", "task.json#/uniques/0/fields/1"),
    ("task.json#/validations/0/rule", "total", "wrong_type", "task.json#/validations/0/rule"),
    ("task.json#/validations/0/rule", "totl >= 0", "unknown_name", "task.json#/validations/0/rule"),
    ("task.json#/validations/0/rule", "total >=", "syntax", "task.json#/validations/0/rule"),
    ("task.json#/validations/0/at", "totals", "unknown_field", "task.json#/validations/0/at"),
    ("task.json#/validations/0/message", REMOVE, "missing_key", "task.json#/validations/0"),
    ("task.json#/states/field", "subject", "not_a_select", "task.json#/states/field"),
    ("task.json#/states/initial", "opened", "unknown_option", "task.json#/states/initial"),
    ("task.json#/states/transitions/0/to", "closed", "unknown_option", "task.json#/states/transitions/0/to"),
    ("task.json#/states/transitions/0/to", "open", "no_change", "task.json#/states/transitions/0/to"),
    ("task.json#/states/transitions/0/when", "due_on + 1", "wrong_type", "task.json#/states/transitions/0/when"),
    ("task.json#/states/transitions/0/roles/0", "boss", "unknown_role", "task.json#/states/transitions/0/roles/0"),
    (NEW_TASK, plus(type="txt"), "unknown_type", f"{T9}/type"),
    (NEW_TASK, {"uid": "extra", "name": "extra"}, "missing_key", T9),
    (NEW_TASK, plus(max_lenght=5), "unknown_key", f"{T9}/max_lenght"),
    (NEW_TASK, plus(name="subject"), "duplicate_name", f"{T9}/name"),
    (NEW_TASK, plus(uid="subject"), "duplicate_uid", f"{T9}/uid"),
    (NEW_TASK, plus(name="created_at"), "reserved_name", f"{T9}/name"),
    (NEW_TASK, plus(name="and"), "reserved_name", f"{T9}/name"),
    (NEW_TASK, plus(aliases=["subject"]), "duplicate_name", f"{T9}/aliases/0"),
    (NEW_TASK, plus(max_length=3000), "out_of_bounds", f"{T9}/max_length"),
    (NEW_TASK, plus(min_length=9, max_length=5), "bad_range", f"{T9}/min_length"),
    (NEW_TASK, plus(type="integer", min=9, max=5), "bad_range", f"{T9}/min"),
    (NEW_TASK, plus(type="decimal", scale=12, precision=6), "bad_range", f"{T9}/scale"),
    (NEW_TASK, plus(type="decimal", min="1e5"), "bad_number", f"{T9}/min"),
    (NEW_TASK, plus(type="money"), "currency_needed", T9),
    (NEW_TASK, plus(type="money", currency_field="lines"), "wrong_field_type", f"{T9}/currency_field"),
    (NEW_TASK, plus(type="select", options=[]), "too_few", f"{T9}/options"),
    (NEW_TASK, plus(type="select", options=[{"uid": "one", "value": "x"}, {"uid": "two", "value": "x"}]),
     "duplicate_option", f"{T9}/options/1/value"),
    (NEW_TASK, plus(type="select", options=[{"uid": "one", "value": "a b"}]), "bad_option", f"{T9}/options/0/value"),
    (NEW_TASK, plus(type="sequence", pattern="T{yyyy}"), "bad_pattern", f"{T9}/pattern"),
    (NEW_TASK, plus(type="sequence", pattern="T{week}{000}"), "bad_pattern", f"{T9}/pattern"),
    (NEW_TASK, plus(default="1 + 1"), "wrong_type", f"{T9}/default"),
    (NEW_TASK, plus(default="extra"), "cycle", f"{T9}/default"),
    (NEW_TASK, plus(max_length=3, default="'abcd'"), "too_long", f"{T9}/default"),
    ("task.json#/fields/4/default", "'opne'", "not_an_option", "task.json#/fields/4/default"),
    (NEW_TASK, plus(default="'a'", capture="account.region"), "two_sources", f"{T9}/capture"),
    (NEW_TASK, plus(required=True, read_only=True), "never_filled", f"{T9}/read_only"),
    (NEW_TASK, plus(check={"rule": "LEN(extra)", "message": "x"}), "wrong_type", f"{T9}/check/rule"),
    (NEW_TASK, plus(capture="region"), "path_too_short", f"{T9}/capture"),
    (NEW_TASK, plus(capture="account.regoin"), "unknown_field", f"{T9}/capture"),
    (NEW_TASK, plus(type="date", capture="account.region"), "wrong_type", f"{T9}/capture"),
    (NEW_TASK, plus(type="reference"), "missing_key", T9),
    (NEW_TASK, plus(type="reference", to="acount"), "unknown_entity", f"{T9}/to"),
    (NEW_TASK, plus(type="reference", to="account", on_delete="cascade"), "not_allowed", f"{T9}/on_delete"),
    (NEW_TASK, formula("nope + 1"), "unknown_name", f"{T9}/value"),
    (NEW_TASK, formula("NOPE(1)"), "unknown_function", f"{T9}/value"),
    (NEW_TASK, formula("extra + 1"), "cycle", T9),
    (NEW_TASK, formula("account"), "not_a_value", f"{T9}/value"),
    (NEW_TASK, formula("total / 3"), "scale_needed", T9),
    (NEW_TASK, formula("TODAY()", stored=True), "not_offered", f"{T9}/value"),
    (NEW_TASK, formula("account.region", stored=True), "not_storable", f"{T9}/stored"),
    (NEW_TASK, plus(type="formula", value="1", required=True), "unknown_key", f"{T9}/required"),
    ("task.json#/fields/6/fields/2/value", "qty * rat", "unknown_name", "task.json#/fields/6/fields/2/value"),
    ("task.json#/fields/6/fields/0/name", "place", "reserved_name", "task.json#/fields/6/fields/0/name"),
    ("task.json#/fields/6/fields/-", plus(type="lines", fields=[plus()]), "lines_in_lines",
     "task.json#/fields/6/fields/3"),
    ("task.json#/fields/8/path", "region", "path_too_short", "task.json#/fields/8/path"),
    ("task.json#/fields/8/path", "state.region", "not_a_reference", "task.json#/fields/8/path"),
    ("task.json#/fields/8/path", "account.town", "unknown_field", "task.json#/fields/8/path"),
    ("task.json#/fields/8/path", "account..town", "bad_path", "task.json#/fields/8/path"),
    (NEW_ACCOUNT, rollup(**{"from": "tasks"}), "unknown_entity", f"{A3}/from"),
    (NEW_ACCOUNT, rollup(via="state"), "wrong_reference", f"{A3}/via"),
    (NEW_ACCOUNT, rollup(**{"from": "account"}), "via_needed", A3),
    (NEW_ACCOUNT, rollup(fold="sum"), "value_needed", A3),
    (NEW_ACCOUNT, rollup(value="total"), "value_unused", f"{A3}/value"),
    (NEW_ACCOUNT, rollup(window="30d"), "at_needed", A3),
    (NEW_ACCOUNT, rollup(window="30"), "bad_format", f"{A3}/window"),
    (NEW_ACCOUNT, rollup(fold="avg", value="total"), "scale_needed", A3),
    (NEW_ACCOUNT, rollup(fold="sum", value="subject"), "cannot_fold", f"{A3}/value"),
    (NEW_ACCOUNT, rollup(where="total"), "wrong_type", f"{A3}/where"),
    (NEW_ACCOUNT, rollup(at="state", window="5d"), "not_a_date_field", f"{A3}/at"),
    (NEW_ACCOUNT, plus(type="balance", ledger="hours"), "unknown_ledger", f"{A3}/ledger"),
    ("grades.json#/columns/0/type", "string", "not_allowed", "grades.json#/columns/0/type"),
    ("grades.json#/columns/0/name", "id", "reserved_name", "grades.json#/columns/0/name"),
    ("grades.json#/columns/1/name", "code", "duplicate_name", "grades.json#/columns/1/name"),
    ("grades.json#/rows/0/values/rang", 1, "unknown_column", "grades.json#/rows/0/values/rang"),
    ("grades.json#/rows/0/values/rank", "one", "wrong_value", "grades.json#/rows/0/values/rank"),
    ("grades.json#/rows/0/values/least", "1.005", "too_many_decimals", "grades.json#/rows/0/values/least"),
    ("grades.json#/rows/0/uid", "high", "duplicate_uid", "grades.json#/rows/1/uid"),
    ("clerk.json#/grants/0/entity", "tsk", "unknown_entity", "clerk.json#/grants/0/entity"),
    ("clerk.json#/grants/0/actions/0", "reed", "not_allowed", "clerk.json#/grants/0/actions/0"),
    ("clerk.json#/grants/0/where", "region", "wrong_type", "clerk.json#/grants/0/where"),
    ("clerk.json#/grants/0/hidden/0", "lines.rates", "unknown_field", "clerk.json#/grants/0/hidden/0"),
    ("clerk.json#/grants/0/hidden/0", "account.code", "not_lines", "clerk.json#/grants/0/hidden/0"),
    ("clerk.json#/includes", ["clerk"], "cycle", "clerk.json#/includes"),
    ("form.json#/entity", "tasks", "unknown_entity", "form.json#/entity"),
    ("form.json#/sections/0/items/0/field", "subj", "unknown_field", "form.json#/sections/0/items/0/field"),
    ("form.json#/sections/0/items/0/columns", [{"uid": "qty", "field": "qty"}], "not_lines",
     "form.json#/sections/0/items/0/columns"),
    ("form.json#/actions/0/transition", "finsh", "unknown_transition", "form.json#/actions/0/transition"),
    ("form.json#/actions/0/flow", "tell", "one_target", "form.json#/actions/0"),
    ("menu.json#/items/0/entity", "tusk", "unknown_entity", "menu.json#/items/0/entity"),
    ("menu.json#/items/0/url", "javascript:alert(1)", "bad_url", "menu.json#/items/0/url"),
    ("menu.json#/items/0/url", "https://example.com", "one_target", "menu.json#/items/0"),
    ("menu.json#/items/1/items/0/roles/0", "clark", "unknown_role", "menu.json#/items/1/items/0/roles/0"),
    ("scenario.json#/steps/0/do", "creat", "not_allowed", "scenario.json#/steps/0/do"),
    ("scenario.json#/steps/0/do", "update", "missing_key", "scenario.json#/steps/0"),
    ("scenario.json#/steps/0/at", "2025-01-31", "bad_instant", "scenario.json#/steps/0/at"),
    ("scenario.json#/steps/0/values/account", "@south", "unknown_alias", "scenario.json#/steps/0/values/account"),
    ("scenario.json#/steps/0/values/lines/0/qti", 1, "unknown_field", "scenario.json#/steps/0/values/lines/0/qti"),
    ("scenario.json#/expect/0/after", "nothing", "unknown_step", "scenario.json#/expect/0/after"),
    ("scenario.json#/expect/1", {"uid": "nothing"}, "missing_key", "scenario.json#/expect/1"),
    ("over.json", {**OVERLAY, "of": "work:nothing"}, "unknown_document", "over.json#/of"),
    ("over.json", {**OVERLAY, "changes": {"uid": "other"}}, "overlay_identity", "over.json#/changes/uid"),
    ("over.json", {**OVERLAY, "changes": {"fields": [{"uid": "nix", "remove": True}]}}, "unknown_element",
     "over.json#/changes/fields/0/uid"),
    ("over.json", {**OVERLAY, "changes": {"title": "nix"}}, "unknown_field", "task.json#/title"),
]  # fmt: skip


def test_the_sample_package_is_good() -> None:
    assert check([good_package()]) == []


def test_there_are_enough_mistakes() -> None:
    assert len({code for _, _, code, _ in MISTAKES}) >= 60


@pytest.mark.parametrize(("place", "value", "code", "pointer"), MISTAKES, ids=[f"{m[2]}@{m[3]}" for m in MISTAKES])
def test_each_mistake_is_told_with_its_place(place: str, value: Any, code: str, pointer: str) -> None:
    problems = check([good_package(lambda files: put(files, place, value))])
    assert (code, f"work/{pointer}") in [(each.code, each.pointer) for each in problems]
    assert all(each.message for each in problems)


def test_several_mistakes_are_told_together() -> None:
    codes = {"unknown_key", "missing_language", "wrong_type", "unknown_option", "unknown_column", "unknown_role"}
    chosen = {code: (place, value) for place, value, code, _ in reversed(MISTAKES) if code in codes}

    def spoil(files: Files) -> None:
        for place, value in chosen.values():
            put(files, place, value)

    assert {each.code for each in check([good_package(spoil)])} == codes


def test_what_reads_a_wrong_field_is_not_told_again() -> None:
    problems = check([good_package(lambda files: put(files, "task.json#/fields/6/fields/1/type", "mony"))])
    assert [(each.code, each.pointer) for each in problems] == [
        ("unknown_type", "work/task.json#/fields/6/fields/1/type")
    ]


def test_a_hint_names_what_was_meant() -> None:
    problems = check([good_package(lambda files: put(files, "task.json#/title", "subjct"))])
    assert [each.hint for each in problems] == ['Did you mean "subject"?']


def test_compiling_a_bad_package_raises_every_problem() -> None:
    with pytest.raises(Invalid) as caught:
        compile_model([good_package(lambda files: put(files, "task.json#/title", "nix"))])
    assert [each.code for each in caught.value.problems()] == ["unknown_field"]


def test_problems_without_a_package_file() -> None:
    problems = check([good_package(lambda files: files.pop("tessera.json"))])
    assert "no_package_file" in [each.code for each in problems]
