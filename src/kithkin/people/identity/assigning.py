"""Which id a person keeps when records come, go, come together and come apart.

The rules, in order:

1. A person that comes apart leaves the id to one part: the one with most of the records that it
   held before it last took in another person (before the last but one, and so on); where that
   says nothing, the largest; of equals, the one with the oldest record.
2. Of several ids that would go on in one person, the one that brings most records does; of
   equals, the oldest. The others lead to it for ever.
3. A part that is left over takes up the id of earlier versions that its records had, chosen in
   the same way, unless that id is in use. So a merger that is taken back restores every id.
4. Whoever is left gets a new id, made of their smallest (source, record_id), never one that was
   given before.

What does not change makes no version: assigning the same persons again gives the same register.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.identity.naming import PART, positions, unlike_ids_of
from kithkin.people.identity.register import PersonIndex
from kithkin.people.tables import PersonIndexTable, PersonLineageTable

Whole = npt.NDArray[np.int64]
Truth = npt.NDArray[np.bool_]
NOBODY = -1
FOREVER = np.iinfo(np.int64).max
WHY = {
    "created": "records that belong to nobody known",
    "merged": "their records are taken to be of one person",
    "split": "their records are no longer taken to be of one person",
    "restored": "records of an earlier id stand by themselves again",
    "retired": "no feed has any of the records",
}


@dataclass(frozen=True)
class Assigned:
    """Each record's person id, in the order of the records, and the register that says so."""

    ids: pa.Array
    index: PersonIndex


def assign(
    previous: PersonIndex, keys: pa.Table, cluster: npt.ArrayLike, *, as_of: date | None = None
) -> Assigned:
    """Give every record its person's id, by the rules above.

    Parameters
    ----------
    previous : the register to go on from; an empty one gives everybody a new id.
    keys : the records' `source` and `record_id`, in that order, each once.
    cluster : for each record any number that it shares with the records of the same person.
    as_of : the date that a new version bears.

    """
    return _Meeting(previous, keys, cluster, as_of).result()


def joined_keys(table: pa.Table) -> pa.Array:
    """Give each row's source and record id as one text."""
    parts = [table.column(name).combine_chunks() for name in ("source", "record_id")]
    return pc.binary_join_element_wise(*parts, PART)


