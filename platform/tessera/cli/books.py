"""Commands about ledgers: prove them, make their caches anew, explain."""

from __future__ import annotations

from dataclasses import asdict

import click

from tessera.cli.proofs import show_proof
from tessera.cli.state import State, json_option, pass_state
from tessera.engine import ledger, records
from tessera.engine.timeline import decision_of
from tessera.engine.timeline.explaining import explain, explain_movement
from tessera.engine.timeline.proof import verify
from tessera.engine.work import Work
from tessera.errors import NotFound


@click.group("ledger")
def ledger_group() -> None:
    """Prove ledgers against their log, and rebuild balances from it."""


@ledger_group.command("verify")
@json_option
@pass_state
def verify_command(state: State) -> None:
    """Prove that movements, entries, lots, debts, balances and decisions agree; name every row that does not."""
    with state.runtime.reading(state.context()) as work:
        faults = verify(work)

    def show() -> None:
        if faults:
            columns = ("table", "id", "rule", "found", "wanted")
            state.table(columns, ([getattr(each, name) for name in columns] for each in faults))
        state.say(f"{len(faults)} rows do not agree." if faults else "Everything agrees.")

    state.give([asdict(each) for each in faults], show)
    if faults:
        raise click.exceptions.Exit(1)


@ledger_group.command("rebuild")
@json_option
@pass_state
def rebuild_command(state: State) -> None:
    """Make balances, debts and what is left in lots anew from the log."""
    count = state.runtime.write(state.context("rebuild"), ledger.rebuild)
    state.give({"corrected": count}, lambda: state.say(f"{count} rows were wrong and are corrected."))


@click.command("explain")
@click.argument("movement", type=int, required=False)
@click.option("--of", "record", nargs=2, metavar="ENTITY KEY", help="The decision on this record instead.")
@json_option
@pass_state
def explain_command(state: State, movement: int | None, record: tuple[str, str] | None) -> None:
    """Show the proof of a movement (by its id) or of the decision on a record, computed again from the log.

    It has every step with what it read and gave, the rows that did not apply and why, and what was posted.
    """
    if (movement is None) == (record is None):
        raise click.UsageError("Give the id of a movement, or --of ENTITY KEY.")
    with state.runtime.reading(state.context()) as work:
        if movement is not None:
            proof = explain_movement(work, movement)
        else:
            proof = explain(work, moment_of(work, *record))  # type: ignore[misc]
    state.give(proof, lambda: show_proof(state, proof))


def moment_of(work: Work, entity: str, key: str) -> int:
    """Id of the moment of a record. Raises: NotFound("not_found") when it takes part in no timeline."""
    found = decision_of(work, entity, records.get(work, entity, key)["id"])
    if found is None:
        raise NotFound(what="decision")
    return int(found["moment"]["id"])


COMMANDS = (ledger_group, explain_command)
