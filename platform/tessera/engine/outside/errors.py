"""What can go wrong with a call to the outside. Texts name the host at most: addresses may hold secrets."""

from __future__ import annotations

from tessera.errors import Json, TesseraError


class CallRefused(TesseraError):
    """This address may not be called: {why}"""

    code = "call_refused"
    status = 422
    hint = "Give a public http or https address, or have an administrator add it to TESSERA_OUTSIDE_ALLOW."


class CallFailed(TesseraError):
    """The call to {host} failed: {why}

    retry: whether the same call may go well later. retry_after_s: what the other side asked for, None without.
    """

    code = "call_failed"
    status = 502

    def __init__(
        self, host: str, why: str, *, retry: bool = True, retry_after_s: int | None = None, **params: Json
    ) -> None:
        super().__init__(host=host, why=why, **params)
        if retry_after_s is not None:
            self.params["retry_after_s"] = retry_after_s
        self.retry = retry
        self.retry_after_s = retry_after_s


class AnswerTooLarge(CallFailed):
    """The answer of {host} is too large: {why}"""

    code = "answer_too_large"
    status = 502


class HostResting(CallFailed):
    """{host} failed several times in a row and is left alone for {retry_after_s} seconds."""

    code = "host_resting"
    status = 503
