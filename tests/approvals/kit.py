"""What the tests of approvals share: a small program with people, claims that are decided about, and people who act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from engine.conftest import field, label, options
from flows.kit import Works, flow, on, works_with
from tessera.context import Actor, Context
from tessera.engine import identity
from tessera.engine.approvals import deciding, lists, showing
from tessera.engine.identity.credentials import actor_of
from tessera.store.system.access import users
from tessera.store.system.approvals import approvals, tasks

PEOPLE = ("req", "ann", "bob", "cay", "dan", "eve")

CLAIM: dict[str, Any] = {
    "kind": "entity", "uid": "claim", "name": "claim", "label": label("claim"), "title": "subject",
    "fields": [
        field("subject", required=True, max_length=80),
        field("amount", "decimal", scale=2),
        field("granted", "decimal", scale=2, min="0"),
        field("region"),
        field("secret", **{"class": "personal"}),
        field("memo", max_length=40),
        field("keeper", "user"),
        field("account", "reference", to="account"),
        field("paper", "file"),
        field("state", "select", options=options("asked", "granted", "refused")),
        field("items", "lines", fields=[
            {**field("name_", required=True), "name": "item"},
            field("price", "decimal", scale=2),
            field("cost", "decimal", scale=2),
        ]),
    ],
}  # fmt: skip
STAFF: dict[str, Any] = {
    "kind": "entity", "uid": "staff", "name": "staff", "label": label("staff"), "title": "job",
    "fields": [
        field("job"), field("who_", "user"), field("boss", "reference", to="staff"), field("deputy", "user"),
    ],
}  # fmt: skip
ORGANISATION: dict[str, Any] = {
    "kind": "organisation", "uid": "house", "name": "house", "label": label("house"), "entity": "staff", "user": "who_",
    "managers": [{"uid": "up_", "path": "boss"}, {"uid": "aside", "path": "deputy"}],
}  # fmt: skip
MATRIX: dict[str, Any] = {
    "kind": "table", "uid": "matrix", "name": "matrix", "label": label("matrix"),
    "columns": [
        {"uid": "least", "name": "least", "type": "decimal", "scale": 2, "label": label("least")},
        {"uid": "region", "name": "region", "type": "text", "label": label("region")},
        {"uid": "who", "name": "who", "type": "text", "label": label("who")},
        {"uid": "role", "name": "role", "type": "text", "label": label("role")},
    ],
    "rows": [
        {"uid": "big", "values": {"least": "1000", "who": "dan, eve", "role": "chief"}},
        {"uid": "north", "values": {"least": "0", "region": "north", "who": "bob", "role": "helper"}},
        {"uid": "rest", "values": {"least": "0", "who": "cay", "role": "helper"}},
    ],
}  # fmt: skip
ROLES: tuple[dict[str, Any], ...] = (
    {"kind": "role", "uid": "chief", "name": "chief", "label": label("chief")},
    {"kind": "role", "uid": "helper", "name": "helper", "label": label("helper")},
    {"kind": "role", "uid": "reader", "name": "reader", "label": label("reader"),
     "grants": [{"uid": "all", "entity": "claim", "actions": ["read", "update"]}]},
    {"kind": "role", "uid": "overseer", "name": "overseer", "label": label("overseer"),
     "approvals": [{"uid": "see", "may": ["see"]}]},
    {"kind": "role", "uid": "steward", "name": "steward", "label": label("steward"),
     "approvals": [{"uid": "own", "flow": "deal", "may": ["see", "manage"]}]},
)  # fmt: skip


def who(*names: str) -> list[dict[str, Any]]:
    """Approvers by sign-in names."""
    return [{"uid": "who", "users": list(names)}]


def node(uid: str, approvers: Any, mode: str = "all", **more: Any) -> dict[str, Any]:
    """A node of an approval."""
    return {"uid": uid, "label": label(uid), "approvers": approvers, "mode": mode, **more}


def approve(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A step that asks for approval; its uid is `ask`."""
    return {"uid": "ask", "do": "approve", "nodes": list(nodes), **more}


def deal(*steps: dict[str, Any], uid: str = "deal", when: str = "", **more: Any) -> dict[str, Any]:
    """The flow of the tests: begun by a new claim."""
    return flow(uid, on("record.created", "claim", **({"when": when} if when else {})), *steps, **more)


