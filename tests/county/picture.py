"""Draws the families of the fixture county as one SVG: adults above, children below, and ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

Row = Mapping[str, str]
Place = tuple[int, int]

ACROSS = 3  # families in a row
BOX = (430, 240)  # width and height of a family
CARD = (94, 34)
STYLE = (
    "text{font:11px sans-serif;fill:#0b0c0c}.f{font-weight:bold;font-size:13px}"
    ".n{font-size:9px;fill:#505a5f}.b{fill:#fff;stroke:#b1b4b6}.a{fill:#dbe9f6;stroke:#1d70b8}"
    ".c{fill:#fdf3d1;stroke:#b58105}path{fill:none;stroke:#505a5f;stroke-width:1.2}"
    ".partner{stroke-dasharray:4 3}.far{stroke:#d4351c;stroke-dasharray:2 3}"
)


def picture(people: Sequence[Row], records: Iterable[Row], ties: Iterable[Row]) -> str:
    """Draw every person as a card with their number and how many agencies know them."""
    families = list(dict.fromkeys(person["family"] for person in people))
    agencies = _agencies(records)
    places = _places(people, families, ties := list(ties))
    rows = -(-len(families) // ACROSS)
    size = f"{ACROSS * BOX[0]} {rows * BOX[1]}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">',
            "<title>The families of the fixture county and the ties between them</title>",
            f"<style>{STYLE}</style>",
            *(_frame(name, _corner(i)) for i, name in enumerate(families)),
            *(_tie(tie, places, people) for tie in ties),
            *(_card(person, places[person["who"]], agencies) for person in people),
            "</svg>\n",
        ]
    )


def _agencies(records: Iterable[Row]) -> Mapping[str, int]:
    count: dict[str, int] = {}
    for record in records:
        count[record["who"]] = count.get(record["who"], 0) + 1
    return count


def _corner(number: int) -> Place:
    return number % ACROSS * BOX[0], number // ACROSS * BOX[1]


def _places(
    people: Sequence[Row], families: Sequence[str], ties: Iterable[Row]
) -> dict[str, Place]:
    """Put those who are somebody's child in this county below, everybody else above."""
    below = {tie["other"] for tie in ties if tie["tie"] == "parent"} - {"071", "081"}
    found: dict[str, Place] = {}
    for number, family in enumerate(families):
        left, top = _corner(number)
        for level, line in enumerate((False, True)):
            members = [p for p in people if p["family"] == family and (p["who"] in below) == line]
            for i, person in enumerate(members):
                found[person["who"]] = (left + 24 + i * (CARD[0] + 42), top + 50 + level * 110)
    return found


def _frame(name: str, corner: Place) -> str:
    x, y = corner
    return (
        f'<rect class="b" x="{x + 6}" y="{y + 6}" width="{BOX[0] - 12}" height="{BOX[1] - 12}" '
        f'rx="6"/><text class="f" x="{x + 18}" y="{y + 28}">{escape(name)}</text>'
    )


def _tie(tie: Row, places: Mapping[str, Place], people: Sequence[Row]) -> str:
    family = {person["who"]: person["family"] for person in people}
    far = family[tie["who"]] != family[tie["other"]] or tie["tie"] not in ("parent", "partner")
    kind = "far" if far else tie["tie"].replace(" ", "-")
    (x1, y1), (x2, y2) = places[tie["who"]], places[tie["other"]]
    middle, half = CARD[0] // 2, CARD[1] // 2
    return (
        f'<path class="{kind}" d="M{x1 + middle} {y1 + half}L{x2 + middle} {y2 + half}">'
        f"<title>{escape(tie['tie'])}</title></path>"
    )


def _card(person: Row, place: Place, agencies: Mapping[str, int]) -> str:
    x, y = place
    born = person["date_of_birth"] or f"due {person['expected_date_of_birth']}"
    kind = "c" if not person["date_of_birth"] or person["date_of_birth"] >= "2008" else "a"
    surname = "" if person["family"].startswith(person["surname"]) else person["surname"]
    name = f"{person['forename']} {surname}".strip()
    note = f"{born} · {agencies.get(person['who'], 0)} feeds"
    return (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{CARD[0] + 26}" height="{CARD[1]}" rx="4"/>'
        f'<text x="{x + 6}" y="{y + 14}">{person["who"]} {escape(name)}</text>'
        f'<text class="n" x="{x + 6}" y="{y + 27}">{escape(note)}'
        f"<title>{escape(person['note'])}</title></text>"
    )
