"""Running scenarios: given, then steps at their instants, then what is expected after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tessera.engine.packages.stored import load_packages
from tessera.engine.scenarios.expecting import look
from tessera.engine.scenarios.stage import Stage
from tessera.engine.scenarios.steps import admit, give, play
from tessera.engine.scenarios.variants import variant_of
from tessera.engine.work import Release
from tessera.errors import Json, TesseraError
from tessera.meta.documents import Document
from tessera.settings import Settings
from tessera.store import Database, Tx


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario. failures: in words, with the uid of the step or expectation; none when it passed."""

    package: str
    name: str
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures

    def to_json(self) -> dict[str, Json]:
        """The outcome as it goes over the wire."""
        return {"package": self.package, "name": self.name, "passed": self.passed, "failures": list(self.failures)}


class _Undo(BaseException):
    """Raised to end a transaction without a trace; not an error."""


def run_all(
    database: Database, settings: Settings, release: Release, wanted: Callable[[Document], bool]
) -> Iterator[Outcome]:
    """Run the scenarios of a release that are wanted, each in a transaction of its own that is rolled back."""
    for document in release.model.all("document"):
        if document.kind == "scenario" and wanted(document):
            yield run_scenario(database, settings, release, document)


def run_scenario(database: Database, settings: Settings, release: Release, document: Document) -> Outcome:
    """Run one scenario and leave no trace of it."""
    failures: list[str] = []
    try:
        with TemporaryDirectory(prefix="tessera-") as folder, database.write(statement_timeout_s=0) as tx:
            failures.extend(_run(tx, release, replace(settings, data_dir=Path(folder)), document))
            raise _Undo
    except _Undo:
        pass
    return Outcome(document.package, document.name, tuple(failures))


def _run(tx: Tx, release: Release, settings: Settings, document: Document) -> Iterator[str]:
    try:
        own = variant_of(tx, release, document)
    except TesseraError as error:
        yield from (f"documents: {one.pointer} {one.message}" for one in error.problems())
        return
    yield from _played(Stage(tx, own, settings, files_of(tx, release, document)), document.body)


def files_of(tx: Tx, release: Release, document: Document) -> Mapping[str, bytes]:
    """The other files of the document's package."""
    if not any(step["do"] == "import" for step in document.body.get("steps", ())):
        return {}
    packages = load_packages(tx, release.model.number)
    return next((each.files for each in packages if each.name == document.package), {})


def _played(stage: Stage, body: Mapping[str, Json]) -> Iterator[str]:
    stage.set_clock(body.get("now"))
    stage.workers.answers = {each["step"]: _answer(each) for each in body.get("answers", ())}
    beforehand = [("users", admit, each) for each in body.get("users", ())]
    beforehand += [("given", give, each) for each in body.get("given", ())]
    for place, make, each in beforehand:
        try:
            make(stage, each)
        except TesseraError as error:
            yield from (f"{place} {each['uid']}: {one.pointer} {one.message}" for one in error.problems())
            return
    stage.workers.overlook_events()
    steps = body.get("steps", ())
    last = steps[-1]["uid"] if steps else ""
    if not steps:
        yield from _looked(stage, body, "", last)
    for step in steps:
        yield from (f"step {step['uid']}: {text}" for text in play(stage, step))
        yield from _looked(stage, body, step["uid"], last)


def _looked(stage: Stage, body: Mapping[str, Json], step: str, last: str) -> Iterator[str]:
    for each in body["expect"]:
        if each.get("after", last) == step:
            yield from (f"expect {each['uid']}: {text}" for text in look(stage, each))


def _answer(body: Mapping[str, Json]) -> Json:
    return {"fail": body["fail"]} if "fail" in body else body.get("answer")