class Office:
    """A runtime with people, their claims, and what they do with approvals."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.runtime = works.runtime
        self.ids: dict[str, int] = {}

    def hire(self, name: str, **values: Any) -> int:
        """A new user."""
        with self.runtime.database.write() as tx:
            made = identity.create_user(tx, self.works.context(), {"name": name, **values})
        self.ids[name] = made["id"]
        return int(made["id"])

    def change(self, name: str, **values: Any) -> None:
        """Change a user."""
        with self.runtime.database.write() as tx:
            identity.update_user(tx, self.works.context(), self.ids[name], values)

    def actor(self, name: str) -> Actor:
        """A user as an actor, as he is now."""
        with self.runtime.database.read() as tx:
            row = tx.row(sa.select(users).where(users.c.id == self.ids[name]))
        assert row is not None
        return actor_of(row)

    def context(self, name: str = "") -> Context:
        """A user at the present instant; the platform without a name."""
        return self.works.context(self.actor(name)) if name else self.works.context()

    def claim(self, by: str = "req", **values: Any) -> dict[str, Any]:
        """A new claim by somebody, for whom the flow is begun."""
        from tessera.engine import records

        admin = self.actor(by)
        own = Actor(admin.id, admin.name, admin.roles, admin.attributes, is_admin=True)
        body = {"subject": "one", **values}
        made = self.runtime.write(self.works.context(own), lambda work: records.create(work, "claim", body))
        self.works.settle()
        return made

    # Doing

    def do(self, name: str, then: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """What a verb of approvals gives, done by somebody."""
        return self.runtime.write(self.context(name), lambda work: then(work, *args, **more))

    def task(self, name: str, *, state: str = "open") -> int:
        """The id of somebody's latest task in a state."""
        mine = (tasks.c.person_id == self.ids[name]) & (tasks.c.state == state)
        with self.runtime.database.read() as tx:
            found = tx.scalar(sa.select(sa.func.max(tasks.c.id)).where(mine))
        assert found is not None, f"{name} has no {state} task"
        return int(found)

    def decide(self, name: str, kind: str, *, holder: str = "", **more: Any) -> Any:
        """Decide about one's own open task, or that of somebody else."""
        return self.do(name, deciding.decide, self.task(holder or name), kind, **more)

    def final(self, name: str, kind: str, **more: Any) -> None:
        """Decide, and wait until that cannot be taken back."""
        self.decide(name, kind, **more)
        self.wait(seconds=10)

    def wait(self, **amount: float) -> None:
        """Let time pass and do what comes due."""
        self.works.later(**amount)
        self.works.settle()

    # Looking

    def asked(self) -> list[str]:
        """Who is asked now."""
        names = {number: name for name, number in self.ids.items()}
        with self.runtime.database.read() as tx:
            query = sa.select(tasks.c.person_id).where(tasks.c.state == "open").order_by(tasks.c.id)
            return [names[each] for each in tx.execute(query).scalars()]

    def approval(self, number: int = 0) -> dict[str, Any]:
        """The row of an approval, of the latest without a number."""
        with self.runtime.database.read() as tx:
            last = sa.select(sa.func.max(approvals.c.id)).scalar_subquery()
            row = tx.row(sa.select(approvals).where(approvals.c.id == (number or last)))
        assert row is not None
        return row

    def shown(self, name: str, number: int = 0) -> dict[str, Any]:
        """The latest approval as somebody sees it."""
        number = number or self.approval()["id"]
        with self.runtime.reading(self.context(name)) as work:
            return showing.answer(deciding.seen_approval(work, number))

    def inbox(self, name: str, **more: Any) -> list[dict[str, Any]]:
        """What waits for somebody."""
        with self.runtime.reading(self.context(name)) as work:
            return lists.waiting(work, limit=50, **more).rows

    def run(self) -> dict[str, Any]:
        """The latest run."""
        return self.works.runs()[-1]


def office_with(url: str, *documents: dict[str, Any], **limits: Any) -> Office:
    """A runtime on a fresh database with the program, these documents, and people."""
    office = Office(works_with(url, CLAIM, STAFF, ORGANISATION, MATRIX, *ROLES, *documents, **limits))
    for name in PEOPLE:
        office.hire(name, attributes={"region": "north" if name in ("bob", "dan") else "south"})
    return office
