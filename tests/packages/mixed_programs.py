"""Programs of several wishes at once, drawn by a seed: one of each group of wishes that exclude each other."""

from __future__ import annotations

from random import Random

from packages.other_programs import (
    Change,
    Wish,
    changed,
    end_of_next_year,
    in_turn,
    ninety_days,
    seven_tiers,
    three_tiers,
    year_end,
)
from packages.reference_terms import months_later

GROUPS: tuple[tuple[tuple[str, Change], ...], ...] = (
    (("Three tiers", three_tiers), ("Seven tiers without gifts", seven_tiers)),
    (("No redemption", changed(redemption=None)),),
    (
        ("Nine months", changed(last_day=months_later(9))),
        ("Year end", changed(last_day=year_end)),
        ("Earliest expiry first", changed(
            last_day=end_of_next_year, bonus_last_day=ninety_days, earliest_expiry_first=True
        )),
        ("Never", changed(last_day=lambda day: None)),
    ),
    (
        ("Half up", changed(rounding="half_up")),
        ("Half to even", changed(rounding="half_even")),
        ("Round every line", changed(rounds_lines=True)),
    ),
    (("Factors multiply", changed(factors="product")), ("Bonuses add up", changed(factors="bonus_sum"))),
    (("Oldest sale first", changed(matching="oldest")),),
    (
        ("Expired points are taken too", changed(claws_expired=True)),
        ("Nobody owes points", changed(forgives_debt=True)),
    ),
    (
        ("Tiers never fall", changed(keeps_tier=True)),
        ("Growth is lost after 180 idle days", changed(idle_days=180)),
        ("Tiers are reviewed after a year", changed(reviews_yearly=True)),
    ),
)  # fmt: skip


def mixed(seed: int) -> Wish:
    """The program of that seed: about two in three groups have their wish."""
    pick = Random(seed)
    chosen = [pick.choice(group) for group in GROUPS if pick.random() < 0.65]
    headings = tuple(heading for heading, _ in chosen)
    return Wish(headings, in_turn(*(change for _, change in chosen)), gaps=(89, 90, 180, 274, 365))
