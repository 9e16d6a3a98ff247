"""Whether the numbers that agencies know people by are well formed, and how far to trust each.

A failed check lowers the trust put in that number when records are linked; it never turns a
child away. Most test data, and some live data, carries numbers whose check character is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from stdnum.gb import nhs

Check = Literal["passed", "failed", "unchecked"]

UPN_UNKNOWN = frozenset(f"UN{number}" for number in range(1, 8))

# No I, O or S, so that no letter is taken for a digit.
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(rf"[{_UPN_LETTERS}]\d{{11}}[\d{_UPN_LETTERS}]")

_ULN = re.compile(r"[1-9]\d{9}")

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]?")

_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_PNC = re.compile(r"(?:\d{2})?(\d{2})/?(\d{7})([A-Z])")

# Royal Mail's form of a postcode: area and district, then sector and unit, whose two letters
# never hold C, I, K, M, O or V. GIR 0AA (Girobank) is the one that fits no pattern.
_POSTCODE = re.compile(
    r"GIR0AA|(?:[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRVWXY]))"
    r"\d[ABD-HJLNP-UW-Z]{2}"
)


def check_upn(value: str | None) -> Check:
    """Say if a unique pupil number's check letter holds.

    A temporary number, whose last character is a letter, is checked in the same way; the codes
    UN1 to UN7, which say why a number is not known, are `unchecked`, as is a blank.
    Source: DfE, Unique pupil numbers guidance. The authority inside the number is not looked
    up, because authorities are split and renumbered faster than lists of them.
    """
    compact = _compact(value)
    if not compact or compact in UPN_UNKNOWN:
        return "unchecked"
    return _outcome(bool(_UPN.fullmatch(compact)) and _upn_letter(compact[1:]) == compact[0])


def check_nhs_number(value: str | None) -> Check:
    """Say if an NHS number's check digit holds (modulus 11, NHS Data Dictionary)."""
    compact = _compact(value)
    return _outcome(nhs.is_valid(compact)) if compact else "unchecked"


def check_uln(value: str | None) -> Check:
    """Say if a unique learner number's check digit holds (modulus 11, Learning Records Service)."""
    compact = _compact(value)
    if not compact:
        return "unchecked"
    return _outcome(bool(_ULN.fullmatch(compact)) and _uln_digit(compact[:9]) == int(compact[9]))


def check_nino(value: str | None) -> Check:
    """Say if a National Insurance number has a form that is issued (HMRC, NIM39110).

    It has no check character, and its last letter may be missing.
    """
    compact = _compact(value)
    return _outcome(bool(_NINO.fullmatch(compact))) if compact else "unchecked"


def check_pnc(value: str | None) -> Check:
    """Say if the check letter of a Police National Computer id holds.

    `2012/0012345H` or `12/12345H`: two digits of the year and seven of the serial, as one
    number modulo 23, index the letter.
    """
    if not (compact := _compact(value)):
        return "unchecked"
    matched = _PNC.fullmatch(_padded_pnc(compact))
    if not matched:
        return "failed"
    year, serial, letter = matched.groups()
    return _outcome(_PNC_LETTERS[int(year + serial) % 23] == letter)


CHECKS: dict[str, Callable[[str | None], Check]] = {
    "upn": check_upn,
    "former_upn": check_upn,
    "nhs_number": check_nhs_number,
    "uln": check_uln,
    "nino": check_nino,
    "pnc": check_pnc,
}

# How far two records that share a number are likely to be one person, from 0 to 1, when its
# check passed. An NHS number is traced against a national register before it is sent; a pupil
# number is sometimes issued twice; a partner's National Insurance number is sometimes given.
TRUST: dict[str, float] = {
    "nhs_number": 1.0,
    "pnc": 0.95,
    "upn": 0.95,
    "uln": 0.9,
    "nino": 0.9,
    "former_upn": 0.85,
}
TRUST_OF_OTHERS = 0.5
TRUST_AFTER_FAILED_CHECK = 0.3


def check(scheme: str, value: str | None) -> Check:
    """Check a number by its scheme's rule; `unchecked` for a scheme that has none."""
    rule = CHECKS.get(scheme)
    return rule(value) if rule else "unchecked"


def trust(scheme: str, outcome: Check) -> float:
    """Give the trust, 0 to 1, to put in a number of this scheme whose check came out so."""
    full = TRUST.get(scheme, TRUST_OF_OTHERS)
    return full * TRUST_AFTER_FAILED_CHECK if outcome == "failed" else full


def normalise_postcode(text: str | None) -> tuple[str | None, bool]:
    """Write a postcode in capitals with one space, and say if it has the form of a UK one.

    Text that has not that form comes back in capitals with single spaces; a blank is None.
    """
    if text is None or not (tidy := " ".join(text.upper().split())):
        return None, False
    compact = re.sub(r"[\s.-]", "", tidy)
    if not _POSTCODE.fullmatch(compact):
        return tidy, False
    return f"{compact[:-3]} {compact[-3:]}", True


def _compact(value: str | None) -> str:
    return re.sub(r"[\s-]", "", value or "").upper()


def _outcome(holds: bool) -> Check:
    return "passed" if holds else "failed"


def _upn_letter(rest: str) -> str:
    total = sum(
        (int(character) if character.isdigit() else _UPN_LETTERS.index(character)) * position
        for position, character in enumerate(rest, start=2)
    )
    return _UPN_LETTERS[total % 23]


def _uln_digit(first_nine: str) -> int:
    """Give the check digit; 10, which no digit equals, when no number may start so."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)
    )
    return 10 - total % 11


def _padded_pnc(compact: str) -> str:
    year, slash, serial = compact.partition("/")
    return f"{year}/{serial.zfill(8)}" if slash else compact
