"""A proof as people read it: each step with its formula, what it read and gave, and the rows that did not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tessera.cli.state import State
from tessera.errors import Json

_WHY = {
    "off": "switched off", "day": "not on this day", "audience": "not for this holder",
    "condition": "its condition is not true",
}  # fmt: skip
_SHOWN = 4


def show_proof(state: State, proof: Mapping[str, Json]) -> None:
    """Print a proof of `timeline.explain`."""
    state.say(f"Rules {proof['ruleset'] or '-'} of release {proof['release']}, {proof['at']}, moment {proof['moment']}")
    state.table(("Step", "Gives", "Formula", "Read"), [row for step in proof["steps"] for row in _rows(step)])
    if proof["error"]:
        state.say(f"The rules failed: {proof['error']['message']}")
    state.table(
        ("Ledger", "As", "Move", "Units", "Effect", "Lots"),
        [
            (each["ledger"], each["as"], each["move"], each["amount"], each["effect"], _lots(each["lots"]))
            for each in proof["postings"]
        ],
        title="Posted, in smallest units",
    )
    state.say("This is exactly what is posted." if proof["agrees"] else "This is NOT what is posted.")


def _rows(step: Mapping[str, Json]) -> Iterator[Sequence[str]]:
    formulas = step["formulas"]
    name = f"{step['kind']} {step.get('name', step['uid'])}" + (f" [{step['round']}]" if step["round"] else "")
    main = formulas.get("value") or formulas.get("total") or formulas.get("amount") or formulas.get("test") or ""
    yield (name, _given(step), main, _read(step))
    for row in step.get("rows", ()):
        gave = str(row["value"]) if "value" in row else _list(row.get("values", ()))
        label = row["en"] or row["zh"] or row["uid"]
        given = gave if row["applies"] else f"no: {_WHY[row['why']]}"
        yield (f"  row {label}", given, row["formulas"].get("when", ""), _pairs(row["reads"]))


def _given(step: Mapping[str, Json]) -> str:
    if "values" in step:
        return _list(step["values"])
    if "postings" in step:
        return ", ".join(f"{each['move']} {each['amount']}" for each in step["postings"]) or "nothing"
    if "pairs" in step:
        return f"{len(step['pairs'])} pairs"
    text = _plain(step["value"]) if "value" in step else ""
    rounded = step.get("rounded")
    return f"{text} ({rounded['by']} of {_plain(rounded['from'])})" if rounded else text


def _read(step: Mapping[str, Json]) -> str:
    lines = step.get("line_reads", ())
    each = [_pairs(line) for line in lines[:_SHOWN]]
    more = [f"… {len(lines)} lines"] if len(lines) > _SHOWN else []
    return "; ".join(part for part in (_pairs(step["reads"]), *each, *more) if part)


def _pairs(reads: Mapping[str, Json]) -> str:
    return ", ".join(f"{path} {_plain(value)}" for path, value in reads.items())


def _plain(value: Json) -> str:
    if value is None:
        return "blank"
    if isinstance(value, Mapping):
        return f"({value['rows']} rows)" if "rows" in value else str(value.get("id", value))
    return str(value)


def _list(values: Sequence[Json]) -> str:
    shown = ", ".join(_plain(value) for value in values[:_SHOWN])
    return f"{shown}, … {len(values)} lines" if len(values) > _SHOWN else shown


def _lots(lots: Sequence[Mapping[str, Json]]) -> str:
    return ", ".join(f"{each['units']} {'in' if each['units'] > 0 else 'of'} {each['lot'] or 'debt'}" for each in lots)
