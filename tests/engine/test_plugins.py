"""An installed distribution adds a function and a field type, which packages then use; one that fails adds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from flows.kit import flow, on
from tessera import plugin
from tessera.context import Context
from tessera.engine import packages, records
from tessera.engine.flows.steps.base import STEP_RUNNERS
from tessera.engine.flows.triggers.base import MATCHERS
from tessera.engine.messages import CHANNELS
from tessera.errors import Invalid
from tessera.formula import functions
from tessera.meta import Package, check
from tessera.meta.channels import CHANNEL_KINDS
from tessera.meta.documents import document_of, package_of
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.steps import STEP_TYPES
from tessera.meta.triggers import TRIGGER_TYPES
from tessera.runtime import open_runtime
from tessera.settings import Settings

from .conftest import field, label, small_package

MODULE = '''
from tessera.engine.flows.steps.base import Done, StepRunner
from tessera.engine.flows.triggers.base import Matcher
from tessera.engine.messages import Channel, Receipt
from tessera.formula.shapes import TEXT
from tessera.meta.channels import ChannelKind
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, Compiled, StepType
from tessera.meta.triggers import TriggerType
from tessera.meta.fields.base import FieldType, clean_text
from tessera.meta.fields.errors import BadFormat
from tessera.meta.model import Storage


class CodeType(FieldType):
    """A text in capital letters."""

    name = "capitals"
    title = "A text in capital letters"
    schema = {"max_length": {"type": "integer", "minimum": 1, "default": 10}}

    def value_type(self, options, shape=None):
        return TEXT

    def storage(self, options):
        return Storage("text", length=options["max_length"])

    def loader(self, field):
        def load(value):
            text = clean_text(value, field.options["max_length"])
            if text is not None and text != text.upper():
                raise BadFormat(expected="capital letters")
            return text
        return load

    def wire_schema(self, field):
        return {"type": "string"}


def register(api):
    api.add_field_type(CodeType())
    api.add_function(
        {"name": "SHOUT", "aliases": ["喊"], "category": "text", "params": ["value text"], "result": "text",
         "doc": {"zh": "大声", "en": "Loud."}},
        lambda value: value.upper() + "!",
    )


class Whisper(StepType):
    """Says something quietly."""

    name = "whisper"
    label = Label("低语", "Whisper")
    schema = {"text": FORMULA}
    required = ("text",)

    def compile(self, item, at, into):
        text = into.formula(item, "text", at, TEXT)
        return None if text is None else Compiled(text)


class WhisperRunner(StepRunner):
    """Does it."""

    name = "whisper"

    def run(self, work, step, run):
        return Done(run.value(step.options))


class Pigeon(Channel):
    """A channel."""

    kind = ChannelKind("pigeon", Label("信鸽", "Pigeon"), "phone")

    def deliver(self, request, process):
        return Receipt(id="coo")


class FullMoon(TriggerType):
    """A trigger."""

    name = "full_moon"


def wide(api):
    api.add_step(Whisper(), WhisperRunner())
    api.add_channel(Pigeon())
    api.add_trigger(FullMoon())
    api.add_trigger(type("Other", (FullMoon,), {"name": "new_moon"})(), Matcher())


def half_way(api):
    api.add_field_type(CodeType())
    raise RuntimeError("no licence")
'''


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with a plugin, importable for the length of a test."""
    (tmp_path / "loud_plugin.py").write_text(MODULE, "utf-8")
    info = tmp_path / "loud_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loud-plugin\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[tessera.plugins]\nloud = loud_plugin:register\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return info


@pytest.fixture(autouse=True)
def alone(distribution: Path) -> Iterator[None]:
    """Plugins of this environment are left out for the length of a test, since this one is about its own."""
    assert distribution.is_dir()
    before = plugin.installed.cache_info().currsize
    for each in reversed(plugin.installed() if before else ()):
        each.undo()
    plugin.installed.cache_clear()
    yield
    plugin.installed.cache_clear()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[plugin.PluginApi]:
    """The plugin at work, as the only one that is installed."""
    monkeypatch.setattr(plugin, "entry_points", lambda group: own_entries())
    (found,) = plugin.installed()
    yield found
    found.undo()


