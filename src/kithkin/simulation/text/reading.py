"""A page of texts for blind reading: what a worker would see, and at its end what was behind."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

import numpy as np

from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.streams import Streams
from kithkin.simulation.text.front_table import ROLES
from kithkin.simulation.text.grammar_file import concepts
from kithkin.simulation.text.knowing import VOICES
from kithkin.simulation.text.writing import ContactTexts
from kithkin.simulation.world import NOBODY


def reading_page(
    county: County, texts: ContactTexts, how_many: int = 40, streams: Streams | None = None
) -> str:
    """Give an HTML page of texts chosen by chance across voices, the truth folded away at its end.

    Parameters
    ----------
    streams : where the choice comes from; the county's own without.

    """
    chosen = _choose(texts, how_many, streams or county.streams)
    page = files(__package__).joinpath("reading_page.html").read_text(encoding="utf-8")
    return Template(page).substitute(
        how_many=len(chosen),
        texts="\n".join(_article(county, texts, at, i) for at, i in enumerate(chosen, 1)),
        behind="\n".join(_behind(county, texts, at, i) for at, i in enumerate(chosen, 1)),
    )


def _choose(texts: ContactTexts, how_many: int, streams: Streams) -> list[int]:
    """Take texts from each voice in turn until there are enough, then shuffle them."""
    chance = streams.of("text", "reading")
    order = chance.permutation(len(texts.text))
    queues = [list(order[texts.voice[order] == voice]) for voice in range(len(VOICES))]
    taken: list[int] = []
    while len(taken) < min(how_many, len(texts.text)):
        for queue in queues:
            if queue and len(taken) < how_many:
                taken.append(int(queue.pop()))
    return [taken[at] for at in chance.permutation(len(taken))]


def _ages(county: County, texts: ContactTexts, i: int) -> str:
    who = [child for child in texts.scenes.children[i] if child != NOBODY]
    born, day = county.world.people.born[who], texts.scenes.day[i]
    return ", ".join(_age(int(day - each)) for each in born)


def _age(days: int) -> str:
    if days < 0:
        return "unborn"
    return str(int(days / 365.25)) if days >= 731 else f"{int(days / 30.44)} months"


def _article(county: County, texts: ContactTexts, at: int, i: int) -> str:
    role = ROLES[SOURCES[texts.scenes.source[i]]]
    return (
        f'<article id="text-{at}"><h2>{at}. {escape(role.capitalize())}</h2>'
        f"<p class=ages>Ages of the children: {_ages(county, texts, i)}</p>"
        f"<blockquote>{escape(texts.text[i].as_py())}</blockquote></article>"
    )


def _behind(county: County, texts: ContactTexts, at: int, i: int) -> str:
    kind = int(texts.scenes.kind[i])
    what = HAPPENINGS[kind].replace("_", " ") if kind >= 0 else "nothing that happened"
    so = _so(texts, i)
    need = county.care.contacts.need[texts.rows[np.flatnonzero(texts.text_of == i)[0]]]
    return (
        f'<tr><th scope="row"><a href="#text-{at}">{at}</a></th><td>{what}</td>'
        f"<td>{_list(so)}</td><td>{int(need)}</td></tr>"
    )


def _list(some: Sequence[str]) -> str:
    return ", ".join(some) or "none"


def _so(texts: ContactTexts, i: int) -> list[str]:
    every = zip(concepts(), texts.truth[i], strict=True)
    return [concept.name.replace("_", " ") for concept, so in every if so]
