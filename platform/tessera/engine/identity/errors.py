"""What can go wrong with signing in, keys and users."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class NotSignedIn(TesseraError):
    """You have to sign in, or send an API key that is valid."""

    code = "not_signed_in"
    status = 401
    hint = "Send `Authorization: Bearer <key>`, or sign in at /api/v1/auth/login."


class BadCredentials(TesseraError):
    """The name or the password is wrong."""

    code = "bad_credentials"
    status = 401


class TooManyAttempts(TesseraError):
    """There were too many attempts to sign in; wait {retry_after_s} seconds."""

    code = "too_many_attempts"
    status = 429


class MissingScope(TesseraError):
    """This API key lacks the scope "{scope}"."""

    code = "missing_scope"
    status = 403
    hint = "Make a key with that scope, or use one that has it."


class AddressRefused(TesseraError):
    """This API key may not be used from here."""

    code = "address_refused"
    status = 403
    hint = "Use it from an address that it was made for."


class TooManyRequests(TesseraError):
    """This API key is used too often; wait {retry_after_s} seconds."""

    code = "too_many_requests"
    status = 429


class CsrfRefused(TesseraError):
    """The request comes from another site, or lacks the token of this session."""

    code = "csrf_refused"
    status = 403
    hint = "Send the csrf_token of /api/v1/auth/me in the header X-CSRF-Token."


class PasswordChangeNeeded(TesseraError):
    """This password was for signing in once; choose one of your own first."""

    code = "password_change_needed"
    status = 403
    hint = "Send the old and the new password to /api/v1/auth/password."


class WeakPassword(TesseraError):
    """This password is too easy to guess."""

    code = "weak_password"
    status = 422
    hint = "Take at least 8 characters that are no common password and not the sign-in name."


class NameTaken(Conflict):
    """There is a user with that sign-in name already."""

    code = "name_taken"
    status = 409
    hint = "Choose another name."


class LastAdmin(Conflict):
    """The last administrator can be neither disabled nor demoted."""

    code = "last_admin"
    status = 409
    hint = "Make somebody else an administrator first."
