"""The whole of lives: states, happenings and participants, in their order of making."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import HAPPENINGS, Happenings, Lives, Participants
from kithkin.simulation.lives.cast import Cast, cast
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.lives.drawing import draw_happenings
from kithkin.simulation.lives.families import Families, live_at_home
from kithkin.simulation.lives.homeparts import Roles, children_concerned, parts_at_home
from kithkin.simulation.lives.peerparts import Peers, Scene
from kithkin.simulation.lives.young import Young, grow_up
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import World


def live(
    world: World, calendar: Calendar, settings: LifeSettings, knobs: Knobs, streams: Streams
) -> tuple[Lives, Happenings, Participants]:
    """Let the people of a world live through the calendar, without help from any service.

    Every row of the happenings has at least one participant, and lies within the calendar and the
    lifetime and stay in the county of all who take part.
    """
    childhood = Childhood.of(world, calendar)
    families = live_at_home(world, childhood, calendar, settings, knobs, streams)
    young = grow_up(world, childhood, families, calendar, settings, knobs, streams)
    drawn = draw_happenings(childhood, families, young, calendar, settings, knobs, streams)
    rows, present = cast(drawn, world, childhood, calendar, settings, streams)
    peers = Peers(world, childhood, young, calendar)
    scene = peers.scenes(rows, settings, streams)
    roles = [
        children_concerned(rows, settings),
        *parts_at_home(rows, present, world, settings, streams),
        *peers.others(rows, scene, settings, streams),
    ]
    lives = _lives(childhood, families, young)
    return lives, *_tables(rows, scene, roles, settings, streams)


def _lives(childhood: Childhood, families: Families, young: Young) -> Lives:
    return Lives(
        children=childhood.children,
        child_of=childhood.child_of,
        home=childhood.home,
        household={
            name: _of_households(states, childhood) for name, states in families.states.items()
        },
        child=young.states,
        hidden_household=families.hidden,
        hidden_child=young.hidden,
        strength=young.strength,  # type: ignore[arg-type]
        exposure_kin=young.exposure_kin,  # type: ignore[arg-type]
        exposure_kith=young.exposure_kith,  # type: ignore[arg-type]
    )


def _of_households(states: npt.NDArray[np.uint8], childhood: Childhood) -> npt.NDArray[np.uint8]:
    whole = np.zeros((len(states), len(childhood.family_of)), dtype=np.uint8)
    whole[:, childhood.families] = states
    return whole


def _tables(
    rows: Cast, scene: Scene, roles: list[Roles], settings: LifeSettings, streams: Streams
) -> tuple[Happenings, Participants]:
    participants = _participants(roles)
    rng = streams.of("lives", "mark")
    return (
        Happenings(
            kind=rows.kind.astype(np.int8),
            day=rows.day,
            child=rows.child,
            household=rows.household,
            place=scene.place,
            group=scene.group,
            severity=_severity(rows, settings, streams),
            cause=rows.cause.astype(np.int8),
            mark=rng.random(len(rows.day), dtype=np.float32),
        ),
        participants,
    )


def _participants(roles: list[Roles]) -> Participants:
    """Put the parts in order of happenings; of two parts of a person, the one named first counts."""
    happening = np.concatenate([role.happening for role in roles])
    person = np.concatenate([role.person for role in roles])
    part = np.concatenate([role.part for role in roles])
    key = happening * (int(person.max(initial=0)) + 1) + person
    order = np.argsort(key, kind="stable")
    once = np.ones(len(order), dtype=np.bool_)
    once[1:] = np.diff(key[order]) != 0
    rows = np.sort(order[once])
    rows = rows[np.argsort(happening[rows], kind="stable")]
    return Participants(
        happening[rows].astype(np.int32), person[rows].astype(np.int32), part[rows].astype(np.int8)
    )


def _severity(rows: Cast, settings: LifeSettings, streams: Streams) -> npt.NDArray[np.int8]:
    happen = settings.happen
    mean = np.array([settings.kinds[name].severity for name in HAPPENINGS])[rows.kind]
    noise = streams.of("lives", "severity").standard_normal(len(mean)) * happen.severity_spread
    return np.clip(np.rint(mean + happen.severity_step * rows.state + noise), 1, 5).astype(np.int8)