@dataclass(frozen=True)
class _Claims:
    """Ids (by code) that claim persons (by number), each pair once, with the records of it."""

    code: Whole
    person: Whole
    records: Whole

    @classmethod
    def of(cls, code: Whole, person: Whole, persons: int) -> _Claims:
        pairs, records = np.unique(code * max(persons, 1) + person, return_counts=True)
        return cls(pairs // max(persons, 1), pairs % max(persons, 1), records.astype(np.int64))

    def only(self, chosen: Truth) -> _Claims:
        return _Claims(self.code[chosen], self.person[chosen], self.records[chosen])


class _Meeting:
    """The register meets the persons of a new run.

    Codes stand for ids, in the order in which the register names them first; ids given now have
    the codes that follow.
    """

    def __init__(
        self, previous: PersonIndex, keys: pa.Table, cluster: npt.ArrayLike, as_of: date | None
    ) -> None:
        self.previous, self.keys, self.as_of = previous, keys, as_of
        self.now = joined_keys(keys)
        self.first, self.person = _numbered(np.asarray(cluster, np.int64))
        self.persons = len(self.first)
        self.old = previous.index.data.combine_chunks()
        named = self.old.column("person_id").combine_chunks().dictionary_encode()
        self.known: pa.StringArray = named.dictionary
        self.code = _numbers(named.indices)
        # The place of each old row's record among those of now; NOBODY when no feed has it.
        place = pc.index_in(joined_keys(self.old), value_set=self.now)
        self.place = _numbers(place, NOBODY)
        self.since = _numbers(self.old.column("since_version").combine_chunks())
        self.until = _numbers(self.old.column("until_version").combine_chunks(), FOREVER)
        self.holds = self.until == FOREVER

    # --- what the register knows of each id ---------------------------------------------------

    @cached_property
    def created(self) -> Whole:
        return _least(self.code, self.since, len(self.known))

    @cached_property
    def closed(self) -> Whole:
        """The version in which an id was last in use; FOREVER when it still is."""
        return -_least(self.code, -self.until, len(self.known))

    @cached_property
    def mergers(self) -> dict[str, list[int]]:
        """The versions in which an id took others in, newest first."""
        told = self.previous.lineage.data
        told = told.filter(pc.equal(told.column("change"), "merged"))
        found: defaultdict[str, set[int]] = defaultdict(set)
        pairs = zip(*(told.column(name).to_pylist() for name in ("other_person_id", "version")),
                    strict=True)  # fmt: skip
        for person, version in pairs:
            found[person].add(version)
        return {person: sorted(versions, reverse=True) for person, versions in found.items()}

    # --- who keeps which id -------------------------------------------------------------------

    def result(self) -> Assigned:
        held = self.holds & (self.place >= 0)
        present = _Claims.of(self.code[held], self.person[self.place[held]], self.persons)
        chosen = self._choices(present, held)
        code_of = np.full(self.persons, NOBODY, np.int64)
        self._settle(code_of, present.only(chosen))
        restored = self._restored(code_of)
        given = self._new_ids(code_of)
        self.ids = pa.concat_arrays([self.known, given])
        ids = self.ids.take(pa.array(code_of[self.person]))
        return Assigned(ids, self._register(code_of, present, chosen, restored))

    def _choices(self, claims: _Claims, rows: Truth) -> Truth:
        """Mark for each id the one person in whom it would go on (rule 1)."""
        several = np.bincount(claims.code, minlength=len(self.known)) > 1
        chosen = ~several[claims.code]
        if not several.any():
            return chosen
        best = self._best_parts(several, rows)
        for at in np.flatnonzero(~chosen):
            chosen[at] = best[int(claims.code[at])] == claims.person[at]
        return chosen

    def _best_parts(self, several: Truth, rows: Truth) -> dict[int, int]:
        """Choose a part for each id that came apart; `rows` are the belongings that count."""
        parts: defaultdict[int, defaultdict[int, list[int]]]
        parts = defaultdict(lambda: defaultdict(list))
        for at in np.flatnonzero(several[self.code] & rows):
            parts[int(self.code[at])][int(self.person[self.place[at]])].append(int(at))
        earlier = self._earlier(several)
        return {
            code: min(found, key=lambda person: self._rank(code, found[person], earlier))
            for code, found in parts.items()
        }

    def _earlier(self, several: Truth) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """Give by id and record the spans of versions in which the id named the record."""
        spans: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for at in np.flatnonzero(several[self.code] & (self.place >= 0)):
            span = (int(self.since[at]), int(self.until[at]))
            spans[int(self.code[at]), int(self.place[at])].append(span)
        return spans

    def _rank(
        self, code: int, rows: list[int], earlier: dict[tuple[int, int], list[tuple[int, int]]]
    ) -> tuple[int, ...]:
        """Rank a part of an id for rule 1; the least is the best."""
        spans = [earlier[code, int(self.place[at])] for at in rows]
        before = [
            -sum(any(since < version <= until for since, until in one) for one in spans)
            for version in self.mergers.get(self.known[code].as_py(), ())
        ]
        oldest = min((int(self.since[at]), int(self.place[at])) for at in rows)
        return (*before, -len(rows), *oldest)

    def _settle(self, code_of: Whole, claims: _Claims) -> None:
        """Give each claimed person one id (rule 2; of closed ids, the one closed last first)."""
        several = np.bincount(claims.person, minlength=self.persons)[claims.person] > 1
        code_of[claims.person[~several]] = claims.code[~several]
        claims = claims.only(several)
        alphabetical = positions(self.known.take(pa.array(claims.code)))[1]
        order = np.lexsort(
            (
                alphabetical,
                self.created[claims.code],
                -self.closed[claims.code],
                -claims.records,
                claims.person,
            )
        )
        person, code = claims.person[order], claims.code[order]
        first = np.ones(len(person), bool)
        first[1:] = person[1:] != person[:-1]
        code_of[person[first]] = code[first]

    def _restored(self, code_of: Whole) -> Whole:
        """Give ids of earlier versions back to persons who are left over (rule 3)."""
        free = ~self.holds & (self.place >= 0) & (self.until == self.closed[self.code])
        free[free] = code_of[self.person[self.place[free]]] == NOBODY
        claims = _Claims.of(self.code[free], self.person[self.place[free]], self.persons)
        self._settle(code_of, claims.only(self._choices(claims, free)))
        return np.intersect1d(code_of, claims.code)

    def _new_ids(self, code_of: Whole) -> pa.Array:
        """Give a new id to whoever is left (rule 4), by their smallest records."""
        left = np.flatnonzero(code_of == NOBODY)
        names = self.now.take(pa.array(self.first[left]))
        told = self.previous.lineage.data.column("person_id").combine_chunks()
        code_of[left] = len(self.known) + np.arange(len(left))
        return unlike_ids_of("P", names, pa.concat_arrays([self.known, told]))

    # --- the register that says so ------------------------------------------------------------

    def _register(
        self, code_of: Whole, present: _Claims, chosen: Truth, restored: Whole
    ) -> PersonIndex:
        before = np.full(len(self.now), NOBODY, np.int64)
        held = self.holds & (self.place >= 0)
        before[self.place[held]] = self.code[held]
        after = code_of[self.person]
        ended = self.holds & (self.place < 0)
        ended[held] = before[self.place[held]] != after[self.place[held]]
        begun = np.flatnonzero(before != after)
        if not len(begun) and not ended.any():
            return self.previous
        merged = np.full(len(self.known), NOBODY, np.int64)
        lost = chosen & (code_of[present.person] != present.code)
        merged[present.code[lost]] = code_of[present.person[lost]]
        version = self.previous.version + 1
        index = self._index(version, ended, begun, self._whys(begun, before, after, merged, restored),
                            after)  # fmt: skip
        lineage = _Lineage(self, version, code_of, present, lost, restored).table()
        return PersonIndex(PersonIndexTable(index), lineage)

    def _whys(
        self, begun: Whole, before: Whole, after: Whole, merged: Whole, restored: Whole
    ) -> pa.Array:
        """Say of each belonging that begins why it does."""
        sent = np.zeros(len(self.now), bool)
        sent[self.place[self.place >= 0]] = True
        had, has = before[begun], after[begun]
        why = np.where(sent[begun], "returned", "new").astype(object)
        somebody = had >= 0
        taken_in = np.zeros(len(begun), bool)
        taken_in[somebody] = merged[had[somebody]] == has[somebody]
        back = somebody & np.isin(has, restored)
        why[somebody] = "split"
        why[back] = "restored"
        why[taken_in] = "merged"
        return pa.array(why, pa.string())

    def _index(
        self, version: int, ended: Truth, begun: Whole, whys: pa.Array, after: Whole
    ) -> pa.Table:
        """Close the belongings that ended, add those that began; in the order of keys."""
        mask = pa.array(ended)
        old = self.old
        for name, value in (("until_version", version), ("until", self.as_of)):
            field = PersonIndexTable.schema().field(name)
            column = pc.if_else(mask, pa.scalar(value, field.type), old.column(name))
            old = old.set_column(old.schema.get_field_index(name), field, column)
        size, schema = len(begun), PersonIndexTable.schema()
        keys = self.keys.take(pa.array(begun))
        columns = {
            "person_id": self.ids.take(pa.array(after[begun])),
            "source": keys.column("source"),
            "record_id": keys.column("record_id"),
            "since_version": pa.repeat(
                pa.scalar(version, schema.field("since_version").type), size
            ),
            "until_version": pa.nulls(size, schema.field("until_version").type),
            "since": pa.repeat(pa.scalar(self.as_of, schema.field("since").type), size),
            "until": pa.nulls(size, schema.field("until").type),
            "why": whys,
        }
        new = pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
        if not old.num_rows:
            return new.combine_chunks()
        return in_key_order(pa.concat_tables([old, new]))


class _Lineage:
    """The lineage of one version: a row for each thing that happened to an id."""

    def __init__(
        self, meeting: _Meeting, version: int, code_of: Whole, present: _Claims, lost: Truth,
        restored: Whole,
    ) -> None:  # fmt: skip
        self.meeting, self.version, self.code_of = meeting, version, code_of
        self.present, self.lost, self.restored = present, lost, restored

    def table(self) -> PersonLineageTable:
        found = [self._merged(), *self._parted(), *self._begun(), self._retired()]
        told = [table for table in found if table.num_rows]
        new = pa.concat_tables([PersonLineageTable.from_rows([]).data, *told])
        order = [(name, "ascending") for name in ("change", "person_id", "other_person_id")]
        old = self.meeting.previous.lineage.data
        whole = pa.concat_tables([old, new.sort_by(order)]).combine_chunks()
        return PersonLineageTable(whole)

    def _merged(self) -> pa.Table:
        claims = self.present.only(self.lost)
        return self._rows("merged", claims.code, self.code_of[claims.person], claims.records)

    def _parted(self) -> list[pa.Table]:
        """Records that went from one person to another, who has them now."""
        moved = self.present.only((self.code_of[self.present.person] != self.present.code)
                                  & ~self.lost)  # fmt: skip
        to = self.code_of[moved.person]
        back = np.isin(to, self.restored)
        return [
            self._rows(change, to[which], moved.code[which], moved.records[which])
            for change, which in (("split", ~back), ("restored", back))
        ]

    def _begun(self) -> list[pa.Table]:
        """Ids that begin, or begin again, with records that nobody had."""
        from_nobody = np.ones(len(self.code_of), bool)
        from_nobody[self.present.person] = False
        sizes = np.bincount(self.meeting.person, minlength=len(self.code_of))
        new = self.code_of >= len(self.meeting.known)
        back = np.isin(self.code_of, self.restored)
        return [
            self._rows(change, self.code_of[which], None, sizes[which])
            for change, which in (
                ("created", from_nobody & new),
                ("restored", from_nobody & back & ~new),
            )
        ]

    def _retired(self) -> pa.Table:
        meeting = self.meeting
        sizes = np.bincount(meeting.code[meeting.holds], minlength=len(meeting.known))
        gone = sizes > 0
        gone[self.present.code] = False
        codes = np.flatnonzero(gone)
        return self._rows("retired", codes, None, sizes[codes])

    def _rows(self, change: str, person: Whole, other: Whole | None, records: Whole) -> pa.Table:
        size, schema = len(person), PersonLineageTable.schema()
        ids = self.meeting.ids
        others = pa.nulls(size, pa.string()) if other is None else ids.take(pa.array(other))
        columns = [
            pa.repeat(pa.scalar(self.version, schema.field("version").type), size),
            pa.repeat(pa.scalar(self.meeting.as_of, schema.field("as_of").type), size),
            pa.repeat(change, size),
            ids.take(pa.array(person, pa.int64())),
            others,
            pa.array(records, schema.field("records").type),
            pa.repeat(WHY[change], size),
        ]
        return pa.Table.from_arrays(columns, schema=schema)


def in_key_order(index: pa.Table) -> pa.Table:
    """Put belongings in the order of source, record id and version."""
    order: Any = [(name, "ascending") for name in ("source", "record_id", "since_version")]
    return index.sort_by(order).combine_chunks()


def _numbered(cluster: Whole) -> tuple[Whole, Whole]:
    """Number persons by their smallest record; give it, and each record's person."""
    _, first, inverse = np.unique(cluster, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    number = np.empty(len(first), np.int64)
    number[order] = np.arange(len(first))
    return first[order].astype(np.int64), number[inverse.reshape(-1)]


def _numbers(array: pa.Array, missing: int = 0) -> Whole:
    filled = pc.fill_null(array.cast(pa.int64()), missing)
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.int64)


def _least(code: Whole, value: Whole, size: int) -> Whole:
    least = np.full(size, FOREVER, np.int64)
    np.minimum.at(least, code, value)
    return least
