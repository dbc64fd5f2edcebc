"""What can be wrong with a request before the engine sees it."""

from __future__ import annotations

from tessera.errors import TesseraError


class BadRequest(TesseraError):
    """The request cannot be understood."""

    code = "bad_request"
    status = 400


class BadBody(TesseraError):
    """The body is no JSON that can be taken exactly: {why}."""

    code = "bad_body"
    status = 400


class BadParameter(TesseraError):
    """The parameter "{name}" {why}."""

    code = "bad_parameter"
    status = 400


class BadFilter(TesseraError):
    """The filter is no formula that can be used here: {why}"""

    code = "bad_filter"
    status = 400


class NoSuchPath(TesseraError):
    """There is nothing at this address."""

    code = "no_such_path"
    status = 404


class WrongMethod(TesseraError):
    """This address does not take this method."""

    code = "method_not_allowed"
    status = 405


class PreconditionFailed(TesseraError):
    """The record is not in the version that If-Match names."""

    code = "precondition_failed"
    status = 412
    hint = "Read it again, look at the changes and repeat yours with the new ETag."


class TooLarge(TesseraError):
    """The body is larger than {limit_bytes} bytes."""

    code = "body_too_large"
    status = 413


class WrongContentType(TesseraError):
    """This address takes {expected}."""

    code = "wrong_content_type"
    status = 415


class Internal(TesseraError):
    """Something went wrong on our side."""

    code = "internal"
    status = 500
    hint = "Tell the operator the request_id."
