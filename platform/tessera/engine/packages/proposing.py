"""A proposal: what applying packages would change, and how many rows that touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeAlias

from tessera.engine.packages.counting import count_rows
from tessera.engine.packages.errors import NothingToRollBack
from tessera.engine.packages.stored import load_model, load_packages
from tessera.errors import Invalid, Json, Problem
from tessera.meta import Change, Model, Package, Plan, compile_model, diff
from tessera.meta.aliases import keep_aliases
from tessera.store import Tx
from tessera.store.system import catalog


@dataclass(frozen=True)
class History:
    """Decided history that a release alters, since its rules are in force from then on: of how many holders."""

    timeline: str
    since: datetime
    holders: int
    moments: int


OnPropose: TypeAlias = "Callable[[Tx, int, Model, Model, datetime], Iterable[History]]"

on_propose: list[OnPropose] = []
"""Called with base, the Model before and after it, and the instant from which on the release would decide."""


@dataclass(frozen=True)
class Proposal:
    """What would become of a release.

    base: the release that it was made on. packages: everything that the new release would hold.
    rows: for each change of the plan, how many records have a value that it touches, or break the rule that it sets.
    history: what is decided already and would be decided again.
    """

    base: int
    packages: tuple[Package, ...]
    before: Model
    after: Model
    plan: Plan
    rows: tuple[int, ...]
    history: tuple[History, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.plan.changes

    def risky(self) -> list[Change]:
        """The changes that need consent: they hide or alter values that are there."""
        pairs = zip(self.plan.changes, self.rows, strict=True)
        return [change for change, rows in pairs if rows and change.risk in {"hides_data", "loses_precision"}]

    def to_json(self) -> dict[str, Json]:
        """The proposal as it goes over the wire."""
        pairs = zip(self.plan.changes, self.rows, strict=True)
        changes = [{**change.to_json(), "rows": rows, "of": self._document_of(change)} for change, rows in pairs]
        return {
            "base": self.base,
            "is_empty": self.is_empty,
            "needs_consent": bool(self.risky()),
            "packages": {each.name: each.version for each in self.packages},
            "changes": changes,
            "history": [{**asdict(each), "since": each.since.isoformat()} for each in self.history],
        }

    def _document_of(self, change: Change) -> dict[str, Json]:
        """The document that a change stands in: key, package, kind, name, label."""
        package, _, rest = change.key.partition(":")
        key = f"{package}:{rest.partition('.')[0]}"
        body = self.after.documents.get(key) or self.before.documents.get(key) or {}
        name = str(body.get("name") or rest or package)
        kind = body.get("kind") or change.kind
        return {"key": key, "package": package, "kind": kind, "name": name, "label": body.get("label") or name}


def propose(tx: Tx, base: int, packages: Sequence[Package], *, remove: Iterable[str] = (),
            effective_from: datetime | None = None) -> Proposal:
    """What applying these packages on release base would change.

    remove: names of packages that the new release shall not hold. effective_from: from when its rules decide; left out:
    from when it is applied, which alters nothing that was decided. Raises: Invalid with every problem.
    """
    held = {each.name: each for each in load_packages(tx, base)}
    ensure_no_downgrade(held.values(), packages)
    wanted = {**held, **{each.name: each for each in packages}}
    for name in remove:
        wanted.pop(name, None)
    return propose_exactly(tx, base, [wanted[name] for name in sorted(wanted)], effective_from=effective_from)


def propose_rollback(tx: Tx, base: int, target: int, *, effective_from: datetime | None = None) -> Proposal:
    """What going back from release base to an earlier one would change. Raises: NothingToRollBack, Invalid."""
    if catalog.release(tx, target) is None:
        raise NothingToRollBack
    return propose_exactly(tx, base, load_packages(tx, target), effective_from=effective_from)


def propose_exactly(tx: Tx, base: int, packages: Sequence[Package], *, effective_from: datetime | None = None
                    ) -> Proposal:
    """What it would change if the release held exactly these packages. Raises: Invalid with every problem."""
    before = load_model(tx, base)
    kept = keep_aliases(packages, before)
    after = compile_model(kept, number=base + 1, previous=before)
    plan = diff(before, after)
    history: list[History] = []
    if effective_from is not None and plan:
        history = [found for each in on_propose for found in each(tx, base, before, after, effective_from)]
    return Proposal(base, tuple(kept), before, after, plan, count_rows(tx, before, after, plan), tuple(history))


def ensure_no_downgrade(held: Iterable[Package], packages: Sequence[Package]) -> None:
    """Raises: Invalid naming each package that is older than the one applied."""
    versions = {each.name: each.version for each in held}
    older = [each for each in packages if version_key(each.version) < version_key(versions.get(each.name, ""))]
    if older:
        raise Invalid(
            Problem(
                "package_downgrade",
                f"{each.name}/tessera.json#/version",
                f"Version {each.version} is older than version {versions[each.name]}, which is applied.",
                "Give it a higher version, or roll back instead.",
                {"applied": versions[each.name], "given": each.version},
            )
            for each in older
        )


def version_key(version: str) -> tuple[int, ...]:
    """What versions are compared by.

    >>> version_key("1.10") > version_key("1.9.3")
    True
    """
    return tuple(int(part) for part in version.split(".") if part.isdigit())
