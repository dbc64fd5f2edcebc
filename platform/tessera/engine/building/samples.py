"""Real records as formulas of a draft see them: read by the head release, within the actor's rights, then named anew.

Fields are found again by their stable keys. A field that the head does not have yet is blank, or worked out when it is
a formula or a lookup. A path that the actor may not read makes the whole sample hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tessera.engine.access import partly_seen_hops, rights
from tessera.engine.host import Host
from tessera.engine.records.plan import SIDE_TYPES, Path, plan_of
from tessera.engine.records.related import complete, find, follow
from tessera.engine.records.stored import attach
from tessera.engine.work import Work
from tessera.formula import Formula
from tessera.meta.drafts import FieldDraft, Unusable
from tessera.meta.linker import Linker
from tessera.meta.model import Entity, Field, Model, system_members
from tessera.store.expanding import fetch_by_ids

MOST = 500


class Hidden(Exception):
    """The actor may not read what a formula reads. Private to building."""


@dataclass(frozen=True, slots=True)
class Part:
    """A field as formulas of a draft know it. target: key of the entity behind a reference, or of lines.

    value: of a formula field. path: that a lookup follows.
    """

    key: str
    name: str
    type: str
    target: str = ""
    value: Formula | None = None
    path: Path = ()


class Names(Protocol):
    """The fields of a Model, or of what a linker could make of a broken one."""

    def part(self, entity: str, name: str) -> Part | None:
        """The field of that name of the entity of that key."""
        ...


@dataclass(frozen=True)
class ModelNames:
    """The fields of a Model."""

    model: Model

    def part(self, entity: str, name: str) -> Part | None:
        """The field of that name of the entity of that key."""
        known = self.model.entities.get(entity)
        found = known.field(name) if known is not None else None
        if found is None:
            return None
        path = found.options.get("path", ()) if found.type == "lookup" else ()
        value = found.value if found.type == "formula" else None
        return Part(found.key, found.name, found.type, found.target, value, tuple(path))


@dataclass(frozen=True)
class LinkerNames:
    """The fields of what could be understood."""

    linker: Linker

    def part(self, entity: str, name: str) -> Part | None:
        """The field of that name of the entity of that key."""
        draft = self.linker.entity_of(entity)
        found = draft.field(name) if draft is not None else None
        if found is None:
            return None
        return Part(found.key, found.name, found.type.name, self._target(found), self._value(found),
                    tuple(each.name for each in found.path))  # fmt: skip

    def _target(self, found: FieldDraft) -> str:
        if found.type.name == "lines":
            return found.key
        return self.linker.names.get(("entity", str(found.options.get("to"))), "")

    def _value(self, found: FieldDraft) -> Formula | None:
        if found.type.name != "formula":
            return None
        try:
            found.resolve(self.linker)
        except Unusable:
            return None
        return found.value


@dataclass
class _Need:
    """What of an entity's records is to be read, by the draft's names. computed: in the order of their dependence."""

    entity: str
    plain: dict[str, _Need | None] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    computed: list[Part] = field(default_factory=list)


@dataclass
class Sampler:
    """Reads samples of one entity (by key) for formulas that read these paths."""

    work: Work
    names: Names
    entity: str
    paths: Iterable[Path]
    need: _Need = field(init=False)

    def __post_init__(self) -> None:
        self.need = _Need(self.entity)
        for path in self.paths:
            self._add(self.need, self.need, path)

    def envs(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """By id, the records that the actor may see, as the draft's formulas see them. Raises: Hidden."""
        live = self.work.model.entities.get(self.entity)
        if live is None or live.parent:
            return {}
        if not rights(self.work, live).can_read:
            raise Hidden
        paths = set(self._live_paths(self.need, live, ""))
        seen = find(self.work, live, [("id", each) for each in ids[:MOST]])
        rows = fetch_by_ids(self.work.tx, self.work.tables, live, [key[1] for key in seen])
        self._fill(live, rows, paths)
        return {row["id"]: self._env(self.need, live, row, {}) for row in rows}

    def _add(self, root: _Need, need: _Need, path: Path) -> None:
        """Note a path, and what lookups and formulas on it read, before them."""
        part = self.names.part(need.entity, path[0])
        if part is None:
            if need is not root and not self._is_system(need, path[0]):
                self._add(root, root, path)
            else:
                need.plain.setdefault(path[0], None)
            return
        if part.name in need.parts:
            known = True
        else:
            known, need.parts[part.name] = False, part
        if part.type == "lookup":
            self._add(root, need, part.path + path[1:])
        elif part.value is not None:
            for read in () if known else sorted(part.value.reads):
                self._add(root, need, read)
        else:
            self._add_plain(root, need, part, path)
            return
        if not known:
            need.computed.append(part)

    def _add_plain(self, root: _Need, need: _Need, part: Part, path: Path) -> None:
        below = need.plain.get(part.name)
        if part.target and (len(path) > 1 or part.type == "lines"):
            below = below or _Need(part.target)
        need.plain[part.name] = below
        if below is not None and len(path) > 1:
            self._add(root if part.type == "lines" else below, below, path[1:])

    def _is_system(self, need: _Need, name: str) -> bool:
        live = self.work.model.entities.get(need.entity)
        members = system_members(need.entity, is_line=live is not None and bool(live.parent))
        return any(each.name == name for each in members)

    def _live_paths(self, need: _Need, live: Entity, prefix: str) -> Iterable[Path]:
        """The paths in names of the head. Raises: Hidden for what the actor may not read."""
        by_key = {each.key: each for each in live.fields}
        root = self.work.model.entities[live.parent] if live.parent else live
        own = rights(self.work, root)
        for name, below in need.plain.items():
            part = need.parts.get(name)
            found = by_key.get(part.key) if part is not None else None
            if found is None:
                continue
            if not own.can_read or not own.may_read(prefix + found.name) or prefix + found.name in own.masks:
                raise Hidden
            target = self.work.model.entities.get(found.target)
            if below is None or target is None:
                yield (found.name,)
                continue
            if not target.parent:
                self._ensure_whole(live, found, target)
            inner = f"{found.name}." if target.parent else ""
            yield (found.name,)
            yield from ((found.name, *rest) for rest in self._live_paths(below, target, inner))

    def _ensure_whole(self, live: Entity, found: Field, target: Entity) -> None:
        """Nothing is told of a record of which the actor may see only some."""
        there = rights(self.work, target)
        is_partly = found.type == "lookup" and partly_seen_hops(self.work, live, found)
        if not there.can_read or there.row_condition is not None or is_partly:
            raise Hidden

    def _fill(self, live: Entity, rows: list[dict[str, Any]], paths: set[Path]) -> None:
        plan = plan_of(self.work.model, live)
        lined = {path[0] for path in paths if path[0] in plan.lines}
        if lined or plan.multiple:
            attach(self.work, plan, rows)
        for name in lined:
            lower = plan.lines[name].entity
            inside = {path[1:] for path in paths if path[0] == name and len(path) > 1}
            complete(self.work, lower, [line for row in rows for line in row[name]], inside)
        complete(self.work, live, rows, {path for path in paths if path[0] not in lined})

    def _env(
        self, need: _Need, live: Entity | None, row: Mapping[str, Any], outer: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A record by the draft's names, with what its formulas and lookups give: lines after what they may read."""
        env: dict[str, Any] = {"id": row.get("id")}
        lined = {name for name, part in need.parts.items() if part.type == "lines"}
        later = [part for part in need.computed if _reads_any(part, lined)]
        self._put(need, live, row, env, [name for name in need.plain if name not in lined], {})
        host = self.work.host()
        for part in need.computed:
            if part not in later:
                env[part.name] = _computed(part, {**outer, **env}, host)
        self._put(need, live, row, env, [name for name in need.plain if name in lined], {**outer, **env})
        for part in later:
            env[part.name] = _computed(part, {**outer, **env}, host)
        return env

    def _put(
        self, need: _Need, live: Entity | None, row: Mapping[str, Any], env: dict[str, Any], names: Iterable[str],
        outer: Mapping[str, Any],
    ) -> None:  # fmt: skip
        by_key = {each.key: each for each in live.fields} if live is not None else {}
        for name in names:
            part, below = need.parts.get(name), need.plain[name]
            if part is None:
                env[name] = row.get(name)
                continue
            found = by_key.get(part.key)
            value = row.get(found.name) if found is not None and _is_same(found, part) else None
            env[part.name] = self._value(below, found, value, outer) if below is not None else value
            if part.type in ("lines", "multi_reference") and env[part.name] is None:
                env[part.name] = []

    def _value(self, below: _Need, found: Field | None, value: Any, outer: Mapping[str, Any]) -> Any:
        target = self.work.model.entities.get(found.target) if found is not None else None
        if isinstance(value, list):
            return [self._env(below, target, each, outer) for each in value if isinstance(each, Mapping)]
        return self._env(below, target, value, {}) if isinstance(value, Mapping) else value


def _reads_any(part: Part, lined: set[str]) -> bool:
    return part.value is not None and any(path[0] in lined for path in part.value.reads)


def _is_same(found: Field, part: Part) -> bool:
    """Whether the head's values mean the same in the draft."""
    if part.type in SIDE_TYPES or found.type in SIDE_TYPES:
        return part.type == found.type
    return part.type == found.type and part.target == found.target


def _computed(part: Part, env: Mapping[str, Any], host: Host) -> Any:
    if part.value is None:
        return follow(env, part.path)
    return part.value(env, host)
