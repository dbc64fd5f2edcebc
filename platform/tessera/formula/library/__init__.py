"""Bodies of the functions, by category. They take values (never blank unless they ask for blanks) and give a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tessera.formula.library import dates, hosted, logic, numeric, rows, texts

BODIES: Mapping[str, Callable[..., Any]] = {
    **logic.BODIES,
    **numeric.BODIES,
    **texts.BODIES,
    **dates.BODIES,
    **rows.BODIES,
    **hosted.BODIES,
}
