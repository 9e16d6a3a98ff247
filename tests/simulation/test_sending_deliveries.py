from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from kithkin.feeds.landing import land
from kithkin.feeds.manifest import read_manifest
from kithkin.feeds.plain import PLAIN_CONTRACTS, plain_mapping
from kithkin.feeds.settle import settle
from kithkin.policy import read_policy
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.records import AgencyFile, Column, Delivery, Register
from kithkin.simulation.sending.deliveries import send_plain
from kithkin.simulation.sending.manifest import write_manifest
from kithkin.simulation.sending.plain import entry_numbers, layouts, write_plain
from kithkin.simulation.sending.registers import make_register
from tests.simulation.sending_world import CALENDAR, SETTINGS, county_of, settings_with

LAST = date(2025, 3, 31)
PEOPLE = np.arange(400, dtype=np.int32)
ROWS = 600
TWICE = {"earlier_months": {"youth_justice": (6,)}, "sent_twice": ("youth_justice",)}


@pytest.fixture(scope="module")
def county():
    return county_of(400)


def youth_justice() -> list[AgencyFile]:
    """Make orders and outcomes of children, known some days after they began."""
    rng = np.random.default_rng(5)
    known = np.sort(rng.integers(CALENDAR.opens, CALENDAR.ends, ROWS)).astype(np.int32)
    child = (PEOPLE[rng.integers(100, size=ROWS)] * 4 + 2).astype(np.int32)
    began = known - 5
    order = AgencyFile(
        "youth_justice",
        "order",
        (
            Column("order_id", "id", np.arange(ROWS), prefix="O"),
            Column("person_id", "person", child),
            Column("started_on", "day", began),
            Column("ended_on", "day", np.where(known % 3 == 0, NEVER, known).astype(np.int32)),
            Column("worker_name", "word", known % 2 - 1, ("P Adams",)),
        ),
        known,
    )
    outcome = AgencyFile(
        "youth_justice",
        "outcome",
        (
            Column("outcome_id", "id", np.arange(ROWS) + 9000),
            Column("person_id", "person", child),
            Column("outcome_on", "day", began),
            Column("disposal", "word", known % 2, ("youth caution", "community resolution")),
            Column("first_time_entrant", "yes_no", known % 4 == 0),
        ),
        known,
    )
    return [order, outcome]


def register_of(county, feed="youth_justice", settings=SETTINGS) -> Register:
    known = np.full(len(PEOPLE), CALENDAR.begins, np.int32)
    return make_register(feed, PEOPLE, known, county, settings)


def load(folder: Path, deliveries: list[Delivery]) -> duckdb.DuckDBPyConnection:
    """Load the folder as the pipeline does; nothing may be set aside."""
    write_manifest(folder, deliveries)
    read = read_manifest(folder, read_policy())
    land(read, folder / "landed", as_of=LAST)
    settled = settle(folder / "landed", folder / "settled")
    con = duckdb.connect()
    for table in settled.rows:
        con.read_parquet(str(settled.folder / f"{table}.parquet")).create_view(table)
    accounts = con.sql("SELECT sum(rows_in), sum(loaded), sum(set_aside) FROM file_account")
    rows_in, loaded, set_aside = accounts.fetchall()[0]
    assert (rows_in, set_aside) == (loaded, 0)
    return con


def one(con: duckdb.DuckDBPyConnection, query: str):
    return con.sql(query).fetchall()[0][0]


def csv(folder: Path, name: str) -> pa.Table:
    return pa.csv.read_csv(folder / name)


def test_every_plain_contract_has_a_layout_whose_columns_are_the_contracts():
    assert set(layouts()) == set(PLAIN_CONTRACTS)
    for feed, layout in layouts().items():
        columns = plain_mapping(feed).files[layout.people.file].columns
        assert {layout.people.number, *layout.columns} <= set(columns)
        held = {layout.renamed.get(name, name) for name in layout.columns}
        assert held == set(SETTINGS.holds[feed])  # type: ignore[index]


def test_the_people_of_every_agency_load_with_their_numbers_and_names(county, tmp_path):
    settings = settings_with(duplicate=0.2, namesakes_merged=1.0)
    registers = {feed: register_of(county, feed, settings) for feed in PLAIN_CONTRACTS}
    sent = [
        write_plain(tmp_path, feed, [], register, county, LAST)
        for feed, register in registers.items()
    ]
    con = load(tmp_path, sent)
    for feed, register in registers.items():
        people = f"FROM person_record WHERE source = '{feed}'"
        assert one(con, f"SELECT count(*) {people}") == len(np.unique(register.number))
        assert one(con, f"SELECT count(*) {people} AND surname IS NULL") == 0
    assert one(con, "SELECT count(*) FROM finding") == 0


