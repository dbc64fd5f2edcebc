"""The limit of the other tests ends what runs away, and tells what failed."""

from __future__ import annotations

from itertools import count

import pytest

from limits import limited


def test_what_never_ends_is_ended() -> None:
    with pytest.raises(AssertionError, match="more than 1 s"):
        limited(lambda: sum(count()), seconds=1)


def test_what_fails_tells_why() -> None:
    def fail() -> None:
        raise KeyError("missing")

    with pytest.raises(AssertionError, match=r"KeyError: 'missing'"):
        limited(fail)


def test_what_is_done_in_time_is_well() -> None:
    limited(lambda: sorted(range(1000)))
