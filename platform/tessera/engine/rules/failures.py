"""What can go wrong while the rules of a moment run."""

from __future__ import annotations

from tessera.errors import TesseraError


class RuleFailed(TesseraError):
    """The rule {step} cannot be computed: {reason}"""

    code = "rule_failed"
    status = 422
    hint = "Correct the document or the rule; the document takes part again as soon as it works."


class Refused(TesseraError):
    """The rules refuse this: {reason}"""

    code = "refused"
    status = 422


class NotCovered(Refused):
    """The account {ledger} lacks {shortfall} for this."""

    code = "not_covered"
