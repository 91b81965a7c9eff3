"""Whose numbers are answered: those of the countries that the operator named.

A number tells its country (ITU-T E.164), and within +1 its area code does: some of those areas cost twenty
times as much, and whoever earns by it has texts sent there.
"""

import phonenumbers


def country_of(number: str) -> str | None:
    """Return the ISO 3166 code of a number; None for what nobody can be answered at, such as a short code."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.region_code_for_number(parsed)
