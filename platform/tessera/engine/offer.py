"""What a workspace offers to one user: its applications, entities, forms and views, as a screen needs them.

Everything that the user may not see is left out. The answer is plain JSON: labels as {"zh", "en"}, formulas as texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tessera.engine.access import Rights, permissions_of, rights
from tessera.engine.views.sources import visible
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.formula import Formula
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.kinds.form import Action as FormAction
from tessera.meta.kinds.form import Column, Form, FormItem, Section
from tessera.meta.kinds.menu import Item, Menu
from tessera.meta.kinds.view import View, ViewColumn
from tessera.meta.model import Entity, Field, Label
from tessera.meta.rules import LedgerDoc

_NOT_SHOWN = frozenset({"ledger_key", "value", "fields"})


PERMISSIONS = (
    "audit", "design", "exports", "facts", "flows", "imports", "jobs", "messages", "public_forms", "publish", "runs",
    "users",
)  # fmt: skip
"""What roles may be given besides rights on records; administrators have all of it."""


def offer(work: Work) -> dict[str, Json]:
    """What the transaction's actor is offered; kept for each release and set of roles.

    Keys: release, may (permissions besides records), field_types, apps, entities (by name), forms, views, ledgers.
    """
    actor = work.ctx.actor
    key = ("engine.offer", actor.is_admin, actor.roles)
    found = work.model.cache.get(key)
    if found is None:
        found = work.model.cache[key] = _Offer(work).everything()
    return dict(found)


def field_json(work: Work, entity: Entity, field: Field, own: Rights) -> dict[str, Json]:
    """A field of a root entity as a screen needs it, for somebody with these rights on its records."""
    collected = _Offer(work)
    bodies = {each["uid"]: each for each in collected.body(entity.key).get("fields", ())}
    return collected.field(field, own, bodies.get(field.uid, {}))


class _Offer:
    """Collects what one set of roles may see."""

    def __init__(self, work: Work) -> None:
        self.work, self.model = work, work.model
        self.seen: dict[str, Rights] = {}
        for each in self.model.entities.values():
            if not each.parent and (own := rights(work, each)).can_read:
                self.seen[each.key] = own

    def everything(self) -> dict[str, Json]:
        views = [each for each in self.model.all("view") if self.view_is_seen(each)]
        forms = [each for each in self.model.all("form") if each.entity in self.seen and self.has_role(each.roles)]
        ledgers = [each for each in self.model.all("ledger") if each.per in self.seen]
        self.names = {
            "entity": {self.model.entities[key].name for key in self.seen},
            "view": {each.name for each in views},
            "form": {each.name for each in forms},
        }
        actor = self.work.ctx.actor
        granted = PERMISSIONS if actor.is_admin else permissions_of(self.model, actor.roles)
        return {
            "release": self.model.number,
            "may": sorted(granted),
            "field_types": [{"name": name, "is_computed": each.computed} for name, each in FIELD_TYPES.items()],
            "apps": list(self.apps()),
            "entities": {self.model.entities[key].name: self.entity(key) for key in self.seen},
            "forms": [self.form(each) for each in forms],
            "views": [self.view(each) for each in views],
            "ledgers": [self.ledger(each) for each in ledgers],
        }

    def has_role(self, roles: Iterable[str]) -> bool:
        """Whether something for these roles is for the actor; for none of them means for everybody."""
        wanted = set(roles)
        return not wanted or self.work.ctx.actor.is_admin or bool(wanted & self.work.ctx.actor.roles)

    def body(self, key: str) -> Mapping[str, Json]:
        """The document of that key with what overlays make of it."""
        document = self.model.parts.get("document", {}).get(key)
        return {} if document is None else document.body

    def apps(self) -> Iterator[dict[str, Json]]:
        """An application for each package with menus: its own menus, then those of the packages that it requires."""
        menus: dict[str, list[Menu]] = {}
        for each in sorted(self.model.all("menu"), key=lambda menu: (menu.place, menu.key)):
            if self.has_role(each.roles):
                menus.setdefault(each.key.split(":", 1)[0], []).append(each)
        packages = {str(each.body["name"]): each.body for each in self.model.parts.get("document", {}).values()
                    if each.kind == "package"}
        apps = []
        for name, own in menus.items():
            lent = [menu for other in _required(name, packages) for menu in menus.get(other, ())]
            groups = [made for menu in [*own, *lent] if (made := self.menu(menu))["items"]]
            if groups:
                body = packages.get(name, {})
                app = {"name": name, "label": label_of(body.get("label"), name), "icon": body.get("icon", "")}
                apps.append((own[0].place, {**app, "menus": groups}))
        yield from (app for _, app in sorted(apps, key=lambda pair: (pair[0], str(pair[1]["name"]))))

    def menu(self, menu: Menu) -> dict[str, Json]:
        """A menu with the items that lead somewhere for the actor."""
        return {
            "name": menu.name,
            "label": label_json(menu.label, menu.name),
            "icon": menu.icon,
            "items": list(self.items(menu.items)),
        }

    def items(self, items: Iterable[Item]) -> Iterator[dict[str, Json]]:
        for each in items:
            if not self.has_role(each.roles):
                continue
            inner = list(self.items(each.items))
            if each.kind and each.target not in self.names.get(each.kind, {each.target}):
                continue
            if each.kind or inner:
                icon = each.icon or self.icon_of(each.kind, each.target)
                shown = {"uid": each.uid, "label": label_json(each.label, each.target), "icon": icon}
                yield {**shown, "kind": each.kind, "target": each.target, "items": inner}

    def icon_of(self, kind: str, name: str) -> str:
        """The icon of what an item leads to; a view has that of its entity."""
        body = self.body(self.model.names.get((kind, name), ""))
        if not body.get("icon") and kind in ("view", "form") and "entity" in body:
            return self.icon_of("entity", str(body["entity"]))
        return str(body.get("icon", ""))

    def entity(self, key: str) -> dict[str, Json]:
        """An entity with its fields, as far as the actor may see them, and what he may do with its records."""
        entity, own = self.model.entities[key], self.seen[key]
        body = self.body(key)
        return {
            "name": entity.name,
            "uid": entity.uid,
            "package": entity.package,
            "label": label_json(entity.label, entity.name),
            "help": label_of(body.get("help"), ""),
            "icon": body.get("icon", ""),
            "title": entity.title if own.may_read(entity.title) else "",
            "business_key": [name for name in entity.business_key if own.may_read(name)],
            "has_history": body.get("history", True) is not False,
            "may": {"create": own.can_create, "update": own.can_update, "delete": own.can_delete},
            "fields": self.fields(entity, own, body),
            "states": self.states(entity, own),
            "validations": [
                {"rule": each.rule.text, "message": label_json(each.message, ""), "at": each.at}
                for each in entity.validations
                if all(own.may_read(path[0]) for path in each.rule.reads)
            ],
        }

    def states(self, entity: Entity, own: Rights) -> Json:
        cycle = entity.life_cycle
        if cycle is None or not own.may_read(cycle.field):
            return None
        bodies = {each["uid"]: each for each in self.body(entity.key)["states"]["transitions"]}
        transitions = [
            {
                "uid": each.uid,
                "from": each.source,
                "to": each.target,
                "label": label_of(bodies[each.uid].get("label"), ""),
                "when": _text(each.when),
            }
            for each in cycle.transitions
            if self.has_role(each.roles)
        ]
        return {"field": cycle.field, "initial": cycle.initial, "transitions": transitions}

    def fields(self, entity: Entity, own: Rights, body: Mapping[str, Json]) -> list[Json]:
        bodies = {each["uid"]: each for each in body.get("fields", ())}
        return [self.field(each, own, bodies.get(each.uid, {})) for each in entity.fields if own.may_read(each.name)]

    def field(self, field: Field, own: Rights, body: Mapping[str, Json]) -> dict[str, Json]:
        """A field. options: the type's own settings; value: of what type a computed one is."""
        found: dict[str, Json] = {
            "uid": field.uid,
            "name": field.name,
            "label": label_json(field.label, field.name),
            "help": label_of(body.get("help"), ""),
            "type": field.type,
            "required": field.required,
            "unique": field.unique,
            "read_only": field.read_only or bool(field.capture) or not own.may_write(field.name),
            "personal": field.personal,
            "masked": field.name in own.masks,
            "sortable": _is_sortable(field) and field.name not in own.masks,
            "default": _text(field.default),
            "check": _text(field.check),
            "check_message": label_json(field.check_message, ""),
            "formula": _text(field.value) if self._reads_are_seen(field, own) else None,
            "options": {name: _plain(each) for name, each in field.options.items() if name not in _NOT_SHOWN},
            "value": {
                "kind": field.value_type.kind, "is_integer": field.value_type.integer, "scale": field.value_type.scale,
            },
        }
        if field.type == "select" or field.type == "multi_select":
            found["options"] = {**_object(found["options"]), "options": _options(field)}
        if field.target in self.model.entities:
            target = self.model.entities[field.target]
            if field.type == "lines":
                inner = {"fields": body.get("fields", ())}
                found["fields"] = self.fields(target, own.below(field.name), inner)
            elif target.key in self.seen:
                found["to"] = target.name
        return found

    def _reads_are_seen(self, field: Field, own: Rights) -> bool:
        return field.value is not None and all(own.may_read(path[0]) for path in field.value.reads)

    def view_is_seen(self, view: View) -> bool:
        """Whether the rows of a view are the actor's business."""
        if view.source == "entity":
            return view.of in self.seen
        try:
            return any(visible(self.work, view, each.value) for each in view.columns)
        except NotFound:
            return False

    def view(self, view: View) -> dict[str, Json]:
        """A view with the columns that the actor may see. entity: "" unless its rows are records."""
        is_records = view.source == "entity"
        own = self.seen[view.of] if is_records else None
        body = self.body(view.key)
        layouts = [] if own is None else list(_layouts(view, own))
        return {
            "name": view.name,
            "package": view.key.split(":", 1)[0],
            "label": label_json(view.label, view.name),
            "help": label_of(body.get("help"), ""),
            "icon": body.get("icon", ""),
            "source": view.source,
            "entity": self.model.entities[view.of].name if is_records else "",
            "filter": _text(view.filter) if is_records else None,
            "sort": [{"by": each.path, "descending": each.is_descending, "is_column": each.is_column}
                     for each in view.sort],
            "group": list(view.group),
            "search": [path for path in view.search if own is None or own.may_read(path.split(".")[0])],
            "zone": view.zone,
            "layouts": layouts,
            "opens_as": view.opens_as if any(each["as"] == view.opens_as for each in layouts) else "table",
            "columns": [self.column(each) for each in view.columns if visible(self.work, view, each.value)],
        }

    def column(self, column: ViewColumn) -> dict[str, Json]:
        return {
            "uid": column.uid,
            "name": column.name,
            "label": label_json(column.label, column.name),
            "value": column.value.text,
            "kind": column.value.type.kind,
            "format": column.format,
            "scale": column.scale,
            "fold": column.fold,
            "is_hidden": column.is_hidden,
            "width": column.width,
        }

    def form(self, form: Form) -> dict[str, Json]:
        """A form with the fields that the actor may see."""
        own = self.seen[form.entity]
        return {
            "name": form.name,
            "label": label_json(form.label, form.name),
            "entity": self.model.entities[form.entity].name,
            "when": _text(form.when),
            "is_public": form.is_public,
            "sections": [self.section(each, own) for each in form.sections],
            "actions": [self.action(each) for each in form.actions],
        }

    def section(self, section: Section, own: Rights) -> dict[str, Json]:
        return {
            "uid": section.uid,
            "label": _label_or_none(section.label),
            "tab": _label_or_none(section.tab),
            "visible": _text(section.visible),
            "collapsed": section.collapsed,
            "items": [self.form_item(each, own) for each in section.items if own.may_read(each.field)],
        }

    def form_item(self, item: FormItem, own: Rights) -> dict[str, Json]:
        inner = own.below(item.field)
        return {
            "uid": item.uid,
            "field": item.field,
            "label": _label_or_none(item.label),
            "help": _label_or_none(item.help),
            "width": item.width,
            "widget": item.widget,
            "visible": _text(item.visible),
            "required": _text(item.required),
            "read_only": _text(item.read_only),
            "columns": [self.form_column(each) for each in item.columns if inner.may_read(each.field)],
        }

    def form_column(self, column: Column) -> dict[str, Json]:
        shown = {"uid": column.uid, "field": column.field, "label": _label_or_none(column.label)}
        return {**shown, "width": column.width, "read_only": _text(column.read_only)}

    def action(self, action: FormAction) -> dict[str, Json]:
        return {
            "uid": action.uid,
            "label": label_json(action.label, action.uid),
            "icon": action.icon,
            "transition": action.transition,
            "flow": action.flow,
            "visible": _text(action.visible),
        }

    def ledger(self, ledger: LedgerDoc) -> dict[str, Json]:
        return {
            "name": ledger.name,
            "label": label_json(ledger.label, ledger.name),
            "entity": self.model.entities[ledger.per].name,
            "scale": ledger.scale,
            "has_lots": ledger.has_lots,
        }