def own_entries() -> list[EntryPoint]:
    """The entry points of the distribution of these tests."""
    return [each for each in entry_points(group=plugin.GROUP) if each.value.startswith(("loud_plugin", "no_such"))]


def loud_package() -> Package:
    """A package that needs the plugin."""
    entity = {
        "kind": "entity", "uid": "sign", "name": "sign", "label": label("sign"),
        "fields": [field("code", "capitals", max_length=5), field("loud", "formula", value="SHOUT(code)", stored=True)],
    }  # fmt: skip
    head = {"kind": "package", "uid": "loud", "name": "loud", "label": label("loud"), "version": "1.0.0"}
    return package_of("loud", [document_of("loud", "tessera.json", head), document_of("loud", "sign.json", entity)])


def test_a_plugin_adds_a_function_and_a_field_type(loaded: plugin.PluginApi, database_url: str, tmp_path: Path) -> None:
    assert (loaded.name, loaded.added) == ("loud", ["field type capitals", "function SHOUT"])
    ctx = Context()
    runtime = open_runtime(Settings(database_url=database_url, data_dir=tmp_path))
    packages.apply(runtime.database, runtime.settings, ctx, [loud_package()])
    with runtime.writing(ctx) as work:
        assert records.create(work, "sign", {"code": "AB"})["loud"] == "AB!"
        records.create(work, "sign", {"code": "CD"})
        with pytest.raises(Invalid):
            records.create(work, "sign", {"code": "ab"})
        assert records.count(work, "sign", "code = 'AB'") == 1
        assert records.count(work, "sign", "loud = SHOUT('cd')") == 1
    runtime.close()


def test_what_a_plugin_added_goes_with_it(distribution: Path) -> None:
    before = (list(FIELD_TYPES), functions.names())
    (found,) = plugin.load_plugins(own_entries())
    assert "capitals" in FIELD_TYPES and functions.find("喊") is not None
    found.undo()
    assert (list(FIELD_TYPES), functions.names()) == before


def test_a_plugin_adds_steps_channels_and_triggers(distribution: Path) -> None:
    (distribution / "entry_points.txt").write_text("[tessera.plugins]\nloud = loud_plugin:wide\n", "utf-8")
    registries = (STEP_TYPES, STEP_RUNNERS, CHANNELS, CHANNEL_KINDS, TRIGGER_TYPES, MATCHERS)
    before = [list(each) for each in registries]
    (found,) = plugin.load_plugins(own_entries())
    assert found.added == ["step whisper", "channel pigeon", "trigger full_moon", "trigger new_moon"]
    quiet = flow("quiet", on("record.created"), {"do": "whisper", "text": "'psst'"})
    wrong = flow("wrong", on("full_moon", ""), {"do": "whisper", "text": "1"})
    assert [each.code for each in check([small_package(quiet, wrong)])] == ["wrong_type"]
    found.undo()
    assert [list(each) for each in registries] == before


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("loud_plugin:half_way", "RuntimeError: no licence"),
        ("loud_plugin:nothing", "AttributeError"),
        ("no_such_module:register", "ModuleNotFoundError"),
    ],
)
def test_a_plugin_that_fails_is_named_and_adds_nothing(distribution: Path, target: str, why: str) -> None:
    (distribution / "entry_points.txt").write_text(f"[tessera.plugins]\nbroken = {target}\n", "utf-8")
    before = list(FIELD_TYPES)
    with pytest.raises(plugin.PluginFailed) as caught:
        plugin.load_plugins(own_entries())
    assert caught.value.params["name"] == "broken"
    assert str(caught.value.params["why"]).startswith(why)
    assert list(FIELD_TYPES) == before


def test_a_taken_name_is_refused(loaded: plugin.PluginApi) -> None:
    with pytest.raises(plugin.PluginFailed) as caught:
        plugin.load_plugins(own_entries())
    assert "registered already" in str(caught.value)
    assert "capitals" in FIELD_TYPES
