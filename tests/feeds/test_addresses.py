from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feeds.kit import Landed, read
from kithkin.feeds.addresses import put_residence
from kithkin.feeds.delivery import Delivery
from kithkin.feeds.loading import Loader

PLACE = {"kind": "home", "lines": "1 High Street", "postcode": "GL1 1AA"}
Lives = Callable[..., tuple[str, Landed]]


@pytest.fixture
def lives(tmp_path: Path) -> Lives:
    def run(**place: Any) -> tuple[str, Landed]:
        ids: list[str] = []

        def adapter(sent: Delivery, loader: Loader) -> None:
            with loader.file(sent.files[0]) as sink:
                ids.append(put_residence(sink, 2, "c1", **place))

        return ids, read(adapter, {"a.csv": "id\n"}, tmp_path)

    def first(**place: Any) -> tuple[str, Landed]:
        (address_id,), landed = run(**place)
        return address_id, landed

    return first


@pytest.mark.parametrize(
    "same",
    [
        {"lines": "1, HIGH STREET", "postcode": "gl11aa"},
        {"lines": " 1  High\u00a0Street.", "town": "Gloucester"},
        {"uprn": "100120459123"},
        {"easting": 383000.0, "northing": 218000.0},
    ],
)
def test_one_address_has_one_id_however_an_agency_writes_it(
    lives: Lives, same: dict[str, Any]
) -> None:
    assert lives(**PLACE | same)[0] == lives(**PLACE)[0]


@pytest.mark.parametrize(
    "other", [{"lines": "2 High Street"}, {"lines": "11 High Street"}, {"postcode": "GL1 1AB"}]
)
def test_another_address_has_another_id(lives: Lives, other: dict[str, Any]) -> None:
    assert lives(**PLACE | other)[0] != lives(**PLACE)[0]


def test_a_property_number_alone_tells_an_address(lives: Lives) -> None:
    def known(uprn: str) -> str:
        return lives(kind="home", lines=None, uprn=uprn, postcode="GL1 1AA")[0]

    assert known("100120459123") == known("000100120459123") != known("100120459124")


def test_without_a_good_postcode_the_town_tells_addresses_apart(lives: Lives) -> None:
    def known(town: str) -> str:
        return lives(kind="home", lines="1 High Street", town=town)[0]

    assert known("Stroud") == known("STROUD") != known("Dursley")


def test_a_residence_joins_person_and_address(lives: Lives) -> None:
    started, ended = date(2024, 1, 1), date(2025, 1, 1)
    address_id, landed = lives(**PLACE, started_on=started, ended_on=ended)
    (address,), (residence,) = landed.tables["address"], landed.tables["residence"]
    assert address["address_id"] == residence["address_id"] == address_id
    assert (address["line"], address["postcode"]) == ("1 High Street", "GL1 1AA")
    assert address["postcode_valid"] is True
    assert (residence["record_id"], residence["kind"]) == ("c1", "home")
    assert (residence["started_on"], residence["ended_on"]) == (started, ended)
    assert (residence["known_at"], landed.findings) == (started, [])


def test_a_postcode_that_is_none_is_kept_and_found(lives: Lives) -> None:
    address_id, landed = lives(**PLACE | {"postcode": "GLOS"})
    assert address_id
    assert landed.tables["address"][0]["postcode_valid"] is False
    assert [(f["rule"], f["value"]) for f in landed.findings] == [("K-CORE-POSTCODE", "GLOS")]


@pytest.mark.parametrize("uprn", ["-1", "1234567890123", "0", "unknown"])
def test_a_property_number_that_is_none_is_left_out_and_found(lives: Lives, uprn: str) -> None:
    _, landed = lives(**PLACE | {"uprn": uprn})
    assert landed.tables["address"][0]["uprn"] is None
    assert landed.rules() == ["K-CORE-UPRN"]


def test_no_place_at_all_puts_nothing(lives: Lives) -> None:
    address_id, landed = lives(kind="home", lines=" ", postcode="NULL", town="")
    assert address_id == ""
    assert landed.tables["address"] == landed.tables["residence"] == []
