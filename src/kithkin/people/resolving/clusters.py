"""From pairs to persons: clustering that keeps what must be apart apart.

Plain connected components make one person of twins, and of siblings between whom a nameless
record stands. Here records join one edge at a time, the strongest first, and no edge may bring
together two persons whom something forbids to be one. What is refused is left for a human.

What a person becomes depends on records that edges tie to theirs, and on no others
(test_resolve: one family's records do not change another's), so a part can be resolved alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving import contested, kernel
from kithkin.people.resolving.certainty import ProbabilityOf, stated_probability
from kithkin.people.resolving.checks import find_doubtful_persons
from kithkin.people.resolving.evidence import TWINS_NUMBER, Evidence
from kithkin.people.resolving.facts import among, facts_about, last_level, level_of, trust_in
from kithkin.people.resolving.kernel import Facts, Flags, Limits, Real, Sets, Whole
from kithkin.people.resolving.rulings import Conflict, Ruling, Rulings, settle
from kithkin.people.resolving.tables import JoinedTable, RefusedTable, Resolution
from kithkin.people.rules import LinkageRules

NUMBERS = "different verified numbers of a kind that a person has once"
TWINS = "possible twins: one surname and date of birth, different given names"
BETWEEN = "too alike to part, not enough to join"
RELATIVES = "could be two relatives of one home: little agrees that is one person's alone"
BRIDGE = "two people held together by this pair alone: most of their other records disagree"
BIRTHS = "two people with different dates of birth, who would become one"
UNDATED = (
    "a date of birth is missing and no number is shared: a parent and child of one name fit too"
)
CONTESTED = "fits two people about as well, who cannot be one"
NAMELESS = "a record without a forename could be several people"
WHY = {
    kernel.NUMBERS: NUMBERS,
    kernel.TWINS: TWINS,
    kernel.BETWEEN: BETWEEN,
    kernel.RELATIVES: RELATIVES,
    kernel.BRIDGE: BRIDGE,
    kernel.BIRTHS: BIRTHS,
    kernel.CONTESTED: CONTESTED,
    kernel.NAMELESS: NAMELESS,
    kernel.UNDATED: UNDATED,
}
ENDS = ("left", "right")
RULING, NUMBER, SCORE = range(3)  # by what an edge joins
BASIS = ("ruling", "number", "score")
CONTRADICTIONS = (NUMBERS, BIRTHS)  # certain things disagree, whatever the names say


def resolve(
    records: ComparableTable,
    scored: ScoredPairTable,
    evidence: Evidence,
    rules: LinkageRules,
    rulings: Rulings | None = None,
    probability_of: ProbabilityOf = stated_probability,
) -> Resolution:
    """Decide which records are one person.

    In this order, each stronger than the next: what people ruled; verified numbers that records
    share, when nothing speaks against it; scored pairs from the join mark up, named records before
    nameless ones. Pairs ruled apart, two persons with different exclusive numbers, possible twins
    and persons of two dates of birth stay apart even through other records. What is left from the
    review mark up, and every contradiction, is refused with its reason; what a ruling keeps apart
    is settled and told nowhere.

    Parameters
    ----------
    records, scored, evidence
        Of one set of records; `rid` is the place in `records`.
    rules
        Marks, limits of the checks, and what numbers are worth.
    rulings
        Decisions that stand; none when not given.
    probability_of
        Gives the probability of one person for arrays of weights and home weights.

    """
    ruled = rulings or Rulings()
    settled = settle(ruled)
    facts = facts_about(records, scored, evidence, rules, ruled)
    limits = Limits(
        rules.marks.join,
        rules.marks.home_join,
        rules.checks.bridge_margin,
        rules.checks.bridge_share,
        rules.checks.several,
        evidence.relatives,
    )
    certain = kernel.new_sets(facts)
    texts = _Texts(settled.joined, evidence)
    by_ruling = _Edges.ruled(settled.joined)
    by_ruling = by_ruling.with_outcome(
        kernel.join_certain(certain, by_ruling.left, by_ruling.right)
    )
    by_number = _Edges.of_numbers(evidence)
    by_number = _join_numbers(facts, certain, by_number, texts)
    # Where there are no relatives, a record without a forename is as good as any other.
    forename = records.data.column("forename").is_valid().to_numpy()
    named = forename if evidence.relatives else np.ones(len(forename), np.bool_)
    scores = _Edges.scored(scored, rules)
    plain, nameless = _named_first(scores, named)
    doubtful = _with_a_twins_number(certain, by_number, texts)
    sets, plain = _join_scores(facts, certain, plain, doubtful, limits, rules.checks.contest_margin)
    nameless = _attach_nameless(facts, certain, sets, nameless, named, limits)
    cluster = kernel.leaders(sets.parent)
    edges = _Edges.together(by_ruling, by_number, plain, nameless)
    sure = rules.marks.identifier_probability
    joined = _joined(edges, texts, sure, probability_of)
    return Resolution(
        cluster,
        joined,
        _refused(edges, texts, cluster, ruled, settled.conflicts, probability_of),
        find_doubtful_persons(records, evidence, cluster, joined, ruled, rules),
    )


class _Texts:
    """What rulings and numbers say in words, looked up for the few edges that tell it."""

    def __init__(self, ruled: tuple[Ruling, ...], evidence: Evidence) -> None:
        data = evidence.shared.data
        self.decision = pa.array([decision for _, _, decision in ruled], pa.string())
        self.scheme = data.column("scheme").combine_chunks()
        self.against = pc.fill_null(data.column("against"), "").combine_chunks()

    def of(self, edges: _Edges, basis: int) -> NDArray[Any]:
        """Give the decision or the scheme of edges that are all of one basis."""
        source = self.decision if basis == RULING else self.scheme
        return _objects(source.take(pa.array(edges.told)))

    def speaking_against(self, edges: _Edges) -> NDArray[Any]:
        """Give what speaks against joining by the numbers of edges, or nothing."""
        return _objects(self.against.take(pa.array(edges.told)))


def _objects(texts: pa.Array) -> NDArray[Any]:
    return np.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)


@dataclass(frozen=True)
class _Edges:
    """Edges as columns of numbers; `outcome` says what became of each (kernel)."""

    left: Whole
    right: Whole
    weight: Real  # infinite for rulings and numbers
    home_weight: Real
    basis: NDArray[np.int8]  # RULING | NUMBER | SCORE
    told: Whole  # the place of its ruling, or of its number in the evidence; score: 0
    telling: Whole  # score: what the two share that namesakes do not (contested)
    alike: Flags  # score: of one forename, however spelt, and near births
    at_home: Whole  # score: 1 of one home, -1 of two addresses, 0 not told
    outcome: Whole

    @classmethod
    def ruled(cls, same: tuple[tuple[int, int, str], ...]) -> Self:
        columns = list(zip(*same, strict=True)) or [(), (), ()]
        return cls._certain(columns[0], columns[1], RULING)

    @classmethod
    def of_numbers(cls, evidence: Evidence) -> Self:
        data = evidence.shared.data
        left, right = (data.column(f"{end}_rid").to_numpy() for end in ENDS)
        return cls._certain(left, right, NUMBER)

    @classmethod
    def _certain(cls, left: Any, right: Any, basis: int) -> Self:
        count = len(left)
        infinite = np.full(count, np.inf)
        return cls(
            np.asarray(left, np.int32),
            np.asarray(right, np.int32),
            infinite,
            infinite,
            np.full(count, basis, np.int8),
            np.arange(count, dtype=np.int32),
            np.full(count, contested.BY_NUMBER, np.int32),
            np.ones(count, np.bool_),
            np.ones(count, np.int32),
            np.zeros(count, np.int32),
        )

    @classmethod
    def scored(cls, scored: ScoredPairTable, rules: LinkageRules) -> Self:
        """Strongest first; equal weights in record order, so that the answer is always the same."""
        names = ("left_rid", "right_rid", "weight", "home_weight")
        left, right, weight, home = (scored.data.column(name).to_numpy() for name in names)
        order = np.lexsort((right, left, -weight))
        nought = np.zeros(len(left), np.int32)
        return cls(
            left[order],
            right[order],
            weight[order],
            home[order],
            np.full(len(left), SCORE, np.int8),
            nought,
            _telling(scored, rules)[order],
            _namesakes(scored, rules)[order],
            _at_home(scored, rules)[order],
            nought,
        )

    @classmethod
    def together(cls, *several: _Edges) -> Self:
        return cls(
            *(np.concatenate([getattr(one, of.name) for one in several]) for of in fields(cls))
        )

    def __len__(self) -> int:
        return len(self.left)

    def where(self, chosen: Any) -> _Edges:
        return _Edges(*(getattr(self, of.name)[chosen] for of in fields(self)))

    def with_outcome(self, outcome: Whole) -> _Edges:
        return replace(self, outcome=outcome)

    def joins(self, limits: Limits) -> Flags:
        return (self.weight >= limits.join) & (self.home_weight >= limits.home_join)


def _telling(scored: ScoredPairTable, rules: LinkageRules) -> Whole:
    """Say which pairs share a number, and which middle names: what namesakes do not share."""
    number, middle = (level_of(name, scored, rules) for name in ("number", "middle_names"))
    names = (middle >= 0) & (middle < last_level("middle_names", rules))
    return np.where(
        number == 0, contested.BY_NUMBER, np.where(names, contested.BY_NAMES, kernel.NONE)
    ).astype(np.int32)


def _namesakes(scored: ScoredPairTable, rules: LinkageRules) -> Flags:
    """Say which pairs may be of two namesakes: of one forename, however spelt, and near births."""
    alike = np.ones(len(scored), np.bool_)
    for name, labels in rules.checks.namesakes.items():
        alike &= among(level_of(name, scored, rules), name, labels, rules)
    return alike


def _at_home(scored: ScoredPairTable, rules: LinkageRules) -> Whole:
    """Say which pairs share what a home shares (1), and which have two addresses (-1)."""
    shared = np.zeros(len(scored), np.bool_)
    for name, labels in rules.checks.one_home.items():
        shared |= among(level_of(name, scored, rules), name, labels, rules)
    told = level_of("address", scored, rules) >= 0
    return np.where(shared, 1, np.where(told, -1, 0)).astype(np.int32)


def _join_numbers(facts: Facts, certain: Sets, edges: _Edges, texts: _Texts) -> _Edges:
    """Join by numbers with nothing against them, the most trusted first."""
    trust = trust_in(texts.scheme)
    edges = edges.where(order := np.lexsort((edges.right, edges.left, -trust)))
    free = pc.equal(texts.against, "").to_numpy(zero_copy_only=False)[order]
    outcome = np.full(len(edges), kernel.NUMBERS, np.int32)
    outcome[free] = kernel.join_by_number(
        facts, certain, edges.left[free], edges.right[free], trust[order][free]
    )
    return edges.with_outcome(outcome)


def _with_a_twins_number(certain: Sets, edges: _Edges, texts: _Texts) -> Flags:
    """Mark certain sets of which a record bears a possible twin's number: it may be either's."""
    marked = np.zeros(len(certain.parent), np.bool_)
    unit = kernel.leaders(certain.parent)
    twins = pc.equal(texts.against, TWINS_NUMBER).to_numpy(zero_copy_only=False)
    twins = edges.where(twins[edges.told])
    marked[unit[twins.left]] = marked[unit[twins.right]] = True
    return marked


def _named_first(edges: _Edges, named: Flags) -> tuple[_Edges, _Edges]:
    """Part edges between named records from those with a nameless one."""
    both = named[edges.left] & named[edges.right]
    return edges.where(both), edges.where(~both)


def _join_scores(
    facts: Facts, certain: Sets, edges: _Edges, doubtful: Flags, limits: Limits, margin: float
) -> tuple[Sets, _Edges]:
    """Join by scores; records that would fit two persons join neither, and theirs is done anew."""
    unit = kernel.leaders(certain.parent)
    loose = doubtful.copy()
    sets = kernel.copy_sets(certain)
    outcome, part = np.zeros(len(edges), np.int32), np.arange(len(edges))
    group = unit
    while True:
        some = edges.where(part)
        some = some.with_outcome(
            kernel.join_by_score(
                facts,
                sets,
                certain.following,
                some.left,
                some.right,
                some.weight,
                some.home_weight,
                some.telling == contested.BY_NUMBER,
                loose[unit],
                limits,
            )
        )
        outcome[part] = some.outcome
        ties = _ties(some, unit)
        more = contested.find_contested(facts, certain, sets, ties, margin, limits) & ~loose
        if not more.any():
            return sets, edges.with_outcome(outcome)
        loose |= more
        # What edges do not tie to a record cannot change with it.
        group = kernel.connected(unit, edges.left, edges.right) if group is unit else group
        anew = np.isin(group, group[more])
        kernel.restore(sets, certain, anew)
        part = np.flatnonzero(anew[edges.left])


def _ties(edges: _Edges, unit: Whole) -> contested.Ties:
    """Put edges so that those of each certain set are found."""
    ends = np.concatenate([unit[edges.left], unit[edges.right]])
    places = np.tile(np.arange(len(edges), dtype=np.int32), 2)
    counts = np.bincount(ends, minlength=len(unit))
    return contested.Ties(
        edges.left,
        edges.right,
        edges.weight,
        edges.home_weight,
        edges.telling,
        edges.alike,
        edges.at_home,
        edges.outcome,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        places[np.argsort(ends, kind="stable")],
    )


def _attach_nameless(
    facts: Facts, certain: Sets, sets: Sets, edges: _Edges, named: Flags, limits: Limits
) -> _Edges:
    """Join nameless records to the one person they can be; they never bring two together.

    A record counts once, with all its pairs, when every person it could be is known: so the
    order of the pairs cannot decide whose it is.
    """
    outcome = np.full(len(edges), kernel.NAMELESS, np.int32)
    unit = kernel.leaders(certain.parent)
    known = _any_of(unit, named)
    loose, firm = _loose_ends(edges, unit, known)
    usable = np.flatnonzero((loose >= 0) & edges.joins(limits))
    chosen = usable[_only_home(loose[usable], kernel.leaders(sets.parent)[firm[usable]])]
    # Edges are strongest first: the first of each loose record is its best.
    _, first = np.unique(loose[chosen], return_index=True)
    best = edges.where(chosen[first])
    outcome[chosen[first]] = kernel.join_by_score(
        facts,
        sets,
        certain.following,
        best.left,
        best.right,
        best.weight,
        best.home_weight,
        best.telling == contested.BY_NUMBER,
        np.zeros(len(unit), np.bool_),
        limits,
    )
    return edges.with_outcome(outcome)


def _any_of(unit: Whole, named: Flags) -> Flags:
    known = np.zeros(len(unit), np.bool_)
    known[unit[named]] = True
    return known


def _loose_ends(edges: _Edges, unit: Whole, known: Flags) -> tuple[Whole, Whole]:
    """Give each edge's nameless unit and its other end; the unit is -1 where it has not just one."""
    left, right = unit[edges.left], unit[edges.right]
    from_left = ~known[left] & known[right]
    from_right = known[left] & ~known[right]
    loose = np.where(from_left, left, np.where(from_right, right, kernel.NONE))
    return loose, np.where(from_left, edges.right, edges.left)


