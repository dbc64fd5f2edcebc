"""The formula language: text → tree → types and dependencies → value. Pure: no input or output, no clock of its own."""

from tessera.formula import functions
from tessera.formula.expression import Formula, check_formula
from tessera.formula.grammar import parse
from tessera.formula.problem import FormulaError
from tessera.formula.shapes import Scope, Type

__all__ = ["Formula", "FormulaError", "Scope", "Type", "check_formula", "functions", "parse"]
