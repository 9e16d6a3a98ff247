"""Measures linkage where agencies make more mistakes, for docs/linkage_hypotheses.md.

`python tools/measure_mistakes.py` simulates one county several times, each with more of the
agencies' mistakes, and links what they hold; with --write the table and its picture go into docs.
The truth judges, and nothing else reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from measure_hard_pairs import PAGE, Share, connect, judged, link, put

from kithkin.simulation import Plan, make_county
from kithkin.simulation.hard_pairs import make_hard_pairs

PICTURE = PAGE.with_name("linkage_mistakes.svg")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 330, 60, 40, 120, 60
STEP = 0.05  # between lines of the picture's grid, of precision and recall
TITLE = "Precision and recall of linkage as agencies make more mistakes"


@dataclass(frozen=True)
class Point:
    """How linkage fared at so many times the mistakes."""

    times: float
    precision: Share
    recall: Share
    review: int
    records: int


def main() -> None:
    """Print the table, or write it with its picture."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=20_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--times", type=float, nargs="+", default=[1.0, 2.0, 3.0, 4.0, 5.0])
    words.add_argument("--write", action="store_true")
    given = words.parse_args()
    points = [measured(given, times) for times in given.times]
    text = table(given, points)
    print(text)
    if given.write:
        put("mistakes", text)
        PICTURE.write_text(picture(points), encoding="utf-8")


def measured(given: Any, times: float) -> Point:
    """Link the county at so many times its mistakes."""
    plan = Plan(given.people, 3, given.seed)
    made = make_hard_pairs(
        make_county(plan), plan.read_settings(), seed=given.seed, pairs=0, mistakes=times
    )
    con = connect(made)
    review = link(con)
    precision, recall = pairwise(con)
    return Point(times, precision, recall, review, len(made.tables["person_record"]))


def pairwise(con: duckdb.DuckDBPyConnection) -> tuple[Share, Share]:
    """Give precision and recall over pairs of records whose person is known."""

    def pairs(of: str) -> int:
        sql = f"""SELECT coalesce(sum(n * (n - 1) // 2), 0)
                  FROM (SELECT count(*) AS n FROM {judged("kithkin")} GROUP BY {of})"""
        return int(con.sql(sql).fetchall()[0][0])

    right = pairs("person, person_id")
    return Share(right, pairs("person_id")), Share(right, pairs("person"))


def table(given: Any, points: Sequence[Point]) -> str:
    """Give one row for each number of times."""
    opening = (
        f"A county of {given.people:,} people, seed {given.seed}. Pairs of records, per cent, with "
        "Wilson's 95% interval; review is pairs left for a human, for each thousand records.\n"
    )
    rows = [
        f"| {one.times:g} | {one.records:,} | {one.precision} | {one.recall} "
        f"| {1000 * one.review / one.records:.1f} |"
        for one in points
    ]
    head = "| times the mistakes | records | precision | recall | review |"
    shown = f"![{TITLE}]({PICTURE.name})\n"
    return "\n".join([opening, shown, head, "| --- " * 5 + "|", *rows])


def picture(points: Sequence[Point]) -> str:
    """Draw precision as a whole line and recall as a dashed one, with the review load below."""
    lowest = STEP * int(min(min(one.precision.value, one.recall.value) for one in points) / STEP)
    parts = [_grid(lowest)]
    for name, dash in (("precision", ""), ("recall", ' stroke-dasharray="7 4"')):
        places = [(_x(points, one), _y(getattr(one, name).value, lowest)) for one in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="#0b0c0c" stroke-width="2"{dash}/>'
        )
        x, y = places[-1]
        parts.append(f'<text x="{x + 10:.1f}" y="{y + 4:.1f}">{name}</text>')
    for one in points:
        load = f"{1000 * one.review / one.records:.0f}"
        for text, below in ((f"{one.times:g} times", 20), (load, 40)):
            parts.append(_text(_x(points, one), HEIGHT - BOTTOM + below, text, "middle"))
    parts.append(_text(WIDTH, HEIGHT - BOTTOM + 40, "for review, of 1,000", "end"))
    told = "; ".join(
        f"{one.times:g} times: precision {one.precision.value:.4f}, recall {one.recall.value:.4f}"
        for one in points
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13"><title>{TITLE}</title><desc>{told}</desc>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _grid(lowest: float) -> str:
    lines = []
    for step in range(round((1 - lowest) / STEP) + 1):
        value = lowest + step * STEP
        y = _y(value, lowest)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#b1b4b6"/>')
        lines.append(_text(LEFT - 8, y + 4, f"{value:.0%}", "end"))
    return "".join(lines)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _x(points: Sequence[Point], one: Point) -> float:
    first, last = points[0].times, points[-1].times
    share = (one.times - first) / (last - first) if last > first else 0.5
    return LEFT + 30 + (WIDTH - LEFT - RIGHT - 60) * share


def _y(value: float, lowest: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value) / (1 - lowest or STEP)


if __name__ == "__main__":
    main()