def test_a_feed_sent_earlier_in_full_and_twice_loads_as_one_settled_source(county, tmp_path):
    settings = settings_with().model_copy(
        update={
            "deliveries": SETTINGS.deliveries.model_copy(
                update={**TWICE, "rows_corrected": 0.2, "entries_corrected": 0.2}
            )
        }
    )
    register = register_of(county, settings=settings)
    sent = send_plain(tmp_path, "youth_justice", youth_justice(), register, county, settings)
    assert [d.extracted_on for d in sent] == [date(2024, 9, 30), LAST, LAST]
    con = load(tmp_path, sent)
    orders = "kind = 'youth_justice.order.open'"
    current = one(con, f"SELECT count(*) FROM event WHERE {orders} AND superseded_at IS NULL")
    before = one(con, f"SELECT count(*) FROM event WHERE {orders} AND superseded_at IS NOT NULL")
    assert current == ROWS
    in_earlier = csv(tmp_path, "youth_justice/2024-09-30/order.csv").num_rows
    # Of the fifth to be corrected a third each have another first day, an end and a worker; a third
    # of the ends are blank, and all workers have one name.
    assert before / in_earlier == pytest.approx(0.2 * (1 + 2 / 3) / 3, abs=0.04)
    versions = one(con, "SELECT count(DISTINCT record_id) FROM person_record_version")
    assert versions / len(PEOPLE) == pytest.approx(0.2, abs=0.06)


def test_an_earlier_extract_holds_only_what_was_known_by_then(county, tmp_path):
    files = youth_justice()
    day = date(2023, 6, 30)
    write_plain(tmp_path, "youth_justice", files, register_of(county), county, day)
    sent = csv(tmp_path, "youth_justice/2023-06-30/order.csv")
    number = 19538  # 30 June 2023
    assert sent.num_rows == (files[0].known <= number).sum()


def test_an_earlier_extract_does_not_tell_how_what_was_open_then_has_ended(county, tmp_path):
    settings = settings_with().model_copy(
        update={"deliveries": SETTINGS.deliveries.model_copy(update=TWICE)}
    )
    order = youth_justice()[0]
    # Every order ends half a year after it was known, so that many were open at the extract.
    ends = (order.known + 180).astype(np.int32)
    why = Column("end_reason", "word", np.zeros(ROWS, np.int64), ("done",))
    columns = [replace(c, values=ends) if c.name == "ended_on" else c for c in order.columns]
    file = replace(order, columns=(*columns, why))
    register = register_of(county, settings=settings)
    send_plain(tmp_path, "youth_justice", [file], register, county, settings)
    then = csv(tmp_path, "youth_justice/2024-09-30/order.csv")
    last_ends = [day for day in then["ended_on"].to_pylist() if day]
    assert max(last_ends) <= date(2024, 9, 30)
    open_then = then["ended_on"].is_null()
    assert 0 < open_then.to_numpy().sum() < then.num_rows
    assert set(then.filter(open_then)["end_reason"].to_pylist()) == {""}
    assert then["started_on"].null_count == 0


def test_some_addresses_of_rows_lack_their_property_number(county, tmp_path):
    known = np.full(400, CALENDAR.opens, np.int32)
    scene = Column("scene", "address", np.arange(400, dtype=np.int32) % 90)
    file = AgencyFile("police", "calls", (scene,), known)
    register = register_of(county, "police", settings_with())
    write_plain(tmp_path, "police", [file], register, county, LAST, uprn_missing=0.3)
    calls = csv(tmp_path, "police/2025-03-31/calls.csv")
    assert calls["uprn"].null_count / 400 == pytest.approx(0.3, abs=0.06)
    assert calls["postcode"].null_count == 0


def test_a_file_sent_again_has_the_same_bytes(county, tmp_path):
    custom = SETTINGS.model_copy(
        update={"deliveries": SETTINGS.deliveries.model_copy(update=TWICE)}
    )
    sent = send_plain(
        tmp_path, "youth_justice", youth_justice(), register_of(county), county, custom
    )
    for name in ("person", "order", "outcome"):
        last = tmp_path / "youth_justice" / "2025-03-31" / f"{name}.csv"
        again = tmp_path / "youth_justice" / "2025-03-31-again" / f"{name}.csv"
        assert last.read_bytes() == again.read_bytes()
    assert sent[-1].files == ("youth_justice/2025-03-31-again/*.csv",)


