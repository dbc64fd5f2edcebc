"""A small package for the API tests: sites, and items with lines, sums and states."""

from __future__ import annotations

from typing import Any

from tessera.meta.documents import Package, document_of, package_of


def _label(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _field(uid: str, zh: str, en: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"uid": uid, "name": more.pop("name", uid), "label": _label(zh, en), "type": kind, **more}


SITE: dict[str, Any] = {
    "kind": "entity",
    "uid": "site",
    "name": "site",
    "label": _label("地点", "Site"),
    "title": "title",
    "business_key": ["code"],
    "fields": [
        _field("code", "编码", "Code", "text", required=True, max_length=20),
        _field("title", "名称", "Title", "text", required=True, max_length=80),
    ],
}

ITEM: dict[str, Any] = {
    "kind": "entity",
    "uid": "item",
    "name": "item",
    "label": _label("物件", "Item"),
    "title": "title",
    "business_key": ["code"],
    "fields": [
        _field("code", "编码", "Code", "text", required=True, max_length=40),
        _field("title", "名称", "Title", "text", required=True, max_length=80),
        _field("weight", "重量", "Weight", "decimal", scale=3),
        _field("amount", "金额", "Amount", "money", currency="CNY", min="0"),
        _field("count", "数量", "Count", "integer"),
        _field("is_open", "开放", "Open", "boolean"),
        _field("day", "日期", "Day", "date"),
        _field("seen_at", "时间", "Seen at", "datetime"),
        _field(
            "state", "状态", "State", "select",
            options=[
                {"uid": "new", "value": "new", "label": _label("新", "New")},
                {"uid": "done", "value": "done", "label": _label("完成", "Done")},
            ],
        ),
        _field("site", "地点", "Site", "reference", to="site"),
        _field("note", "备注", "Note", "long_text"),
        _field(
            "parts", "部分", "Parts", "lines",
            fields=[
                _field("qty", "数量", "Quantity", "integer", required=True),
                _field("price", "单价", "Price", "decimal", scale=2, required=True),
            ],
        ),
        _field(
            "total", "合计", "Total", "formula",
            value="SUM(parts, qty * price)", scale=2, rounding="half_up", stored=True,
        ),
    ],
}

PACKAGE: dict[str, Any] = {
    "kind": "package",
    "uid": "small",
    "name": "small",
    "label": _label("小", "Small"),
    "version": "1.0.0",
}


def package(*more: dict[str, Any], item: dict[str, Any] = ITEM, version: str = "1.0.0") -> Package:
    """The package, with further documents or another form of the item."""
    bodies = [{**PACKAGE, "version": version}, SITE, item, *more]
    documents = []
    for body in bodies:
        path = "tessera.json" if body["kind"] == "package" else f"{body['kind']}/{body['name']}.json"
        documents.append(document_of("small", path, body))
    return package_of("small", documents)
