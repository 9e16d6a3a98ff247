"""One page of HTML on how a list moves when constants are varied: the answer first, no names."""

from __future__ import annotations

from kithkin.releases.stories.page import template
from kithkin.releases.stories.sensitivity_gathering import ListSensitivity
from kithkin.releases.stories.sensitivity_pictures import rank_ranges, tornado
from kithkin.scoring.sensitivity import Moved

MOST_DRAWN = 12  # constants in the picture; the table has all that move anybody
MOST_PEOPLE = 60  # in the picture of ranks; the table has all
LIMIT = (
    "This page says how much of a list rests on constants that people chose: weights, half-lives, "
    "the bound of the network. It says nothing of what is true. A list that never moves can still "
    "be wrong, and somebody who comes and goes may be the one who most needs a look."
)


def sensitivity_page(told: ListSensitivity) -> str:
    """Give the page."""
    found = told.found
    return template("sensitivity.html").render(
        told=told,
        found=found,
        limit=LIMIT,
        heading=heading(told),
        answers=answers(told),
        tornado=tornado(moving(told)[:MOST_DRAWN], found.listed) if moving(told) else "",
        ranks=rank_ranges(found.people[:MOST_PEOPLE], found.asked) if found.people else "",
        drawn=MOST_DRAWN,
        shown=MOST_PEOPLE,
        moving=moving(told),
        still=len(found.moved) - len(moving(told)),
    )


def heading(told: ListSensitivity) -> str:
    """Say whose list it is."""
    whose = "adults who may harm" if told.track == "perpetrator" else "people"
    return f"{told.title}: how much of the list of {whose} rests on chosen constants"


def moving(told: ListSensitivity) -> list[Moved]:
    """List the constants that make somebody leave the list by themselves, the most first."""
    return [one for one in told.found.moved if one.most]


def answers(told: ListSensitivity) -> list[str]:
    """Say in sentences who stays, how many change in a draw, and which constants matter most."""
    found = told.found
    if not found.listed:
        return ["Nobody has a score here, so there is no list to move."]
    return [_who_stays(told), _in_a_draw(told), _newcomers(told), _what_moves(told)]


def _who_stays(told: ListSensitivity) -> str:
    found = told.found
    often = f"in at least {told.mostly_from:.0%} of draws"
    return (
        f"Of the {_people(found.listed)} at the top of this list today, {found.always} "
        f"{'stays' if found.always == 1 else 'stay'} whatever the constants are, within the ranges "
        f"below; {found.mostly} mostly ({often}); {found.sometimes} only sometimes."
        f"{_why_more(told)}"
    )


def _why_more(told: ListSensitivity) -> str:
    found = told.found
    if found.listed <= found.asked:
        return ""
    return f" The list is for {found.asked}; so many share its last place."


def _in_a_draw(told: ListSensitivity) -> str:
    kept, ranks = told.found.kept, told.found.ranks
    return (
        f"When all constants are drawn at once, {kept.median:.0f} of the {told.found.listed} are "
        f"still on the list in the middle one of {told.found.draws} draws, and between "
        f"{kept.low:.0f} and {kept.high:.0f} in nine of ten. The order of all who have a score "
        f"({told.found.scored:,}) is like today's by a correlation of {ranks.median:.2f} "
        f"({ranks.low:.2f} to {ranks.high:.2f} in nine of ten); 1 is the same order."
    )


def _newcomers(told: ListSensitivity) -> str:
    found = told.found
    if not found.newcomers:
        return "Nobody who is not on the list today is mostly on it in the draws."
    return f"{_people(found.newcomers)} not on the list today {'is' if found.newcomers == 1 else 'are'} mostly on it in the draws."


def _what_moves(told: ListSensitivity) -> str:
    moved = moving(told)
    if not moved:
        return "No constant by itself makes anybody leave the list."
    first = "; ".join(f"{one.constant.title} ({one.most} leave)" for one in moved[:3])
    return (
        f"One at a time, {len(moved)} of {len(told.found.moved)} constants make anybody leave the "
        f"list. Those that move it most: {first}."
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"
