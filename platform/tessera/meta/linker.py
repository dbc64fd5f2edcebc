"""The linker: resolves names across documents, types formulas on demand and collects every problem.

Types are found when they are first asked for, so that documents may stand in any order: asking for the type of a
formula field compiles its formula, which asks for the types of the fields it reads. A field that is asked for while
it is being typed closes a circle. What reads a thing that is wrong itself is left out silently: one mistake is
reported once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tessera.errors import Json, Problem
from tessera.formula import Formula, FormulaError, check_formula
from tessera.formula.shapes import Scope, Shape, Type
from tessera.meta.asked import Asked
from tessera.meta.documents import Document, escape
from tessera.meta.drafts import EntityDraft, FieldDraft, LineShape, Unusable
from tessera.meta.graph import How, Use
from tessera.meta.model import EMPTY, Entity, Label
from tessera.meta.schema import did_you_mean
from tessera.meta.templates import Template

WORKFLOW_OFFERS = frozenset({"clock", "user"})
"""What the host answers wherever a formula is about a record: the clock and who acts."""


class Linker:
    """What the kinds ask while they compile; see the module.

    bodies: the effective documents by key. previous: the Model before, when there is one. slots: for each place of a
    formula, by document and pointer, the names that it may use and the type that is expected, also where it is wrong.
    """

    def __init__(self, documents: Iterable[Document], reach: Mapping[str, frozenset[str]] = EMPTY) -> None:
        self.documents: dict[str, Document] = {}
        self.uses: list[Use] = []
        self.formulas: dict[tuple[str, str], Formula] = {}
        self.slots: dict[tuple[str, str], tuple[Scope, Type | None]] = {}
        self.templates: dict[tuple[str, str], Template] = {}
        self.typing: list[FieldDraft] = []
        self.typed: list[FieldDraft] = []
        self.broken_places: set[str] = set()
        self.indexes: dict[str, list[tuple[str, ...]]] = {}
        self.asked: dict[str, list[Asked]] = {}
        self.extra_entities: dict[str, Entity] = {}
        self.names: dict[tuple[str, str], str] = {}
        self._problems: list[Problem] = []
        self._reported: set[tuple[str, str]] = set()
        self._broken: set[tuple[str, str]] = set()
        self._files: dict[str, Document] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._entities: dict[str, EntityDraft] = {}
        self._parts: dict[str, dict[str, Any]] = {}
        self._reach = reach
        for each in documents:
            self.documents[each.key] = each
            self._files[each.file] = each

    # Problems

    def problem(self, code: str, pointer: str, message: str, hint: str = "", **params: Json) -> None:
        """Report what is wrong at a place (a pointer from Document.at)."""
        if (code, pointer) not in self._reported:
            self._reported.add((code, pointer))
            self._problems.append(Problem(code, pointer, message, hint, params))

    def problems(self) -> list[Problem]:
        """Everything reported so far, by file and place."""
        return sorted(self._problems, key=lambda each: [_numbered(step) for step in each.pointer.split("/")])

    def is_sound(self, document: Document) -> bool:
        """Whether nothing has been reported of a document so far."""
        return not any(each.pointer.startswith(f"{document.file}#") for each in self._problems)

    # Names

    def declare_name(self, document: Document, *, is_broken: bool = False) -> None:
        """Make a document's name known. is_broken: it exists, but cannot be used."""
        place = (document.kind, document.name)
        other = self.names.setdefault(place, document.key)
        if other != document.key:
            self.problem(
                "duplicate_name",
                document.at("name"),
                f'The {document.kind} "{document.name}" is defined in {self.documents[other].file} already.',
            )
        if is_broken:
            self._broken.add(place)

    def declare_alias(self, kind: str, alias: str, key: str) -> None:
        """Let an older name stand for a document; a present name wins over it."""
        self.names.setdefault((kind, alias), key)

    def find(self, kind: str, name: str, pointer: str, how: How = "name") -> str | None:
        """The key of the document of that kind and name; reports an unknown name.

        Raises: Unusable when the document is there but wrong itself.
        """
        key = self.names.get((kind, name))
        if key is None:
            known = [each for of, each in self.names if of == kind]
            self.problem(f"unknown_{kind}", pointer, f'There is no {kind} "{name}".', did_you_mean(name, known))
            return None
        if kind == "entity" and "." in name:
            self.use(pointer, key.rpartition(".")[0], "path", 0)
            self.use(pointer, key, "path", 1)
        else:
            self.use(pointer, key, how)
        self._ensure_reachable(pointer, key, name)
        if (kind, name) in self._broken:
            raise Unusable(key)
        return key

    def use(self, pointer: str, target: str, how: How, step: int = 0) -> None:
        """Note that a place names something (what `find`, `entity`, `field` … do by themselves)."""
        file, _, inside = pointer.partition("#")
        if file in self._files:
            self.uses.append(Use(self._files[file].key, inside, target, how, step))

    def _ensure_reachable(self, pointer: str, key: str, name: str) -> None:
        here, there = pointer.split("/", 1)[0], key.split(":", 1)[0]
        if here != there and here in self._reach and there not in self._reachable(pointer, here):
            message = f'"{name}" belongs to the package "{there}", which "{here}" does not require.'
            self.problem("package_not_required", pointer, message, f'Add "{there}" to requires in tessera.json.')

    def _reachable(self, pointer: str, package: str) -> set[str]:
        """Packages that a place may name: what its own requires, and those whose overlays changed its document."""
        document = self._files.get(pointer.partition("#")[0])
        overlaid_by = document.overlaid_by if document is not None else ()
        return {*self._reach[package], *overlaid_by}.union(*(self._reach.get(each, ()) for each in overlaid_by))

    # Documents

    def document(self, kind: str, name: str) -> Document | None:
        """The document of that kind and name as it stands, without reporting anything."""
        return self.documents.get(self.names.get((kind, name), ""))

    def is_usable(self, kind: str, name: str) -> bool:
        """Whether there is a document of that kind and name that is not broken."""
        return (kind, name) in self.names and (kind, name) not in self._broken

    def entity(self, name: str, pointer: str) -> EntityDraft | None:
        """The entity of that name, or the lines of one ("ticket.lines"); reports an unknown one."""
        try:
            key = self.find("entity", name, pointer)
        except Unusable:
            return None
        return self._entities.get(key) if key else None

    def entity_of(self, key: str) -> EntityDraft | None:
        """The entity of that key."""
        return self._entities.get(key)

    def entities(self) -> list[EntityDraft]:
        """Every entity that is not broken, lines among them."""
        return list(self._entities.values())

    def part(self, kind: str, name: str, pointer: str) -> Any | None:
        """The compiled document of that kind and name; reports an unknown one. Its kind must have an earlier phase."""
        try:
            key = self.find(kind, name, pointer)
        except Unusable:
            return None
        return self._parts.get(kind, {}).get(key) if key else None

    def add_part(self, kind: str, key: str, part: Any) -> None:
        """Keep a compiled document."""
        self._parts.setdefault(kind, {})[key] = part

    def parts(self) -> dict[str, dict[str, Any]]:
        """Everything compiled, by kind and key."""
        return self._parts

    # Shapes and fields

    def declare_shape(self, kind: str, key: str, shape: Shape) -> None:
        """Make known what formulas find in a document of that key."""
        self._shapes[kind, key] = shape

    def shape(self, kind: str, name: str) -> Shape | None:
        """What formulas find in the document of that kind and name; None when it is unknown or broken."""
        return self._shapes.get((kind, self.names.get((kind, name), "")))

    def declare_entity(self, draft: EntityDraft) -> None:
        """Make an entity known, with its shape."""
        self._entities[draft.key] = draft
        self.names.setdefault(("entity", draft.name), draft.key)
        self.declare_shape("entity", draft.key, draft.shape)

    def field(
        self, entity: EntityDraft, name: str, pointer: str, how: How = "name", step: int = 0
    ) -> FieldDraft | None:
        """The field of that name of an entity; reports an unknown one, None also when it is broken."""
        found = entity.field(name)
        if found is None:
            if name not in entity.broken:
                known = [*entity.names(), *entity.broken]
                message = f'"{entity.name}" has no field "{name}".'
                self.problem("unknown_field", pointer, message, did_you_mean(name, known))
            return None
        self.use(pointer, found.key, how, step)
        return found

    def path(self, entity: EntityDraft, path: str, pointer: str) -> list[FieldDraft] | None:
        """The fields of a dotted path over references, the last one last; reports what is wrong with it."""
        found: list[FieldDraft] = []
        here: EntityDraft | None = entity
        for step, name in enumerate(path.split(".")):
            if here is None:
                message = f'"{found[-1].name}" is no reference, so the path ends there.'
                self.problem("not_a_reference", pointer, message)
                return None
            each = self.field(here, name, pointer, "path", step)
            if each is None:
                return None
            found.append(each)
            here = self._target_of(each) if each.type.name == "reference" else None
        return found

    def _target_of(self, field: FieldDraft) -> EntityDraft | None:
        return self._entities.get(self.names.get(("entity", str(field.options.get("to"))), ""))

    def type_of(self, field: FieldDraft) -> Type:
        """What formulas see of a field. Raises: Unusable when the field is wrong."""
        return field.resolve(self)

    # Formulas

    def scope(self, entity: EntityDraft, offers: frozenset[str] = WORKFLOW_OFFERS) -> Scope:
        """The names of a formula about a record of that entity; lines see their record's fields too."""
        root: Shape = LineShape(entity.shape, entity.parent.shape) if entity.parent else entity.shape
        return Scope(root, EMPTY, offers)

    def want_index(self, entity: str, columns: tuple[str, ...]) -> None:
        """Ask for an index over these fields (by name) of the entity of that key, for a filter that is often used."""
        self.indexes.setdefault(entity, []).append(columns)

    def note_asked(self, asked: Asked) -> None:
        """Note what is asked of an entity again and again, for the indexes that answer it."""
        self.asked.setdefault(asked.entity, []).append(asked)

    def formula(self, text: str, scope: Scope, pointer: str, expect: Type | None = None) -> Formula | None:
        """The formula, typed; reports what is wrong with it. None also when it reads something that is wrong."""
        file, _, inside = pointer.partition("#")
        if file in self._files:
            self.slots[self._files[file].key, inside] = scope, expect
        try:
            found = check_formula(text, scope, expect)
        except Unusable:
            return None
        except FormulaError as error:
            params = {"position": error.position, "length": error.length, **error.params}
            self.problem(error.kind, pointer, error.message, error.help, **params)
            return None
        for target in sorted(found.refs):
            self.use(pointer, target, "formula")
        if file in self._files:
            self.formulas[self._files[file].key, inside] = found
        return found

    def keep_template(self, pointer: str, template: Template, refs: Iterable[str]) -> None:
        """Note a text with placeholders and what they name, so that a rename finds them."""
        for target in sorted(refs):
            self.use(pointer, target, "formula")
        file, _, inside = pointer.partition("#")
        if file in self._files:
            self.templates[self._files[file].key, inside] = template

    # Labels

    def label(self, body: Mapping[str, Json], pointer: str, key: str = "label") -> Label:
        """The label in a body under that key; reports a language left out. Without one the name, made readable."""
        value = body.get(key)
        if isinstance(value, str):
            return Label(value, value)
        if isinstance(value, Mapping):
            for language in ("zh", "en"):
                if language not in value:
                    place = f"{pointer}/{escape(key)}"
                    self.problem("missing_language", place, f'The label has no text for "{language}".')
            return Label(str(value.get("zh", "")), str(value.get("en", "")))
        if key != "label":
            return Label()
        name = str(body.get("name") or body.get("value") or body.get("uid") or "").replace("_", " ")
        return Label(name, name[:1].upper() + name[1:])


def _numbered(step: str) -> tuple[int, int, str]:
    return (0, int(step), "") if step.isdigit() else (1, 0, step)
