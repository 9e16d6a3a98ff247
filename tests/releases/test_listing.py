"""What a release lists is what it holds; who has a sealed record is not named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.engine import write_table
from kithkin.network.groups.tables import (
    PeerGroupChangeTable,
    PeerGroupMemberTable,
    PeerGroupTable,
    PeerGroupThemeTable,
    PeerGroupTieTable,
)
from kithkin.network.places import PlaceChildTable, PlaceTable
from kithkin.releases import Release, ReleaseError
from kithkin.releases.listing import Listing, people_named
from releases import made


@pytest.fixture
def listed(tmp_path: Path) -> Release:
    """The county's release with a group and places of known figures, and a sealed record."""
    folder = tmp_path / "release"
    copytree(made.county_release()[1].folder, folder)
    everybody = pq.read_table(folder / "person.parquet")
    sealed = ["S2" if key == 1 else "S0" for key in everybody["person_key"].to_pylist()]
    place = everybody.schema.get_field_index("seal")
    write_table(
        everybody.set_column(place, "seal", pa.array(sealed, pa.string())),
        folder / "person.parquet",
    )
    tables = (
        PeerGroupTable.from_rows(
            {"group_id": name, "theme": theme, "persons": people, "children": 2, "youngest": 15,
             "oldest": 17, "first_on": date(2025, 6, 30), "stability": 0.9,
             "least_agreement": 0.8, "cohesion": 0.7}
            for name, theme, people in (("cse-00001", "cse", 5), ("any-00001", None, 6))
        ),
        PeerGroupMemberTable.from_rows(
            {"group_id": "cse-00001", "person_key": key, "member": key < 2, "agreement": 0.9}
            for key in range(3)
        ),
        PeerGroupTieTable.from_rows(
            [{"group_id": "cse-00001", "place": 1, "person_a": 0, "person_b": 1, "strength": 2.5,
              "betweenness": 0.5, "cut_off": 1}]
        ),
        PeerGroupThemeTable.from_rows(
            [{"group_id": "cse-00001", "theme": "cse", "victims": 2, "perpetrators": 0, "both": 0,
              "neither": 3}]
        ),
        PeerGroupChangeTable.from_rows(
            [{"group_id": "cse-00001", "theme": "cse", "on": made.AS_OF, "change": "came_back"}]
        ),
        PlaceTable.from_rows(
            {"place_kind": kind, "place_id": name, "measure": "violence", "occasions": now,
             "occasions_before": 2, "children": 1, "children_harmed": 1, "against_mean": against,
             "change": 2.0, "change_low": 0.5, "change_high": 9.0, "not_to_publish": True}
            for kind, name, now, against in (
                ("postcode_sector", "GL1 1", 4, 3.0), ("school", "900001", 1, 1.5),
                ("school", "900002", 0, 0.5),
            )
        ),
        PlaceChildTable.from_rows(
            [{"place_kind": "postcode_sector", "place_id": "GL1 1", "measure": "violence",
              "person_key": key, "occasions": 2, "harmed": True} for key in (0, 1)]
        ),
    )  # fmt: skip
    for table in tables:
        write_table(table.data, folder / f"{table.name}.parquet")
    return Release(folder)


def test_every_list_of_the_policy_is_told_in_order_and_near_misses_last() -> None:
    found = Listing(made.county_release()[1]).work_lists()
    assert {one.name for one in found} >= {"cse_review", "many_small_events"}
    assert any(one.on_it for one in found)
    for one in found:
        on_it = [place for place in one.places if place.near_miss is None]
        assert len(on_it) == one.on_it
        assert list(one.places[: one.on_it]) == on_it
        values = [place.value for place in on_it]
        assert values == sorted(values, reverse=True)


def test_a_group_is_told_with_its_members_and_who_is_sealed_is_not_named(listed: Release) -> None:
    told = Listing(listed).group("cse-00001")
    assert [one.member for one in told.members] == [True, True, False]
    assert told.members[1].person.who == "Somebody whose record is sealed"
    assert told.members[1].person.age is None
    assert told.key_ties[0].other == told.members[1].person
    assert people_named([one.person for one in told.members]) == sorted(
        one.person.person_id for one in told.members
    )
    assert [change["change"] for change in told.became] == ["came_back"]


def test_groups_are_listed_of_all_themes_or_of_one(listed: Release) -> None:
    listing = Listing(listed)
    assert [row["group_id"] for row in listing.groups()] == ["any-00001", "cse-00001"]
    assert [row["group_id"] for row in listing.groups("cse")] == ["cse-00001"]


def test_places_are_listed_by_how_far_they_stand_out(listed: Release) -> None:
    rows = Listing(listed).places()
    assert [row["called"] for row in rows] == ["sector GL1 1", "school 900001", "school 900002"]
    assert [row["place_id"] for row in Listing(listed).places(kind="school")] == [
        "900001", "900002"
    ]  # fmt: skip
    assert Listing(listed).places(measure="missing") == []


def test_a_place_is_told_by_the_beginning_of_its_id(listed: Release) -> None:
    told = Listing(listed).place("GL1")
    assert told.place_id == "GL1 1"
    assert [(measure, count, harmed) for measure, _, count, harmed in told.children] == [
        ("violence", 2, True), ("violence", 2, True)
    ]  # fmt: skip
    assert "Somebody whose record is sealed" in {child[1].who for child in told.children}


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda listing: listing.work_list("cse_revew"), 'did you mean "cse_review"'),
        (lambda listing: listing.group("cse-99999"), "`kithkin groups` lists them"),
        (lambda listing: listing.place("9"), "2 places that begin with '9'"),
        (lambda listing: listing.place("nowhere"), "no place 'nowhere'"),
    ],
)
def test_what_is_not_there_is_refused_with_what_to_do(listed: Release, ask, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ReleaseError, match=told):
        ask(Listing(listed))