def _only_home(loose: Whole, home: Whole) -> Flags:
    """Say of each edge if all edges of its nameless unit lead to one person."""
    size = int(loose.max(initial=-1)) + 1
    lowest, highest = np.full(size, np.iinfo(np.int32).max), np.full(size, -1)
    np.minimum.at(lowest, loose, home)
    np.maximum.at(highest, loose, home)
    return lowest[loose] == highest[loose]


def _joined(
    edges: _Edges, texts: _Texts, sure: float, probability_of: ProbabilityOf
) -> JoinedTable:
    edges = edges.where(edges.outcome == kernel.JOINED)
    probability = np.where(edges.basis == RULING, 1.0, sure)
    scored = edges.basis == SCORE
    probability[scored] = probability_of(edges.weight[scored], edges.home_weight[scored])
    columns = [
        edges.left,
        edges.right,
        pa.array(BASIS).take(pa.array(edges.basis)),
        edges.weight,
        edges.home_weight,
        probability,
        _reasons(edges, texts),
    ]
    return JoinedTable(_arrow(columns, JoinedTable))


def _reasons(edges: _Edges, texts: _Texts) -> pa.Array:
    """Give each edge's reason in words; words are made once for each that differs."""
    words: list[str] = []
    place = np.zeros(len(edges), np.int64)
    tenths = np.rint(np.where(edges.basis == SCORE, edges.weight, 0) * 10).astype(int)
    for basis, form in (
        (RULING, "people decided that they are one (decision {})"),
        (NUMBER, "share an identifying number ({})"),
        (SCORE, "names and details agree (weight {})"),
    ):
        those = np.flatnonzero(edges.basis == basis)
        told = tenths[those] if basis == SCORE else texts.of(edges.where(those), basis).astype(str)
        values, at = np.unique(told, return_inverse=True)
        place[those] = len(words) + at
        words += [form.format(one / 10 if basis == SCORE else one) for one in values]
    return pa.array(words, pa.string()).take(pa.array(place))


