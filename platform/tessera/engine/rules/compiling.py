"""Rulesets as functions: a block of steps is a tuple of closures over a Frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tessera.engine.ledger.amounts import NotWhole
from tessera.engine.rules.failures import RuleFailed
from tessera.engine.rules.frame import Frame
from tessera.engine.rules.posting import compile_post
from tessera.engine.rules.steps import (
    Run,
    compile_factor,
    compile_let,
    compile_match,
    compile_set,
    compile_spread,
    compile_stop,
)
from tessera.formula import FormulaError
from tessera.meta.rules import (
    EachStep,
    FactorStep,
    LetStep,
    MatchStep,
    PostStep,
    RulesetDoc,
    SetStep,
    SpreadStep,
    Step,
    StopStep,
    WhenStep,
)


class Rules:
    """A compiled ruleset. doc: what it was compiled from."""

    __slots__ = ("_run", "doc")

    def __init__(self, doc: RulesetDoc, scales: Mapping[str, int]) -> None:
        self.doc = doc
        self._run = compile_block(doc.steps, scales)

    def run(self, frame: Frame) -> None:
        """Run every step in turn. Raises: RuleFailed, Refused, NotCovered."""
        self._run(frame)


def compile_block(steps: Sequence[Step], scales: Mapping[str, int]) -> Run:
    """One function for several steps."""
    runs = tuple((step, _compile(step, scales)) for step in steps)

    def run_block(frame: Frame) -> None:
        trace = frame.trace
        for step, run in runs:
            try:
                if trace is None:
                    run(frame)
                else:
                    trace(step, run, frame)
            except (FormulaError, NotWhole) as problem:
                raise RuleFailed(step=step.uid, reason=problem.message, cause=problem.code) from problem
            except ArithmeticError as problem:
                raise RuleFailed(step=step.uid, reason="a number is too long", cause="number_too_long") from problem

    return run_block


def _compile(step: Step, scales: Mapping[str, int]) -> Run:
    if isinstance(step, PostStep):
        return compile_post(step, scales[step.ledger])
    if isinstance(step, EachStep):
        return _compile_each(step, scales)
    if isinstance(step, WhenStep):
        return _compile_when(step, scales)
    made: Run = _SIMPLE[type(step)](step)
    return made


_SIMPLE: dict[type[Any], Any] = {
    LetStep: compile_let,
    SetStep: compile_set,
    FactorStep: compile_factor,
    SpreadStep: compile_spread,
    MatchStep: compile_match,
    StopStep: compile_stop,
}


def _compile_each(step: EachStep, scales: Mapping[str, int]) -> Run:
    block = compile_block(step.do, scales)
    name, items, where = step.name, step.items, step.where

    def run(frame: Frame) -> None:
        env, host, outer = frame.env, frame.host, frame.round
        shadowed = env.get(name)
        for place, item in enumerate(items(env, host) or ()):
            env[name] = item
            if where is not None and not where(env, host):
                continue
            uid = item.get("id") if isinstance(item, Mapping) else None
            identity = uid if isinstance(uid, str) else place  # a row's uid is stable; keys of records are not
            frame.round = f"{outer}.{identity}" if outer else str(identity)
            block(frame)
        frame.round = outer
        env[name] = shadowed

    return run


def _compile_when(step: WhenStep, scales: Mapping[str, int]) -> Run:
    block = compile_block(step.do, scales)
    otherwise = compile_block(step.otherwise, scales)
    test = step.test

    def run(frame: Frame) -> None:
        (block if test(frame.env, frame.host) else otherwise)(frame)

    return run
