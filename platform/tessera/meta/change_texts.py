"""Sentences for people about the changes of a plan."""

from __future__ import annotations

from collections.abc import Mapping

from tessera.meta.model import Label

_KINDS = {
    "package": Label("元数据包", "package"),
    "entity": Label("实体", "entity"),
    "field": Label("字段", "field"),
    "table": Label("数据表格", "table"),
    "form": Label("表单", "form"),
    "view": Label("视图", "view"),
    "role": Label("角色", "role"),
    "menu": Label("菜单", "menu"),
    "scenario": Label("场景", "scenario"),
    "ledger": Label("账本", "ledger"),
    "timeline": Label("时间线", "timeline"),
    "ruleset": Label("规则集", "ruleset"),
    "mapping": Label("映射", "mapping"),
    "flow": Label("流程", "flow"),
    "segment": Label("分群", "segment"),
    "dashboard": Label("看板", "dashboard"),
    "connector": Label("连接器", "connector"),
    "message": Label("消息", "message"),
}

_PARTS = {
    "required": Label("必填", "required"),
    "unique": Label("唯一", "unique"),
    "read_only": Label("只读", "read-only"),
    "personal": Label("个人数据", "personal data"),
    "label": Label("名称", "label"),
    "default": Label("默认值", "default"),
    "value": Label("公式", "formula"),
    "check": Label("校验", "check"),
    "check_message": Label("提示", "message"),
    "capture": Label("抄录来源", "capture"),
    "aliases": Label("旧名", "older names"),
    "options": Label("设置", "settings"),
    "order": Label("顺序", "order"),
    "title": Label("标题字段", "title"),
    "business_key": Label("业务键", "business key"),
    "validations": Label("校验规则", "validations"),
    "states": Label("状态流转", "life cycle"),
    "fields": Label("字段", "fields"),
    "document": Label("内容", "content"),
}

_TEXTS: Mapping[tuple[str, str], Label] = {
    ("add", "field"): Label("在“{entity}”中新增字段“{name}”", 'Add the field "{name}" to "{entity}"'),
    ("remove", "field"): Label(
        "从“{entity}”移除字段“{name}”（数据保留）", 'Remove the field "{name}" from "{entity}"; its values are kept'
    ),
    ("rename", "field"): Label(
        "“{entity}”的字段“{old}”改名为“{name}”", 'Rename the field "{old}" of "{entity}" to "{name}"'
    ),
    ("retype", "field"): Label(
        "改变“{entity}”的字段“{name}”的类型", 'Change the type of the field "{name}" of "{entity}"'
    ),
    ("change", "field"): Label(
        "改变“{entity}”的字段“{name}”的{part}", 'Change the {part} of the field "{name}" of "{entity}"'
    ),
    ("add", "option"): Label("字段“{name}”新增选项“{option}”", 'Add the option "{option}" to the field "{name}"'),
    ("remove", "option"): Label(
        "字段“{name}”移除选项“{option}”", 'Remove the option "{option}" from the field "{name}"'
    ),
    ("rename", "option"): Label(
        "字段“{name}”的选项“{old}”改为“{option}”", 'Change the option "{old}" of the field "{name}" to "{option}"'
    ),
    ("change", "option"): Label(
        "改变字段“{name}”的选项“{option}”", 'Change the option "{option}" of the field "{name}"'
    ),
    ("add", "unique"): Label("“{entity}”新增唯一约束", 'Add a unique rule to "{entity}"'),
    ("remove", "unique"): Label("“{entity}”移除唯一约束", 'Remove a unique rule from "{entity}"'),
    ("change", "unique"): Label("改变“{entity}”的唯一约束", 'Change a unique rule of "{entity}"'),
    ("add", "index"): Label("“{entity}”新增索引", 'Add an index to "{entity}"'),
    ("remove", "index"): Label("“{entity}”移除索引", 'Remove an index from "{entity}"'),
    ("remove", "entity"): Label("移除实体“{name}”（数据保留）", 'Remove the entity "{name}"; its records are kept'),
}

_ANY: Mapping[str, Label] = {
    "add": Label("新增{kind}“{name}”", 'Add the {kind} "{name}"'),
    "remove": Label("移除{kind}“{name}”", 'Remove the {kind} "{name}"'),
    "rename": Label("{kind}“{old}”改名为“{name}”", 'Rename the {kind} "{old}" to "{name}"'),
    "change": Label("改变{kind}“{name}”的{part}", 'Change the {part} of the {kind} "{name}"'),
    "retype": Label("改变{kind}“{name}”的类型", 'Change the type of the {kind} "{name}"'),
}


def text_of(action: str, kind: str, part: str, names: Mapping[str, str]) -> Label:
    """The sentence about a change. names: name, entity, old and option, as far as they apply."""
    pattern = _TEXTS.get((action, kind)) or _ANY[action]
    known_kind = _KINDS.get(kind, Label(kind, kind))
    known_part = _PARTS.get(part, Label(part, part))
    zh = {**names, "kind": known_kind.zh, "part": known_part.zh}
    en = {**names, "kind": known_kind.en, "part": known_part.en}
    return Label(pattern.zh.format(**zh), pattern.en.format(**en))
