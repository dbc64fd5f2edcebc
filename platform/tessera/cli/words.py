"""The words that the command line shows to whoever loads data, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from tessera.errors import Json
from tessera.meta.model import Model

WORDS: Mapping[str, tuple[str, str]] = {
    "reading": ("读取", "reading"),
    "writing": ("写入", "writing"),
    "settling": ("结算", "settling"),
    "building": ("构建", "building"),
    "folding": ("重算", "folding"),
    "complete": ("完成", "complete"),
    "cancelled": ("已取消", "cancelled"),
    "accepted": ("接受", "accepted"),
    "rejected": ("拒收", "rejected"),
    "created": ("新建", "created"),
    "unchanged": ("未变", "unchanged"),
    "ignored": ("忽略", "ignored"),
    "revised": ("更新", "revised"),
    "review": ("待核", "under review"),
    "rows": ("行", "Rows"),
    "count": ("数量", "Count"),
    "documents": ("单据", "Documents"),
    "import": ("导入", "Import"),
    "became": ("归类", "Became"),
    "left": ("剩余 {time}", "{time} left"),
    "batch": ("批次 {id}（{mapping}）：{status}，{rows:,} 行", "Batch {id} of {mapping}: {status}, {rows:,} rows"),
    "brief": ("{mapping}：{rows:,} 行，{documents}", "{mapping}: {rows:,} rows, {documents}"),
    "imported": ("{mapping}：此前已导入。", "{mapping}: imported already."),
    "history": ("! {timeline}：{since} 以来 {holders} 个持有者的 {moments} 个已有裁定将重新裁定。",
                "! {timeline}: {moments} decided moments of {holders} holders since {since} are decided again."),
    "ready": ("{name} 数据库已就绪。", "The {name} database is ready."),
    "applied": ("已发布版本 {release}。", "Release {release} is applied."),
    "changes": (
        "在版本 {base} 上有 {count:,} 处变更，其中 {risky} 处需要同意（!）。",
        "{count:,} changes on release {base}; {risky} need consent (!).",
    ),
    "nothing": ("没有变更：版本 {base} 已包含这些内容。", "Nothing would change: release {base} holds all of this."),
}
"""By key: in Chinese, in English."""


def word(language: str, key: str, /, **parameters: object) -> str:
    """A text in a language; a key that has none stands for itself.

    >>> word("en", "left", time="0:10"), word("zh", "left", time="0:10"), word("en", "skip_this")
    ('0:10 left', '剩余 0:10', 'skip_this')
    """
    texts = WORDS.get(key)
    return key if texts is None else texts[language != "zh"].format(**parameters)


def class_labels(model: Model, mapping: str, language: str) -> tuple[str, dict[str, str]]:
    """The label of a mapping, and those of its classes and drops by their names."""
    part = model.part("mapping", mapping)
    body: Mapping[str, Json] = model.documents[part.key] if part is not None else {}
    listed = [*body.get("classes", ()), *(drop for each in body.get("documents", ()) for drop in each.get("drop", ()))]
    labels = {each["name"]: text for each in listed if (text := _label(each, language))}
    return _label(body, language) or mapping, labels


def _label(body: Mapping[str, Json], language: str) -> str:
    label = body.get("label", "")
    return str(label.get(language, "")) if isinstance(label, Mapping) else str(label)