def test_the_same_county_sends_the_same_bytes_and_another_seed_others(tmp_path):
    def sent(place: str, seed: int) -> bytes:
        county = county_of(400, seed=seed)
        write_plain(
            tmp_path / place, "youth_justice", youth_justice(), register_of(county), county, LAST
        )
        parts = sorted((tmp_path / place).rglob("*.csv"))
        return b"".join(part.read_bytes() for part in parts)

    assert sent("one", 7) == sent("two", 7)
    assert sent("one", 7) != sent("three", 8)


def test_rows_stand_in_order_of_the_day_they_were_known_and_then_of_number(county, tmp_path):
    files = youth_justice()
    same_day = replace(files[0], known=np.full(ROWS, CALENDAR.opens, np.int32))
    write_plain(tmp_path, "youth_justice", [same_day], register_of(county), county, LAST)
    numbers = csv(tmp_path, "youth_justice/2025-03-31/order.csv")["person_id"].to_numpy()
    assert (np.diff(numbers) >= 0).all()
    assert len(np.unique(numbers)) > 50


def test_each_kind_of_column_is_written_as_the_contract_wants_it(county, tmp_path):
    file = AgencyFile(
        "police",
        "calls",
        (
            Column("call_id", "id", np.array([7, -1]), prefix="C"),
            Column("called_on", "day", np.array([19000, NEVER], np.int32)),
            Column("closing_code", "word", np.array([1, -1]), ("other", "domestic")),
            Column("nominal_id", "person", np.array([-1, 3], np.int32)),
            Column("scene", "address", np.array([5, -1], np.int32)),
            Column("called_at", "minute", np.array([61, -1], np.int64)),
            Column("weeks", "number", np.array([1.5, np.nan])),
            Column("people", "number", np.array([2.0, np.nan])),
            Column("urgent", "yes_no", np.array([True, False])),
            Column("area", "postcode", np.array([9, -1], np.int32)),
        ),
        np.array([CALENDAR.opens, CALENDAR.opens + 1], np.int32),
    )
    register = register_of(county, "police", settings_with())
    write_plain(tmp_path, "police", [file], register, county, LAST)
    lines = (tmp_path / "police/2025-03-31/calls.csv").read_text().splitlines()
    header, first, second = lines
    assert header.replace('"', "") == (
        "call_id,called_on,closing_code,nominal_id,address,town,postcode,uprn,called_at,weeks,"
        "people,urgent,area"
    )
    assert first.replace('"Flat 2, 3 Mill Lane"', "F").replace('"', "") == (
        "C7,2022-01-08,domestic,,F,Gloucester,GL1 1AB,200000005,1970-01-01 01:01:00,1.5,2,Y,GL1 5AB"
    )
    assert second.replace('"', "") == f",,,{register.number[3]},,,,,,,,N,"


def test_a_person_who_is_not_in_the_register_is_named_with_file_and_column(county, tmp_path):
    register = make_register(
        "youth_justice", PEOPLE[:10], np.zeros(10, np.int32), county, settings_with()
    )
    with pytest.raises(ValueError, match="youth_justice order, column person_id: person"):
        write_plain(tmp_path, "youth_justice", youth_justice(), register, county, LAST)


def test_of_two_entries_any_known_by_then_is_used_unless_one_replaced_the_other():
    register = Register(
        "police",
        person=np.array([4, 4, 6, 6], np.int32),
        number=np.array([40, 41, 60, 61]),
        known=np.array([10, 20, 10, 20], np.int32),
        entries=pa.table({}),
        replaces=np.array([False, False, False, True]),
    )
    person = np.array([4, 4, 4, 6, 6, -1], np.int32)
    known = np.array([15, 25, 25, 15, 25, 25], np.int32)
    draw = np.array([0.9, 0.1, 0.9, 0.9, 0.1, 0.5])
    assert entry_numbers(register, person, known, draw).tolist() == [40, 40, 41, 60, 61, -1]
    too_early = entry_numbers(register, person[:1], np.array([1], np.int32), draw[:1])
    assert too_early.tolist() == [40]


def test_the_manifest_says_all_that_a_delivery_says(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.csv").write_text("person_id\n1\n")
    delivery = Delivery(
        "school", "education", "school_census", ("a/*.csv",), LAST, "children_act_2004",
        {"school_kinds": "a/x.csv"}, True, 4,
    )  # fmt: skip
    write_manifest(tmp_path, [replace(delivery, options={})])
    read = read_manifest(tmp_path, read_policy())[0]
    assert (read.source, read.agency, read.contract) == ("school", "education", "school_census")
    assert (read.extracted_on, read.full_extract, read.recorded_lag_days) == (LAST, True, 4)
    write_manifest(tmp_path, [delivery])
    assert 'options = { "school_kinds" = "a/x.csv" }' in (tmp_path / "feeds.toml").read_text()