def _layouts(view: View, own: Rights) -> Iterator[dict[str, Json]]:
    """The looks of a view that the actor may use: those whose own fields he may read, with the others that he may."""
    for each in view.layouts:
        needed = [name for part, name in each.parts.items() if part not in ("picture", "to")]
        if not all(own.may_read(name) and name not in own.masks for name in needed):
            continue
        parts = {part: name if own.may_read(name) else "" for part, name in each.parts.items()}
        yield {
            "as": each.look,
            **{part: parts.get(part, "") for part in ("by", "from", "to", "picture", "parent")},
            "fields": [path for path in each.fields if own.may_read(path.split(".")[0])],
        }


def label_json(label: Label, otherwise: str) -> dict[str, Json]:
    """A label with both languages."""
    return {"zh": label.get("zh") or otherwise, "en": label.get("en") or otherwise}


def label_of(body: Json, otherwise: str) -> dict[str, Json]:
    """A label as it stands in a document, with both languages.

    >>> label_of({"zh": "名称"}, "name")
    {'zh': '名称', 'en': '名称'}
    """
    if isinstance(body, str):
        return {"zh": body, "en": body}
    given = body if isinstance(body, Mapping) else {}
    return label_json(Label(str(given.get("zh", "")), str(given.get("en", ""))), otherwise)


def _label_or_none(label: Label | None) -> Json:
    return None if label is None else label_json(label, "")


def _is_sortable(field: Field) -> bool:
    if field.type in ("rollup", "balance"):
        return True
    return field.storage is not None and field.type not in ("json", "file")


def _text(formula: Formula | None) -> Json:
    return None if formula is None else formula.text


def _options(field: Field) -> list[Json]:
    return [
        {"value": each["value"], "label": label_of(each.get("label"), each["value"]), "color": each.get("color", "")}
        for each in field.options["options"]
    ]


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def _plain(value: Any) -> Json:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple | list | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value if isinstance(value, str | int | bool | None) else str(value)


def _required(name: str, packages: Mapping[str, Mapping[str, Json]]) -> list[str]:
    """The packages that one requires, and those that they require, each once."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        for each in packages.get(waiting.pop(0), {}).get("requires", ()):
            other = str(each["package"])
            if other not in found and other != name:
                found.append(other)
                waiting.append(other)
    return found