def _refused(
    edges: _Edges,
    texts: _Texts,
    cluster: Whole,
    rulings: Rulings,
    conflicts: tuple[Conflict, ...],
    probability_of: ProbabilityOf,
) -> RefusedTable:
    """Give what is left for a human: between two persons whom no ruling keeps apart."""
    kept = (edges.outcome > kernel.BY_RULING) & (cluster[edges.left] != cluster[edges.right])
    edges = edges.where(kept & ~_ruled_apart(edges.left, edges.right, cluster, rulings.apart))
    # To tell of a `different` decision between two whom a `never` parts would tell of that.
    left, right = (np.array([getattr(one, end) for one in conflicts], np.int32) for end in ENDS)
    hidden = _ruled_apart(left, right, cluster, rulings.never)
    conflicts = tuple(one for one, hide in zip(conflicts, hidden, strict=True) if not hide)
    scored = edges.basis == SCORE
    weight, home = edges.weight[scored], edges.home_weight[scored]
    numbers = np.full((3, len(edges)), np.nan)
    numbers[:, scored] = weight, home, probability_of(weight, home)
    why = _why(edges, texts)
    contradiction = ~scored | np.isin(why, CONTRADICTIONS)
    columns = [
        np.concatenate([edges.left, np.array([one.left for one in conflicts], np.int32)]),
        np.concatenate([edges.right, np.array([one.right for one in conflicts], np.int32)]),
        np.concatenate(
            [np.where(contradiction, "contradiction", "join?"), ["contradiction"] * len(conflicts)]
        ),
        *(np.concatenate([one, np.full(len(conflicts), np.nan)]) for one in numbers),
        np.concatenate([why, np.array([one.why for one in conflicts], dtype=object)]),
    ]
    table = _arrow(columns, RefusedTable)
    return RefusedTable(table.sort_by([("left_rid", "ascending"), ("right_rid", "ascending")]))


