"""The tables that linkage gives: who is one person, who lives together, who is a family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kithkin.model.tables import DAY, NUMBER, TEXT, TRUTH, WHOLE, Columns, TypedTable
from kithkin.people.pairs.model import LinkageModel

if TYPE_CHECKING:  # certainty is of what the resolver gives, and the resolver gives tables
    from kithkin.people.certainty import Calibration


class PersonLinkTable(TypedTable):
    """Which person a record is; every record stands here once."""

    name = "person_link"
    columns: ClassVar[Columns] = {
        "source": TEXT,
        "record_id": TEXT,
        "person_id": TEXT,
        "probability": NUMBER,  # of the strongest join to the others; 1 for a person's only record
        "reason": TEXT,
    }


class PersonTable(TypedTable):
    """One human being, as their records together describe them; in `person_id` order."""

    name = "person"
    columns: ClassVar[Columns] = {
        "person_id": TEXT,
        "person_key": WHOLE,  # 0, 1, 2 ... in person_id order; inside one build only
        "display_name": TEXT,  # null when no agency named them
        "forename": TEXT,
        "surname": TEXT,
        "preferred_name": TEXT,
        "date_of_birth": DAY,  # the one most records give
        "dob_conflict": TRUTH,  # records give different dates of birth
        "expected_date_of_birth": DAY,
        "date_of_death": DAY,
        "sex": TEXT,
        "ethnicity": TEXT,
        "unborn": TRUTH,
        "seal": TEXT,  # the strictest of the records' seals
        "records": WHOLE,
        "agencies": WHOLE,
        "match_confidence": NUMBER,  # probability that all records are of one human being
    }


class HouseholdTable(TypedTable):
    """People at one address at overlapping times."""

    name = "household"
    columns: ClassVar[Columns] = {
        "household_id": TEXT,
        "address_id": TEXT,
        "uprn": TEXT,
        "line": TEXT,
        "town": TEXT,
        "postcode": TEXT,
        "started_on": DAY,  # null: before anything recorded
        "ended_on": DAY,  # null: not known to have ended
        "people": WHOLE,
    }


class HouseholdMemberTable(TypedTable):
    """One unbroken stay of a person in a household."""

    name = "household_member"
    columns: ClassVar[Columns] = {
        "household_id": TEXT,
        "person_id": TEXT,
        "started_on": DAY,
        "ended_on": DAY,
        "ended_by": TEXT,  # recorded | moved: an agency kept them here after they moved elsewhere
        "current": TRUTH,  # the home they are now thought to have
        "sure": NUMBER,  # share of what agencies say of their present home; null when it has ended
    }


class FamilyTable(TypedTable):
    """The Think Family unit; in `family_id` order."""

    name = "family"
    columns: ClassVar[Columns] = {
        "family_id": TEXT,
        "family_key": WHOLE,  # 0, 1, 2 ... in family_id order; inside one build only
        "people": WHOLE,
    }


class FamilyMemberTable(TypedTable):
    """Which family is a person's main one, and why; every person stands here once."""

    name = "family_member"
    columns: ClassVar[Columns] = {
        "family_id": TEXT,
        "person_id": TEXT,
        "reason": TEXT,
    }


class FamilyLinkTable(TypedTable):
    """Every family that a person belongs to, in which role and why; the main one among them."""

    name = "family_link"
    columns: ClassVar[Columns] = {
        "family_id": TEXT,
        "person_id": TEXT,
        # child | carer | partner of carer | adult of the home | parent living apart |
        # sibling living elsewhere | child living elsewhere | former partner of carer |
        # grown-up child | partner | professional carer | relative | alone
        "role": TEXT,
        "reason": TEXT,
        "since": DAY,  # null: not recorded
        "until": DAY,  # null: not known to have ended
    }


class PersonPairReviewTable(TypedTable):
    """Two records for a human to compare, of two persons who may be one or of one who may be two.

    In `rank` order.
    """

    name = "person_pair_review"
    columns: ClassVar[Columns] = {
        "rank": WHOLE,  # 1: look here first, a mistake would cost most
        "kind": TEXT,  # join? | split? | contradiction: certain things or decisions disagree
        "person_id": TEXT,
        "other_person_id": TEXT,  # of a split?, the same person
        "source": TEXT,
        "record_id": TEXT,
        "other_source": TEXT,
        "other_record_id": TEXT,
        "weight": NUMBER,  # match weight; null when the records were not scored
        "probability": NUMBER,  # that they are one person; null when not scored
        "cost": NUMBER,  # expected harm of leaving things as they are; linkage.toml, [review]
        "why": TEXT,
    }


