"""Formula: a checked text that can be evaluated, shown to the browser, and rewritten when a name changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import getcontext, setcontext
from typing import Any

from tessera.errors import Json
from tessera.formula import functions, reference
from tessera.formula.arithmetic import EXACT
from tessera.formula.generate import Writer
from tessera.formula.grammar import parse
from tessera.formula.infer import Checker, Spot, describe
from tessera.formula.nodes import Call, Name, Node, node_json, walk
from tessera.formula.problem import FormulaError
from tessera.formula.runtime import FAILURES, named
from tessera.formula.shapes import Scope, Type
from tessera.formula.tokens import RESERVED
from tessera.names import is_name

_STUMBLES = 8
"""After so many values that the fast form could not take, the careful one is used at once."""

ROUNDING = frozenset({"ROUND", "ROUND_EVEN", "ROUND_UP", "FLOOR", "CEIL", "TRUNC"})
"""Functions that end the exactness of a quotient."""

_Compiled = Callable[..., Any]


class Formula:
    """A checked formula.

    text: as written. type: of its value. ast: the tree. reads: paths that it reads from the root and the extras,
    such as ("lines", "qty"). refs: stable keys of the members named. calls: canonical names of the functions.
    constant: whether it reads nothing and asks nobody.
    """

    __slots__ = (
        "_careful", "_columns", "_fast", "_spots", "_stumbles", "ast", "calls", "constant", "reads", "refs", "text",
        "type",
    )  # fmt: skip

    def __init__(self, text: str, root: Node, checker: Checker) -> None:
        self.text = text
        self.type: Type = root.type
        self.ast = root
        self.reads = _longest(checker.paths)
        self.refs = frozenset(checker.refs)
        self.calls = frozenset(checker.calls)
        self.constant = not any(isinstance(each, Name) and each.name for each in walk(root)) and not any(
            functions.REGISTRY[each].needs or functions.REGISTRY[each].with_host for each in self.calls
        )
        self._spots: tuple[Spot, ...] = tuple(checker.spots)
        self._fast: _Compiled = self._compile_first
        self._careful: _Compiled | None = None
        self._columns: dict[bool, _Compiled] = {}
        self._stumbles = 0

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a Formula is compiled again from its text, never pickled")

    def __call__(self, env: Mapping[str, Any], host: Any = None) -> Any:
        """The value, by the compiled form. env: name → value. host: answers TODAY, USER, MOMENT … (see functions).

        Raises: FormulaError with its place in the text.
        """
        saved = getcontext()
        if saved is EXACT:
            try:
                return self._fast(env, host)
            except FAILURES as error:
                return self._recover(env, host, error)
            except FormulaError as error:
                return self._recover(env, host, error)
        setcontext(EXACT)
        try:
            return self._fast(env, host)
        except FAILURES as error:
            return self._recover(env, host, error)
        except FormulaError as error:
            return self._recover(env, host, error)
        finally:
            setcontext(saved)

    def _compile_first(self, env: Mapping[str, Any], host: Any) -> Any:
        self._fast = Writer(careful=False, by_row=False).write(self.ast)
        return self._fast(env, host)

    def _recover(self, env: Mapping[str, Any], host: Any, error: BaseException) -> Any:
        """The value by the careful form, else by the reference, which also knows the place of a failure."""
        if isinstance(error, FormulaError):
            if error.position >= 0:
                raise error
            return self._placed(env, host, error)
        if self._careful is None:
            self._careful = Writer(careful=True, by_row=False).write(self.ast)
        try:
            value = self._careful(env, host)
        except (*FAILURES, FormulaError) as failure:
            return self._placed(env, host, named(failure))
        self._stumbles += 1
        if self._stumbles > _STUMBLES:
            self._fast = self._careful
        return value

    def _placed(self, env: Mapping[str, Any], host: Any, error: FormulaError) -> Any:
        """The value by the reference; when that takes too long, the error at the whole text."""
        if error.kind != "too_much_work":
            try:
                return self.reference(env, host)
            except FormulaError as found:
                if found.kind != "too_much_work":
                    raise
        raise error.located(0, len(self.text))

    def reference(self, env: Mapping[str, Any], host: Any = None) -> Any:
        """The value, by the reference evaluator. Raises: FormulaError with its place in the text."""
        return reference.evaluate(self.ast, env, host)

    def unrounded(self, env: Mapping[str, Any], host: Any = None) -> tuple[str, Any] | None:
        """The rounding that ends the formula and the exact value that it rounds; None when it ends in none."""
        if not isinstance(self.ast, Call) or self.ast.function not in ROUNDING:
            return None
        return self.ast.function, reference.evaluate(self.ast.args[0], env, host)

    def column(self, rows: Sequence[Mapping[str, Any]], env: Mapping[str, Any], host: Any = None) -> list[Any]:
        """The value for every row, in order. The names of `Scope.row` are read from the row, all others from env.

        Raises: FormulaError with its place and, as param `row`, the place of the row that failed.
        """
        saved = getcontext()
        setcontext(EXACT)
        try:
            return self._column(False)(rows, env, host)  # type: ignore[no-any-return]
        except (*FAILURES, FormulaError):
            return self._column_slowly(rows, env, host)
        finally:
            setcontext(saved)

    def _column(self, careful: bool) -> _Compiled:
        if careful not in self._columns:
            self._columns[careful] = Writer(careful=careful, by_row=True).write(self.ast)
        return self._columns[careful]

    def _column_slowly(self, rows: Sequence[Mapping[str, Any]], env: Mapping[str, Any], host: Any) -> list[Any]:
        try:
            return self._column(True)(rows, env, host)  # type: ignore[no-any-return]
        except (*FAILURES, FormulaError):
            pass
        result = []
        for place, row in enumerate(rows):
            try:
                result.append(reference.evaluate(self.ast, env, host, row))
            except FormulaError as error:
                error.params.setdefault("row", place)
                raise
        return result

    def runs_on(self, side: str) -> bool:
        """Whether every function of it exists on that side: "python", "sql", "browser" or "host"."""
        return all(side in functions.REGISTRY[each].sides for each in self.calls)

    def to_json(self) -> dict[str, Json]:
        """The formula for the browser: {"text", "type", "nullable", "scale", "browser": can run there, "ast"}."""
        return {
            "text": self.text,
            "type": self.type.kind,
            "nullable": self.type.nullable,
            "scale": self.type.scale,
            "browser": self.runs_on("browser"),
            "ast": node_json(self.ast),
        }

    def renamed(self, names: Mapping[str, str]) -> str:
        """The text with members renamed: names maps stable keys to new names. Labels stay as they are written."""
        text = self.text
        for spot in sorted(set(self._spots), key=lambda each: -each.start):
            spelled = text[spot.start : spot.end]
            if spot.ref in names and is_name(spelled.strip("[]{} ")):
                new = names[spot.ref]
                text = text[: spot.start] + (f"[{new}]" if new in RESERVED else new) + text[spot.end :]
        return text


def _longest(paths: Iterable[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """The paths that are not the beginning of another one."""
    known = set(paths)
    inner = {path[:size] for path in known for size in range(1, len(path))}
    return frozenset(known - inner)


def check_formula(text: str, scope: Scope, expect: Type | None = None) -> Formula:
    """The formula, checked against the names of a scope and, when given, the type that is expected.

    Raises: FormulaError with its place for the first thing that is wrong.
    """
    checker = Checker(scope)
    root = checker.check(parse(text))
    if expect is not None:
        _check_type(root, expect)
    return Formula(text, root, checker)


def _check_type(root: Node, expect: Type) -> None:
    found = root.type
    fits = found.kind == expect.kind or "json" in (found.kind, expect.kind)
    if found.kind == "blank":
        fits = expect.kind != "boolean"
    if fits and found.shape is not None and expect.shape is not None:
        fits = found.shape.key == expect.shape.key
    if not fits:
        raise FormulaError(
            "wrong_type", f"This must give {describe(expect)}, it gives {describe(found)}.",
            position=root.start, length=root.end - root.start, expected=expect.kind, found=found.kind,
        )  # fmt: skip
    if expect.integer and found.kind == "number" and not found.integer:
        raise FormulaError(
            "wrong_type", "This must give a whole number.", position=root.start, length=root.end - root.start,
            hint="Use FLOOR, ROUND or TRUNC.", expected="integer", found="number",
        )  # fmt: skip
