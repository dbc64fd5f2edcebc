"""What can be wrong with the value of one field. Codes are public; `{name}` is filled in from the parameters."""

from __future__ import annotations

from tessera.errors import TesseraError


class FieldError(TesseraError):
    """The value does not fit the field."""

    code = "field_error"
    status = 422


class WrongType(FieldError):
    """The value has the wrong JSON type; {expected} belongs here."""

    code = "wrong_type"


class TooLong(FieldError):
    """The text has more than {limit} characters."""

    code = "too_long"


class TooShort(FieldError):
    """The text has less than {limit} characters."""

    code = "too_short"


class BadCharacters(FieldError):
    """The text contains a character that cannot be stored."""

    code = "bad_characters"
    hint = "Remove NUL characters and unpaired surrogates."


class BadFormat(FieldError):
    """The text is not written as {expected}."""

    code = "bad_format"


class NotAnOption(FieldError):
    """ "{value}" is not one of the options."""

    code = "not_an_option"


class OutOfRange(FieldError):
    """The value is not between {min} and {max}."""

    code = "out_of_range"


class NotANumber(FieldError):
    """The text is not a number."""

    code = "not_a_number"
    hint = 'Write digits with a point, such as "12.50".'


class TooManyDecimals(FieldError):
    """The number has more than {limit} decimal places."""

    code = "too_many_decimals"


class NotADate(FieldError):
    """The text is not a day of the calendar."""

    code = "not_a_date"
    hint = "Write year-month-day, such as 2025-01-31."


class NotADatetime(FieldError):
    """The text is not an instant with its time zone."""

    code = "not_a_datetime"
    hint = "Write it as 2025-01-31T16:30:00Z."


class NotATime(FieldError):
    """The text is not a time of day."""

    code = "not_a_time"
    hint = "Write hours:minutes, such as 16:30."


class TooManyValues(FieldError):
    """The list has more than {limit} members."""

    code = "too_many_values"


class RepeatedValue(FieldError):
    """The list names something twice."""

    code = "repeated_value"


class ReadOnlyField(FieldError):
    """This field is computed and cannot be written."""

    code = "read_only_field"


class Required(FieldError):
    """This field must be filled in."""

    code = "required"
