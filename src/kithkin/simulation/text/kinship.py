"""What somebody is to a child, as a referrer would say it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.text.lookups import Mask, of
from kithkin.simulation.text.words import KIN_NAMES
from kithkin.simulation.world import STAY_KINDS, Index


def relations(
    county: County, who: Index, child: Index, at_home: Mask, between: Mask,
    stay: npt.NDArray[np.int8] | npt.NDArray[np.int64], day: Days,
) -> Index:  # fmt: skip
    """Give positions in KIN of what `who` is to `child`.

    `at_home` says whether they live together, `between` whether the matter is one between adults
    (then a stranger to the home is an ex-partner), `stay` the kind of the child's stay.
    """
    people = county.world.people
    mother, father = people.mother[child], people.father[child]
    male = of(people.sex.astype(np.int32), who, 0) == 1
    age = np.where(who >= 0, whole_years(people.born[np.maximum(who, 0)], day), 0)
    mum_of, dad_of = of(people.mother, mother), of(people.father, mother)
    mum_of_dad, dad_of_dad = of(people.mother, father), of(people.father, father)
    same = (of(people.mother, who) == mother) & (mother >= 0)
    fostered = np.isin(stay, [STAY_KINDS.index("foster"), STAY_KINDS.index("residential")])
    number = {name: at for at, name in enumerate(KIN_NAMES)}
    conditions = [
        (who == mother, "mother"), (who == father, "father"),
        (who == mum_of, "nan_m"), (who == mum_of_dad, "nan_p"),
        (who == dad_of, "grandad_m"), (who == dad_of_dad, "grandad_p"),
        (fostered & at_home, "foster"),
        (same & male, "older_brother"), (same & ~male, "older_sister"),
        (at_home & (age < 18), "peer"),
        (at_home & male, "mums_partner"), (at_home & ~male, "dads_partner"),
        (between & male, "mums_ex"), (between & ~male, "dads_ex"),
        (age < 18, "peer"), (male, "man"),
    ]  # fmt: skip
    picked = np.select(
        [(who >= 0) & test for test, _ in conditions],
        [number[name] for _, name in conditions],
        number["woman"],
    )
    return np.where(who >= 0, picked, number["carer"]).astype(np.int32)
