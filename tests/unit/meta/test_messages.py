"""Messages: texts with placeholders that are never evaluated, and everything wrong told with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tessera.formula import Scope, check_formula
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, NUMBER, TEXT, Member, StaticShape, Type
from tessera.meta import check
from tessera.meta.messages import MessageDoc
from tessera.meta.model import EMPTY
from tessera.meta.rename import rename
from tessera.meta.template_filters import FILTERS, Style
from tessera.meta.templates import Hole, Template, put, raw_holes
from unit.meta.samples import Files, good_model, good_package
from unit.meta.test_bad_packages import put as put_at

SHANGHAI = Style("zh", ZoneInfo("Asia/Shanghai"))
ROW = StaticShape("row", (Member("item", TEXT), Member("amount", NUMBER)))
SCOPE = Scope(StaticShape(""), EMPTY).plus(
    Member("code", TEXT), Member("amount", NUMBER), Member("day", DATE), Member("at", DATETIME), Member("ok", BOOLEAN),
    Member("rows", Type("list", nullable=False, shape=ROW)),
)  # fmt: skip
ENV: dict[str, Any] = {
    "code": "aB1234", "amount": Decimal("1234567.5"), "day": date(2025, 3, 1), "ok": True,
    "at": datetime(2025, 2, 28, 16, 30, tzinfo=UTC),
    "rows": [{"item": "甲", "amount": Decimal("1.50")}, {"item": "乙", "amount": Decimal(2)}, {"item": None}],
}  # fmt: skip


def rendered(text: str, mode: str = "plain", style: Style = SHANGHAI, **env: Any) -> str:
    """A text with its placeholders filled in."""
    holes = [
        Hole(each.start, each.end, each.path_start, check_formula(each.path, SCOPE), each.calls)
        for each in raw_holes(text)
    ]
    return Template(text, mode, tuple(holes)).render({**ENV, **env}, None, style)


LITERAL = (
    "{{7*7}}", "{{config}}", "{% for x in y %}", "{0.__class__}", "${7*7}", "{}", "{ }", "{{code}}", "{%raw%}",
    "{7}", "{'code'}", "{!r}", "#{7*7}", "<%= 7*7 %>", "{{''.__class__.__mro__}}", "{-}", "%(code)s", "%s", "$code",
)  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
def test_what_other_template_languages_would_run_stands_as_it_is(text: str) -> None:
    assert rendered(f"a {text} b") == f"a {text} b"


@pytest.mark.parametrize("value", ["{amount}", "{{7*7}}", "{code|upper}", "%s", "{0.__class__}"])
def test_a_value_is_never_read_for_placeholders(value: str) -> None:
    assert rendered("<{code}>", code=value) == f"<{value}>"


@pytest.mark.parametrize("text", ["{code|}", "{code.}", "{code code}", "{code[0]}", "{f(x)}", "{code+1}", "{a='b'}"])
def test_what_is_meant_for_a_placeholder_and_is_none_is_told(text: str) -> None:
    assert [each.is_broken for each in raw_holes(text)] == [True]


SHOWN = [
    ("{code}", "aB1234"), ("{ code }", "aB1234"), ("{code|upper}", "AB1234"), ("{code|lower|upper}", "AB1234"),
    ("{code|cut:3}", "aB…"), ("{code|hide:4}", "•••1234"), ("{code|hide:9}", "•••"), ("{amount}", "1234567.5"),
    ("{amount|whole}", "1,234,568"), ("{amount|money}", "1,234,567.50"), ("{amount|money:'¥'}", "¥1,234,567.50"),
    ("{amount|number:'0.000'}", "1234567.500"), ("{day}", "2025年3月1日"), ("{day|date}", "2025-03-01"),
    ("{day|date:'M月d日'}", "3月1日"), ("{at}", "2025年3月1日 00:30"), ("{at|time}", "00:30"),
    ("{at|date}", "2025-03-01"), ("{at|datetime:'yyyy/MM/dd HH:mm'}", "2025/03/01 00:30"), ("{ok}", "是"),
    ("{ok|choose:'开':'关'}", "开"), ("{rows|count}", "3"), ("{rows|sum:amount}", "3.50"),
    ("{rows|join:item}", "甲、乙、"), ("{rows|join:item:'; '}", "甲; 乙; "), ("{rows|sum:amount|money:'$'}", "$3.50"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "result"), SHOWN)
def test_values_are_shown_by_their_type_or_a_filter(text: str, result: str) -> None:
    assert rendered(text) == result


def test_every_filter_is_tried_above() -> None:
    tried = {name for text, _ in SHOWN for each in raw_holes(text) for name, _ in each.calls}
    assert set(FILTERS) - tried == {"trim", "percent", "default"}
    assert rendered("{code|trim}", code=" x ") == "x"
    assert rendered("{amount|percent}", amount=Decimal("0.125")) == "12.5%"
    assert rendered("{code|default:'您'}", code=None) == "您" and rendered("{code|default:'您'}") == "aB1234"


def test_values_are_shown_in_the_language_and_zone_of_the_reader() -> None:
    english = Style("en", ZoneInfo("America/New_York"))
    assert rendered("{day}; {at}; {ok}", style=english) == "1 March 2025; 28 February 2025, 11:30; yes"


def test_a_blank_is_nothing_and_a_negative_amount_keeps_its_sign() -> None:
    blank = {"code": None, "amount": None, "day": None, "rows": []}
    assert rendered("[{code}|{amount|money}|{day|date}|{rows|count}]", **blank) == "[|||0]"
    assert rendered("{amount|money:'¥'}", amount=Decimal("-1234.5")) == "-¥1,234.50"


def test_a_value_cannot_leave_its_place() -> None:
    evil = "x\r\nBcc: all@example.org\x00\u202e"
    assert "\n" not in rendered("{code}", "line", code=evil) and "\x00" not in rendered("{code}", code=evil)
    assert rendered("<p>{code}</p>", "html", code="<script>'\"&") == "<p>&lt;script&gt;&#x27;&quot;&amp;</p>"
    assert rendered("https://a.example/?q={code}", "url", code="1&admin=1#/../é") == (
        "https://a.example/?q=1%26admin%3D1%23%2F..%2F%C3%A9"
    )
    assert put("![a](http://x) <@all>\n# b", "markdown") == "!［a］(http：//x) ＜@all＞ # b"


def test_a_subject_is_one_line_and_a_text_has_an_end() -> None:
    assert Template("a\nb", "line").render({}, None, SHANGHAI) == "a b"
    assert Template("x" * 30, "plain").render({}, None, SHANGHAI, most=10) == "x" * 9 + "…"


def message_of(change: Any = None) -> MessageDoc:
    """The compiled sample message, changed."""
    found = good_model(change).part("message", "overdue")
    assert isinstance(found, MessageDoc)
    return found


def test_a_message_is_compiled() -> None:
    doc = message_of()
    assert (doc.entity, doc.to, doc.channels, doc.category) == ("work:task", ("account",), ("app", "email"), "service")
    assert doc.quiet is not None and (doc.quiet.begins, doc.quiet.ends) == (time(21), time(9))
    assert doc.dedupe is not None and doc.dedupe.within_s == 30 * 86_400 and not doc.needs_consent
    english = doc.text_for("email", "en")
    assert english.uid == "english_mail" and doc.text_for("app", "en").uid == "english"
    assert doc.text_for("email", "zh").uid == "chinese"
    paths = {".".join(path) for each in doc.text_for("app", "zh").templates() for path in each.reads()}
    assert paths == {"record.subject", "record.state", "record.created_at", "to.code", "fee"}


def test_marketing_needs_consent_unless_it_says_otherwise() -> None:
    assert message_of(lambda files: files["message.json"].update(category="marketing")).needs_consent
    free = message_of(lambda files: files["message.json"].update(category="marketing", consent="assumed"))
    assert not free.needs_consent


def test_a_choice_is_shown_by_its_label() -> None:
    def label(files: Files) -> None:
        files["task.json"]["fields"][4]["options"][0]["label"] = {"zh": "进行中", "en": "Going on"}

    doc = message_of(label)
    env = {"record": {"subject": "s", "state": "open", "created_at": None}, "to": {"code": "N"}, "fee": None}
    assert "（进行中）" in doc.text_for("app", "zh").text.render(env, None, SHANGHAI)
    assert "(Going on)" in doc.text_for("app", "en").text.render(env, None, Style("en", ZoneInfo("UTC")))


T0 = "message.json#/texts/0/text"
MISTAKES: list[tuple[str, Any, str, str]] = [
    ("message.json#/entity", "tsk", "unknown_entity", "message.json#/entity"),
    ("message.json#/entity", "task.lines", "bad_name", "message.json#/entity"),
    ("message.json#/to", "acount", "unknown_field", "message.json#/to"),
    ("message.json#/to", "subject", "not_a_reference", "message.json#/to"),
    ("message.json#/channels", ["app", "pigeon"], "unknown_channel", "message.json#/channels/1"),
    ("message.json#/channels", [], "too_few", "message.json#/channels"),
    ("message.json#/texts/2/channel", "sms", "unused_text", "message.json#/texts/2/channel"),
    ("message.json#/texts/2/channel", "fax", "unknown_channel", "message.json#/texts/2/channel"),
    ("message.json#/texts/0/language", "en", "duplicate_text", "message.json#/texts/1"),
    ("message.json#/texts/2/parts/0/name", "htm", "unknown_part", "message.json#/texts/2/parts/0/name"),
    ("message.json#/texts/2/parts/0/text", "{record.x}", "unknown_path", "message.json#/texts/2/parts/0/text"),
    ("message.json#/texts/0/subject", "a\nb", "bad_format", "message.json#/texts/0/subject"),
    ("message.json#/values/0/name", "record", "duplicate_name", "message.json#/values/0/name"),
    ("message.json#/quiet/to", "21:00", "bad_range", "message.json#/quiet/to"),
    ("message.json#/quiet/to", "25:00", "bad_hour", "message.json#/quiet/to"),
    ("message.json#/quiet", {"from": "21:00"}, "missing_key", "message.json#/quiet"),
    ("message.json#/dedupe/key", "record.numbr", "unknown_name", "message.json#/dedupe/key"),
    ("message.json#/dedupe/key", "record", "wrong_type", "message.json#/dedupe/key"),
    ("message.json#/dedupe/within", "1 day", "bad_duration", "message.json#/dedupe/within"),
    ("message.json#/until", "record.subject", "wrong_type", "message.json#/until"),
    ("message.json#/cap", {"group": "ads", "most": 0, "days": 1}, "out_of_bounds", "message.json#/cap/most"),
    ("message.json#/texts/0/item", "{fee}", "no_items", "message.json#/texts/0/item"),
    (T0, "{record.nam}", "unknown_path", T0),
    (T0, "{recrod.subject}", "unknown_path", T0),
    (T0, "{config}", "unknown_path", T0),
    (T0, "{record.subject.__class__}", "unknown_path", T0),
    (T0, "{record.account.code.x}", "unknown_path", T0),
    (T0, "{record.subject|shout}", "unknown_filter", T0),
    (T0, "{record.subject|money}", "wrong_filter", T0),
    (T0, "{fee|upper}", "wrong_filter", T0),
    (T0, "{fee|number:'abc'}", "wrong_filter", T0),
    (T0, "{record.due_on|date:'QQ'}", "wrong_filter", T0),
    (T0, "{record.subject|cut}", "wrong_filter", T0),
    (T0, "{record.subject|cut:x}", "wrong_filter", T0),
    (T0, "{record.lines|sum:nothing}", "wrong_filter", T0),
    (T0, "{record.lines}", "not_a_text", T0),
    (T0, "{items}", "unknown_path", T0),
    (T0, "{record.subject|}", "bad_placeholder", T0),
    (T0, "{record.subject + 1}", "bad_placeholder", T0),
    (T0, "{record.subject()}", "bad_placeholder", T0),
    ("account.json#/contact", {"email": "mail"}, "unknown_field", "account.json#/contact/email"),
    ("account.json#/contact", {"user": "code"}, "wrong_field_type", "account.json#/contact/user"),
    ("account.json#/contact", {"others": [{"uid": "one", "address": "email", "field": "code"},
                                          {"uid": "two", "address": "ding", "field": "hours"}]},
     "duplicate_name", "account.json#/contact/others/0/address"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "code", "pointer"), MISTAKES, ids=[f"{m[2]}@{m[1]}" for m in MISTAKES])
def test_each_mistake_is_told_with_its_place(place: str, value: Any, code: str, pointer: str) -> None:
    found = check([good_package(lambda files: put_at(files, place, value))])
    assert (code, f"work/{pointer}") in {(each.code, each.pointer) for each in found}, found


def test_a_mistake_in_a_text_says_where_in_the_text() -> None:
    text = "a {record.subject} b {record.nam}"
    (found,) = check([good_package(lambda files: put_at(files, T0, text))])
    assert text[found.params["position"] :][: found.params["length"]] == "{record.nam}"
    assert found.hint or found.message


def test_a_rename_reaches_the_placeholders() -> None:
    renamed = rename([good_package()], "work:task.subject", "topic")
    body = next(each.body for package in renamed for each in package.documents if each.kind == "message")
    assert body["texts"][0]["subject"] == "{record.topic} 已逾期"
    assert body["texts"][0]["text"].startswith("{to.code}：{record.topic}（{record.state}）")
    assert check(renamed) == []


def test_a_merged_message_knows_its_items() -> None:
    def merge(files: Files) -> None:
        files["message.json"]["merge"] = {"wait": "10m", "by": "record.region"}
        for text in files["message.json"]["texts"]:
            text["text"] = "{items|count}: {items|sum:fee|money}\n{items}"
            text["item"] = "- {record.subject}: {fee}"

    doc = message_of(merge)
    assert doc.merge is not None and doc.merge.wait_s == 600 and doc.text_for("app", "en").item is not None
