"""A package with messages of every sort, a channel that remembers what it was handed, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from databases import Templates
from tessera.context import Actor, Context
from tessera.engine import messages, packages, records
from tessera.engine.messages import Channel, Delivery, Receipt, ToRecord, add_channel, deliver_due, remove_channel
from tessera.engine.messages.channels.base import CHANNELS
from tessera.engine.process import Process
from tessera.meta import Package
from tessera.meta.channels import ChannelKind
from tessera.meta.documents import document_of, package_of
from tessera.meta.model import Label
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

from .conftest import field as entity_field
from .conftest import label

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""

PERSON: dict[str, Any] = {
    "kind": "entity", "uid": "person", "name": "person", "label": label("person"), "title": "name",
    "business_key": ["code"],
    "contact": {"phone": "phone", "email": "mail", "user": "account", "language": "lang", "zone": "zone",
                "consent": "agrees", "others": [{"uid": "probe", "address": "probe_id", "field": "code"}]},
    "fields": [
        entity_field("code", required=True, max_length=40),
        entity_field("name", **{"class": "personal"}),
        entity_field("phone", "phone", **{"class": "personal"}),
        entity_field("mail", "email", **{"class": "personal"}),
        entity_field("account", "user"),
        entity_field("lang"),
        entity_field("zone"),
        entity_field("agrees", "boolean"),
    ],
}  # fmt: skip
TICKET: dict[str, Any] = {
    "kind": "entity", "uid": "ticket", "name": "ticket", "label": label("ticket"), "title": "number",
    "business_key": ["number"],
    "fields": [
        entity_field("number", required=True, max_length=40),
        entity_field("person", "reference", to="person"),
        entity_field("owner", "user"),
        entity_field("due_on", "date"),
        entity_field("items", "lines", fields=[
            {**entity_field("item_name"), "name": "item"}, entity_field("cost", "decimal", scale=2)]),
        entity_field("total", "formula", value="SUM(items, cost)", scale=2, rounding="half_up"),
    ],
}  # fmt: skip


def text(uid: str, words: str, **more: Any) -> list[dict[str, Any]]:
    """The same text in both languages; English begins with "en "."""
    return [
        {"uid": f"{uid}_zh", "language": "zh", "text": words, **more},
        {"uid": f"{uid}_en", "language": "en", "text": f"en {words}", **more},
    ]


def message(name: str, words: str, *channels: str, **keys: Any) -> dict[str, Any]:
    """A message document."""
    subject = {"subject": keys.pop("subject")} if "subject" in keys else {}
    texts = keys.pop("texts", None) or text("text", words, **subject, **keys.pop("own", {}))
    return {
        "kind": "message", "uid": name, "name": name, "label": label(name), "channels": list(channels or ("probe",)),
        "texts": texts, **keys,
    }  # fmt: skip


AMOUNT = [{"uid": "amount", "name": "amount", "label": label("amount"), "type": "number"},
          {"uid": "until_on", "name": "until_on", "label": label("until"), "type": "date"}]  # fmt: skip
QUIET = {"from": "21:00", "to": "09:00"}
MESSAGES = [
    message("hello", "{to.name|default:'you'}: {amount|money}", entity="person", values=AMOUNT, subject="Hi {to.name}"),
    message("due", "{to.name}, {record.number} {record.total|money} {record.items|count} {record.due_on}",
            entity="ticket", to="person"),
    message("owned", "{record.number} is yours, {recipient}", "app", entity="ticket", to="owner"),
    message("several", "{to.name}", "email", "sms", "probe", entity="person"),
    message("everywhere", "{to.name}", "email", "probe", entity="person", deliver="all"),
    message("ads", "buy {amount}", entity="person", values=AMOUNT, category="marketing", quiet=QUIET,
            cap={"group": "ads", "most": 2, "days": 7}),
    message("more_ads", "more", entity="person", category="marketing", consent="assumed",
            cap={"group": "ads", "most": 2, "days": 7, "policy": "postpone"}),
    message("calm", "calm", entity="person", quiet=QUIET),
    message("hush", "hush", entity="person", quiet={**QUIET, "policy": "drop"}),
    message("alarm", "alarm", entity="person", quiet={"policy": "ignore"}, priority="high"),
    message("slow", "slow", entity="person", priority="low"),
    message("once", "once {amount}", entity="person", values=AMOUNT,
            dedupe={"key": "'gift:' & record.code", "within": "30d"}),
    message("again", "again", entity="person", dedupe={"key": "'gift:' & record.code", "within": "1h"}),
    message("lots", "{items|count} lots, {items|sum:amount|number:'0'} until {until_on|date}\n{items}",
            entity="person", values=AMOUNT, merge={"wait": "10m", "by": "until_on", "most": 3},
            own={"item": "- {amount|number:'0'}"}),
    message("timely", "timely", entity="person", values=AMOUNT, until="until_on"),
    message("careful", "careful", entity="person", at_most_once=True),
    message("code", "code {amount}", entity="person", values=AMOUNT, keep="forget"),
    message("to_group", "all of you: {amount}", "probe_group", group="ops", values=AMOUNT),
]  # fmt: skip


def message_package(*more: dict[str, Any]) -> Package:
    """The package of these tests."""
    head = {"kind": "package", "uid": "news", "name": "news", "label": label("news"), "version": "1.0.0"}
    documents = [document_of("news", "tessera.json", head)]
    documents += [document_of("news", f"{each['kind']}/{each['uid']}.json", each)
                  for each in (PERSON, TICKET, *MESSAGES, *more)]  # fmt: skip
    return package_of("news", documents)


@dataclass
class Probe(Channel):
    """Remembers what it was handed. behave: what it does with a delivery; raises, or gives a receipt."""

    kind: ClassVar[ChannelKind] = ChannelKind("probe", Label("探针", "Probe"), "probe_id")
    handed: list[Delivery] = field(default_factory=list)
    behave: Callable[[Delivery], Receipt] = field(default=lambda request: Receipt(id=f"r-{request.id}"))

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Remember it."""
        self.handed.append(request)
        return self.behave(request)

    @property
    def texts(self) -> list[str]:
        """What it was told to say."""
        return [each.text for each in self.handed]