def _why(edges: _Edges, texts: _Texts) -> NDArray[Any]:
    """Give each refused edge's reason in words."""
    why = np.array([WHY.get(code, "") for code in range(max(WHY) + 1)], dtype=object)[edges.outcome]
    number = edges.basis == NUMBER
    by_number = edges.where(number)
    against = texts.speaking_against(by_number)
    told = np.where(against == "", NUMBERS, against)
    why[number] = (
        "share an identifying number (" + texts.of(by_number, NUMBER) + "), but " + told
        if number.any()
        else told
    )
    return why


def _ruled_apart(left: Whole, right: Whole, cluster: Whole, apart: tuple[Ruling, ...]) -> Flags:
    """Say which edges lie between two persons that a ruling keeps apart.

    Not only the ruled pair: any other pair of the same two persons would show it as well.
    """
    ends = np.array([(one, other) for one, other, _ in apart], np.int32).reshape(-1, 2)
    ruled = _persons(ends[:, 0], ends[:, 1], cluster)
    return np.isin(_persons(left, right, cluster), ruled)


def _persons(left: Whole, right: Whole, cluster: Whole) -> NDArray[np.int64]:
    """Give one number for the two persons of a pair, whichever comes first."""
    one, other = cluster[left].astype(np.int64), cluster[right].astype(np.int64)
    return np.minimum(one, other) << 32 | np.maximum(one, other)


def _arrow(columns: list[Any], kind: type[JoinedTable | RefusedTable]) -> pa.Table:
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, of, from_pandas=True)
        for column, of in zip(columns, kind.columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=kind.schema())
