"""Extensions: what an installed distribution may add, through the same registries that the built-ins use.

A distribution names a function in the entry point group `tessera.plugins`; it is called once in each process with a
PluginApi. A plugin that fails adds nothing, and the process says which one it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from tessera.engine.flows.steps.base import STEP_RUNNERS, StepRunner
from tessera.engine.flows.triggers.base import MATCHERS, Matcher
from tessera.engine.messages import Channel, add_channel, remove_channel
from tessera.errors import Json, TesseraError
from tessera.formula import functions
from tessera.meta.fields import FIELD_TYPES, FieldType
from tessera.meta.steps import STEP_TYPES
from tessera.meta.steps.base import StepType
from tessera.meta.triggers import TRIGGER_TYPES, TriggerType
from tessera.names import is_name
from tessera.store.builds import BUILDERS, Builder

GROUP = "tessera.plugins"


class PluginFailed(TesseraError):
    """The plugin "{name}" cannot be used: {why}"""

    code = "plugin_failed"
    status = 500
    hint = "Repair or uninstall the distribution that it comes with."


@dataclass
class PluginApi:
    """What a plugin is handed. name: of its entry point. Each verb raises ValueError when a name is taken."""

    name: str
    added: list[str] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def add_field_type(self, part: FieldType) -> None:
        """A type of field, under its own name; its keys become part of the schema of entities."""
        if not is_name(part.name):
            raise ValueError(f"{part.name!r} is no name of a field type")
        FIELD_TYPES.add(part.name, part)
        self._note(f"field type {part.name}", lambda: FIELD_TYPES.remove(part.name))

    def add_function(self, definition: Mapping[str, Json], body: Callable[..., Any]) -> None:
        """A function of formulas. definition: name, aliases, category, params, result, doc {"zh", "en"} … as the
        built-in ones have them; sides, unless given: only Python, so that browser and database ask the server."""
        made = functions.define({"aliases": [], "sides": ["python"], **definition}, body)
        functions.register(made)
        self._note(f"function {made.name}", lambda: functions.forget(made.name))

    def add_builder(self, kind: str, builder: Builder) -> None:
        """What does builds of a kind after a release, piece by piece."""
        BUILDERS.add(kind, builder)
        self._note(f"builder {kind}", lambda: BUILDERS.remove(kind))

    def add_channel(self, channel: Channel) -> None:
        """A way to reach people. It takes the place of a built-in one of its name that is for development only."""
        if not is_name(channel.kind.name):
            raise ValueError(f"{channel.kind.name!r} is no name of a channel")
        before = add_channel(channel)

        def undo() -> None:
            remove_channel(channel)
            if before is not None:
                add_channel(before)

        self._note(f"channel {channel.kind.name}", undo)

    def add_step(self, kind: StepType, runner: StepRunner) -> None:
        """A kind of step of flows, as metadata and as the engine know it; both bear the same name."""
        if not is_name(kind.name) or runner.name != kind.name:
            raise ValueError(f"{kind.name!r} and {runner.name!r} are no one name of a step")
        STEP_TYPES.add(kind.name, kind)
        self._note(f"step {kind.name}", lambda: STEP_TYPES.remove(kind.name))
        STEP_RUNNERS.add(kind.name, runner)
        self._undo.append(lambda: STEP_RUNNERS.remove(kind.name))

    def add_trigger(self, kind: TriggerType, matcher: Matcher | None = None) -> None:
        """A kind of trigger of flows; matcher: for one about changes of records, what says which are meant."""
        TRIGGER_TYPES.add(kind.name, kind)
        self._note(f"trigger {kind.name}", lambda: TRIGGER_TYPES.remove(kind.name))
        if matcher is not None:
            MATCHERS.add(kind.name, matcher)
            self._undo.append(lambda: MATCHERS.remove(kind.name))

    def _note(self, what: str, undo: Callable[[], None]) -> None:
        self.added.append(what)
        self._undo.append(undo)

    def undo(self) -> None:
        """Take out what was added, the latest first."""
        while self._undo:
            self._undo.pop()()
        self.added.clear()


def load_plugins(found: Iterable[EntryPoint] | None = None) -> list[PluginApi]:
    """Call every plugin, in the order of their names; what each of them added. found: which, left out: all installed.

    Raises: PluginFailed("plugin_failed") for the first that fails; nothing of any of them stays then.
    """
    chosen = entry_points(group=GROUP) if found is None else found
    loaded: list[PluginApi] = []
    for each in sorted(chosen, key=lambda one: one.name):
        api = PluginApi(each.name)
        loaded.append(api)
        try:
            each.load()(api)
        except Exception as error:  # whatever goes wrong in foreign code, its name is told
            for one in reversed(loaded):
                one.undo()
            raise PluginFailed(name=each.name, why=f"{type(error).__name__}: {error}") from error
    return loaded


@cache
def installed() -> tuple[PluginApi, ...]:
    """The installed plugins, called once in this process. Raises: PluginFailed("plugin_failed")."""
    return tuple(load_plugins())
