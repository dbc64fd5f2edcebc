"""Generated loops of the folds: one small function for each fold of a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tessera.formula.nodes import Call
from tessera.formula.pieces import Frame, Piece

if TYPE_CHECKING:
    from tessera.formula.generate import Writer

_EMPTY = {"SUM": "0", "COUNT": "0", "COUNT_DISTINCT": "0", "ANY": "False", "ALL": "True", "FILTER": "[]"}


@dataclass(slots=True)
class FoldWriter:
    """Writes one fold. writer: of the formula that it stands in."""

    writer: Writer
    node: Call

    def piece(self) -> Piece:
        """The call of the fold's function."""
        writer, node = self.writer, self.node
        rows = writer.piece(node.args[0]).first
        short = self._without_loop(rows)
        if short is not None:
            return short
        separator = [writer.piece(each).first for each in node.args[2:]]
        outer = [frame.row for frame in writer.frames if frame.row != "env"]
        shared = ["env", "host", "m", *outer] if writer.nested else ["env", "host", *outer]
        writer.frames.append(Frame(node.level, f"r{node.level}"))
        value = writer.piece(node.args[1])
        frame = writer.frames.pop()
        name = writer.fresh("f")
        extra = ["separator"] if separator else []
        head = [f"if not rows: return {_EMPTY.get(node.function, 'None')}", *self._meter(), *frame.hoists]
        body = [*head, *self._loop(value)]
        writer.functions.append(writer.definition(name, ["rows", *shared, *extra], body))
        broken = node.function == "AVG" or value.broken
        nullable = node.function not in _EMPTY
        bits = value.bits + 32 if node.function == "SUM" else value.bits
        return Piece(f"{name}({', '.join([rows, *shared, *separator])})", "", nullable, broken, bits)

    def _without_loop(self, rows: str) -> Piece | None:
        function, held = self.node.function, self.writer.fresh()
        if len(self.node.args) > 1:
            return None
        match function:
            case "COUNT":
                return Piece(f"len({rows} or ())")
            case "ANY":
                return Piece(f"(True if {rows} else False)")
            case "FIRST":
                return Piece(f"({held}[0] if ({held} := {rows}) else None)", nullable=True)
            case _:
                return Piece(f"({held}[-1] if ({held} := {rows}) else None)", nullable=True)

    def _meter(self) -> list[str]:
        if self.node.level <= 1:
            return []
        return ["m[0] -= len(rows)", f"if m[0] < 0: {self.writer.helper('too_much_work')}()"]

    def _loop(self, value: Piece) -> list[str]:
        row, code = f"r{self.node.level}", value.first
        loop = f"for {row} in rows:"
        match self.node.function:
            case "SUM":
                return ["total = 0", loop, *self._accumulate(value), "return total"]
            case "COUNT":
                return ["total = 0", loop, f"    if {code}: total += 1", "return total"]
            case "ANY":
                return [loop, f"    if {code}: return True", "return False"]
            case "ALL":
                return [loop, f"    if not {code}: return False", "return True"]
            case "MIN" | "MAX":
                return self._extreme(loop, code)
            case "FILTER":
                return ["out = []", loop, f"    if {code}: out.append({row})", "return out"]
            case "FIRST" | "LAST":
                return self._pick(row, code)
        last = "out, separator" if len(self.node.args) > 2 else "out"
        fold = self.writer.helper(f"fold_{self.node.function.lower()}")
        return ["out = []", loop, f"    out.append({code})", f"return {fold}({last})"]

    def _accumulate(self, value: Piece) -> list[str]:
        native = not (self.writer.careful or value.broken)
        add = "total += x" if native else f"total = {self.writer.helper('add')}(total, x)"
        if not value.nullable:
            return [f"    total += {value.first}"] if native else [f"    x = {value.first}", f"    {add}"]
        return [f"    x = {value.first}", f"    if x is not None: {add}"]

    def _extreme(self, loop: str, code: str) -> list[str]:
        first, second = ("x", "best") if self.node.function == "MIN" else ("best", "x")
        test = f"{self.writer.helper('less')}({first}, {second})" if self.writer.careful else f"{first} < {second}"
        return ["best = None", loop, f"    x = {code}", f"    if x is not None and (best is None or {test}): best = x",
                "return best"]  # fmt: skip

    def _pick(self, row: str, code: str) -> list[str]:
        is_first = self.node.function == "FIRST"
        if self.node.args[1].type.kind != "boolean":
            return [f"{row} = rows[{0 if is_first else -1}]", f"return {code}"]
        loop = f"for {row} in {'rows' if is_first else 'reversed(rows)'}:"
        return [loop, f"    if {code}: return {row}", "return None"]

