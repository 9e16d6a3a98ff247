"""How often: an occasion counts once, whatever rules see in it and however it came to be known."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kithkin.model import dates
from kithkin.network import Choice, Evidence, person_ties, plainest
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from network.worlds import AS_OF, policy_of, rule

POLICY = policy_of(rule("co_suspects"), rule("harm"), rule("home"))
CO_SUSPECTS, HARM, HOME = range(3)  # by name
TODAY = dates.day_number(AS_OF)

told = st.lists(
    st.tuples(
        st.sampled_from([CO_SUSPECTS, HARM, HOME]),
        st.integers(1, 4),  # occasion
        st.sampled_from([1, 2, 3]),  # direction, under the rule that has one
        st.booleans(),  # still known so
    ),
    min_size=1,
    max_size=12,
    unique=True,
)


def evidence_of(rows: list[tuple[int, int, int, bool]]) -> Evidence:
    found = [
        dict.fromkeys(TieEvidenceTable.columns, 0)
        | {
            "person_b": 1, "rule": code, "occasion": occasion, "people": 2, "people_proven": 2,
            "occurred": TODAY - 1, "known": TODAY - 1, "ended": TODAY - 1, "end_known": TODAY - 1,
            "superseded": TODAY + 9 if holds else TODAY,
            "grade": -1 if code == HOME else 0,
            "direction": direction if code == HARM else 0,
        }
        for code, occasion, direction, holds in sorted(rows)
    ]  # fmt: skip
    table = TieEvidenceTable.from_rows(found)
    return Evidence(table, LeftOutOccasionTable.from_rows([]), AS_OF)


@settings(deadline=None)
@given(rows=told)
def test_an_occasion_counts_once_under_all_rules_of_events_and_each_home_by_itself(
    rows: Any,
) -> None:
    holding = [row for row in rows if row[3]]
    ties = person_ties(evidence_of(rows), POLICY, AS_OF).data.to_pylist()
    if not holding:
        assert ties == []
        return
    different = {(code == HOME, occasion) for code, occasion, _, _ in holding}
    harms = {(occasion, d) for code, occasion, d, _ in holding if code == HARM}
    assert ties[0]["occasions"] == len(different)
    assert ties[0]["harm_a_to_b"] == len({occasion for occasion, d in harms if d & 1})
    assert ties[0]["harm_b_to_a"] == len({occasion for occasion, d in harms if d & 2})


def test_choices_that_count_the_same_ties_are_one() -> None:
    every = Choice(perpetrator=True)
    assert plainest(POLICY, every) == plainest(POLICY, Choice(("peer",), perpetrator=True))
    # Only a shared home is of family here, and no home may carry to a perpetrator score.
    assert plainest(POLICY, Choice(("family",), perpetrator=True)).natures == ()
    assert plainest(POLICY, Choice(("family",), proven=True)) == Choice(("family",))