class GroupProbe(Probe):
    """The same for groups, three times a minute."""

    kind: ClassVar[ChannelKind] = ChannelKind("probe_group", Label("群探针", "Group probe"), "group")
    per_minute: ClassVar[int] = 3


@dataclass
class News:
    """A process with that package; now: what its clock shows."""

    runtime: Runtime
    probe: Probe
    group: GroupProbe
    now: datetime = NOON

    def ctx(self, actor: Actor | None = None) -> Context:
        """The system, or somebody, at the present instant."""
        found = Context(clock=lambda: self.now, language="zh")
        return found if actor is None else found.acting_as(actor)

    def person(self, code: str = "P1", **values: Any) -> ToRecord:
        """A new person."""
        body = {"code": code, "name": f"Name {code}", **values}
        made = self.runtime.write(self.ctx(), lambda work: records.create(work, "person", body))
        return ToRecord("news:person", made["id"])

    def send(self, name: str, to: messages.To | None = None, key: str = "", **more: Any) -> messages.Sent:
        """Send a message in a transaction of its own. more: values, about, source."""
        values = more.pop("values", {})
        if isinstance(to, ToRecord) and "about" not in more:
            more["about"] = to.id
        return self.runtime.write(
            self.ctx(), lambda work: messages.send(work, name, to, values, key, **more)
        )

    def deliver(self, limit: int = 100) -> int:
        """Do the chore."""
        return deliver_due(self.runtime, self.ctx(), limit)

    def later(self, **spans: float) -> None:
        """Move the clock."""
        self.now += timedelta(**spans)

    def rows(self) -> list[dict[str, Any]]:
        """Every delivery as administrators see it, the first first."""
        with self.runtime.reading(self.ctx()) as work:
            return messages.deliveries.list_deliveries(work, {}, limit=500)[::-1]

    def states(self) -> list[tuple[str, str | None]]:
        """State and reason of every delivery, the first first."""
        return [(each["state"], each["reason"]) for each in self.rows()]


@contextmanager
def probes() -> Iterator[tuple[Probe, GroupProbe]]:
    """The channels of these tests, for the length of a with block."""
    one, group = Probe(), GroupProbe()
    add_channel(one)
    add_channel(group)
    try:
        yield one, group
    finally:
        remove_channel(CHANNELS["probe"])
        remove_channel(CHANNELS["probe_group"])


@contextmanager
def news(templates: Templates, dialect: str, folder: Path) -> Iterator[News]:
    """A process on a fresh copy of a database that holds the package."""

    def fill(url: str) -> None:
        made = open_runtime(Settings(database_url=url, secret_key="for tests"))
        packages.apply(made.database, made.settings, Context(), [message_package()], consent=True)
        made.close()

    settings = Settings(secret_key="for tests", data_dir=folder)
    with probes() as (one, group), templates.open(dialect, "news", fill, settings) as runtime:
        yield News(runtime, one, group)
