"""An explanation as a caseworker reads it."""

from __future__ import annotations

from kithkin.people.explaining.explanation import MatchExplanation, Part
from kithkin.people.explaining.wording import wording


def in_words(told: MatchExplanation) -> list[str]:
    """Give the explanation as sentences: the verdict, what speaks for and against, the sum."""
    known = [part for part in told.parts if part.level is not None]
    missing = [part.title.lower() for part in told.parts if part.level is None]
    lines = [told.verdict.words]
    lines += [_line(part) for part in known]
    if missing:
        lines.append(f"Not compared, as at least one record lacks it: {', '.join(missing)}.")
    if told.protected:
        lines.append("A record is protected: addresses and contact details are left out here.")
    lines.append(sum_in_words(told))
    return lines


def speaks_for(told: MatchExplanation) -> list[str]:
    """Give what speaks for one person, the strongest first."""
    return [part.words for part in _ranked(told) if part.weight >= wording().rare]


def speaks_against(told: MatchExplanation) -> list[str]:
    """Give what speaks against one person, the strongest first."""
    against = [part for part in reversed(_ranked(told)) if part.weight < 0]
    return [part.words for part in against]


def _ranked(told: MatchExplanation) -> list[Part]:
    known = [part for part in told.parts if part.level is not None]
    return sorted(known, key=lambda part: -part.weight)


def _line(part: Part) -> str:
    strength = wording().strength_of(part.weight)
    return f"{part.title}: {part.words} That is {strength} ({part.weight:+.1f})."


def sum_in_words(told: MatchExplanation) -> str:
    """Give the sum, against strangers and against relatives, as odds a person can picture."""
    return (
        f"Together {told.weight:.1f}: {_odds(told.weight)} that they are one person and not two "
        f"strangers. Against two relatives of one home {told.home_weight:.1f}."
    )


def _odds(weight: float) -> str:
    number = f"{round(2 ** abs(min(max(weight, -40.0), 40.0))):,}"
    return f"odds of {number} to 1" if weight >= 0 else f"odds of 1 to {number}"