class PersonIndexTable(TypedTable):
    """Whose record each record is and was: one unbroken belonging a row, in key order.

    A version counts only when some record's person changed. Ids stay what they name for ever:
    none is given to other people.
    """

    name = "person_index"
    columns: ClassVar[Columns] = {
        "person_id": TEXT,
        "source": TEXT,
        "record_id": TEXT,
        "since_version": WHOLE,
        "until_version": WHOLE,  # the first version in which it no longer holds; null: it holds
        "since": DAY,  # the as-of date of that version
        "until": DAY,
        # new: first sent | returned: sent again | merged: its person became this one |
        # split: its person came apart | restored: it went back to a person that had been merged
        "why": TEXT,
    }


class PersonLineageTable(TypedTable):
    """What became of the ids of persons; in order of versions."""

    name = "person_lineage"
    columns: ClassVar[Columns] = {
        "version": WHOLE,
        "as_of": DAY,
        # created: a new id | merged: went into the other person, to whom the id now leads |
        # split: has records that were the other person's | retired: no feed has its records |
        # restored: an id of earlier versions is in use again, with records of the other person
        "change": TEXT,
        "person_id": TEXT,
        "other_person_id": TEXT,
        "records": WHOLE,  # that the change is about
        "why": TEXT,
    }


class PersonDecisionTable(TypedTable):
    """What people decided about two records, in the order in which they decided.

    A decision is of records, not of persons: records keep their keys whatever linkage makes of
    them. Of two decisions on one pair the later counts, except that `never` stands until a
    `withdrawn` names it.
    """

    name = "person_decision"
    columns: ClassVar[Columns] = {
        "decision_id": TEXT,
        # same: one human being | different: two | confirmed: linked, looked at and right |
        # never: must not be joined or shown together (adoption, protected identity) | withdrawn
        "kind": TEXT,
        "source": TEXT,
        "record_id": TEXT,
        "other_source": TEXT,
        "other_record_id": TEXT,
        "withdraws": TEXT,  # the decision_id that a `withdrawn` takes back
        "decided_by": TEXT,
        "decided_at": TEXT,  # ISO 8601, UTC
        "why": TEXT,
    }


@dataclass(frozen=True)
class LinkageAccount:
    """What one build did, in counts, for a release to show."""

    records: int
    persons: int
    model: str  # trained | published
    model_reason: str  # why that model
    pairs_judged: int  # by which probabilities are calibrated; 0: they are as the model states
    pairs_scored: int
    keys_left_out: int  # blocking keys that too many records share
    numbers_left_out: int  # identifiers that too many records share
    decisions_unheard: int  # decisions on a record that no feed has now; kept for when one has it
    review_pairs: int  # pairs of persons, and doubtful persons, left for a human
    addresses_left_out: int  # addresses with too many people at once to be a household
    residences_left_out: int  # residences that are no home, or of people with a sealed record
    relationships_left_out: int  # relationships with a record that no feed sent
    relationships_disbelieved: int  # relationships of a parent too young to be one
    largest_family: int


@dataclass(frozen=True)
class PeopleTables:
    """All that `build_people` gives."""

    person_link: PersonLinkTable
    person: PersonTable
    household: HouseholdTable
    household_member: HouseholdMemberTable
    family: FamilyTable
    family_member: FamilyMemberTable
    family_link: FamilyLinkTable
    person_pair_review: PersonPairReviewTable
    person_index: PersonIndexTable
    person_lineage: PersonLineageTable
    model: LinkageModel
    calibration: Calibration
    account: LinkageAccount

    def tables(self) -> tuple[TypedTable, ...]:
        """Give the tables, in the order in which they are published."""
        return (
            self.person_link,
            self.person,
            self.household,
            self.household_member,
            self.family,
            self.family_member,
            self.family_link,
            self.person_pair_review,
            self.person_index,
            self.person_lineage,
        )
