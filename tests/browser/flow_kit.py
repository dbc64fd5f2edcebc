"""A flow for the tests in the browser: branches, a wait, an error path and a call outside, in a draft."""

from __future__ import annotations

from typing import Any

from browser.browser_kit import Site

FLOW: dict[str, Any] = {
    "kind": "flow", "uid": "after_return", "name": "after_return", "label": {"zh": "退货处理", "en": "After a return"},
    "trigger": {"on": "record.created", "entity": "goods_return", "when": "record.total > 0"},
    "steps": [
        {"uid": "amount", "do": "decide", "label": {"zh": "按可退金额", "en": "By amount"}, "branches": [
            {"uid": "large", "label": {"zh": "大额", "en": "Large"}, "when": "record.total >= 500", "steps": [
                {"uid": "ask", "do": "approve", "label": {"zh": "店长审批", "en": "Manager"}, "nodes": [
                    {"uid": "one", "label": {"zh": "店长", "en": "Manager"},
                     "approvers": [{"uid": "who", "users": ["ada"]}],
                     "fields": [{"uid": "total", "field": "total"}]}]},
                {"uid": "goods", "do": "wait", "for": "7d",
                 "label": {"zh": "等到仓库收货", "en": "Until it arrives"}}]}],
         "otherwise": [
             {"uid": "note", "do": "update_record", "label": {"zh": "小额免验", "en": "Small ones pass"},
              "values": {"number": "record.number"}}]},
        {"uid": "pay", "do": "call_http", "label": {"zh": "原路退款", "en": "Refund"}, "method": "POST", "as": "reply",
         "url": "'https://pay.example.org/refunds'", "json": {"number": "record.number", "amount": "record.total"},
         "on_error": {"retry": {"times": 5, "first": "1s"}, "then": {"steps": [
             {"uid": "by_hand", "do": "stop", "label": {"zh": "转人工退款", "en": "By hand"},
              "reason": "'by hand: ' & error.message"}]}}},
        {"uid": "done", "do": "stop", "label": {"zh": "退款已到账", "en": "Refunded"}, "reason": "'refunded'"},
    ],
}  # fmt: skip


def flow_draft(site: Site, name: str, **changes: Any) -> tuple[int, str]:
    """A draft of its own with a flow of that name in it; number of the draft and key of the document."""
    draft = int(site.call("POST", "/api/v1/drafts", {"name": name})["id"])
    label = {"zh": f"退货处理 {name}", "en": f"After a return {name}"}
    body = {**FLOW, "uid": name, "name": name, "label": label, **changes}
    site.call("POST", f"/api/v1/drafts/{draft}/documents", {"body": body})
    return draft, f"local:{name}"


def body_of(site: Site, draft: int, key: str) -> dict[str, Any]:
    """The flow as the draft has it."""
    return dict(site.call("GET", f"/api/v1/drafts/{draft}/documents/{key}")["body"])
