from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.kit import Landed, delivered, read
from kithkin.feeds import loading
from kithkin.feeds.delivery import Delivery
from kithkin.feeds.loading import AccountError, FileSink, Loader
from kithkin.model.tables import EventPersonTable, EventTable, TableError

EXTRACTED = date(2026, 1, 31)


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Landed]:
    """Run a few lines against the sink of one file, as an adapter would."""

    def run(act: Callable[[FileSink], None], **delivery: object) -> Landed:
        def adapter(sent: Delivery, loader: Loader) -> None:
            with loader.file(sent.files[0]) as sink:
                act(sink)

        return read(adapter, {"a.csv": "id\n1\n"}, tmp_path, **delivery)

    return run


def test_every_column_of_an_event_stands_where_it_belongs(put: Callable[..., Landed]) -> None:
    def act(sink: FileSink) -> None:
        sink.take(2)
        sink.event(
            2,
            "police.missing.episode",
            date(2025, 3, 1),
            [("n1", "subject"), ("n2", "witness", 15)],
            key="MP7",
            ended_on=date(2025, 3, 2),
            recorded_on=date(2025, 3, 4),
            end_recorded_on=date(2025, 3, 5),
            value=26.5,
            group="G1",
            address_id="A1",
            detail="MISPER",
        )
        sink.loaded(2)

    landed = put(act)
    ((event,), (subject, witness)) = landed.tables["event"], landed.tables["event_person"]
    provenance = {
        "source": "test",
        "batch_id": event["batch_id"],
        "file": "a.csv",
        "row": 2,
        "known_at": date(2025, 3, 4),
        "known_basis": "recorded",
    }
    assert event == {
        "event_id": "police.missing.episode:MP7",
        "kind": "police.missing.episode",
        "agency": "social_care",
        "occurred_on": date(2025, 3, 1),
        "ended_on": date(2025, 3, 2),
        "end_known_at": date(2025, 3, 5),
        "value": 26.5,
        "group_id": "G1",
        "address_id": "A1",
        "detail": "MISPER",
        **provenance,
    }
    shared = {"event_id": event["event_id"], **provenance}
    assert subject == {"record_id": "n1", "role": "subject", "age_at_event": None, **shared}
    assert witness == {"record_id": "n2", "role": "witness", "age_at_event": 15, **shared}
    assert list(event) == list(EventTable.columns)
    assert list(subject) == list(EventPersonTable.columns)


@pytest.mark.parametrize(
    ("occurred_on", "recorded_on", "lag", "known_at", "basis"),
    [
        (date(2025, 3, 1), date(2025, 3, 4), 0, date(2025, 3, 4), "recorded"),
        (date(2025, 3, 1), None, 0, date(2025, 3, 1), "occurred"),
        (date(2025, 3, 1), None, 10, date(2025, 3, 11), "occurred"),
        (date(2026, 1, 30), None, 10, EXTRACTED, "occurred"),
        (date(2025, 3, 1), date(2027, 1, 1), 0, EXTRACTED, "recorded"),
    ],
)
def test_a_fact_is_known_when_recorded_and_never_after_its_extract(
    put: Callable[..., Landed],
    occurred_on: date,
    recorded_on: date | None,
    lag: int,
    known_at: date,
    basis: str,
) -> None:
    def act(sink: FileSink) -> None:
        sink.event(2, "k", occurred_on, [("1", "subject")], recorded_on=recorded_on)
        sink.put("contact", 2, occurred_on, recorded_on=recorded_on, contact_id="c")

    landed = put(act, recorded_lag_days=lag)
    for table in ("event", "event_person", "contact"):
        (row,) = landed.tables[table]
        assert (row["known_at"], row["known_basis"]) == (known_at, basis)


def test_an_event_may_be_the_act_of_another_agency_than_the_sender(
    put: Callable[..., Landed],
) -> None:
    def act(sink: FileSink) -> None:
        sink.take(2)
        sink.event(2, "social_care.contact.received", date(2025, 3, 1), [], agency="police")
        sink.event(2, "social_care.contact.advice", date(2025, 3, 1), [])
        sink.loaded(2)

    assert [e["agency"] for e in put(act).tables["event"]] == ["police", "social_care"]


def test_a_fact_without_a_day_is_known_from_the_extract(put: Callable[..., Landed]) -> None:
    landed = put(lambda sink: sink.person(2, "1", forename="Ann"))
    (person,) = landed.tables["person_record"]
    assert (person["known_at"], person["known_basis"]) == (EXTRACTED, "extract")
    assert (person["seal"], person["unborn"], person["agency"]) == ("S0", False, "social_care")


def test_an_event_without_a_key_is_known_by_its_row(put: Callable[..., Landed]) -> None:
    landed = put(lambda sink: sink.event(2, "k", date(2025, 1, 1), []))
    assert landed.tables["event"][0]["event_id"] == "k:a.csv:2"


def test_an_end_still_to_come_is_known_from_the_extract(put: Callable[..., Landed]) -> None:
    landed = put(lambda sink: sink.event(2, "k", date(2025, 1, 1), [], ended_on=date(2026, 9, 1)))
    assert landed.tables["event"][0]["end_known_at"] == EXTRACTED


def test_a_date_after_the_extract_loads_with_one_finding_a_row(put: Callable[..., Landed]) -> None:
    def act(sink: FileSink) -> None:
        sink.person(2, "1", date_of_birth=date(2026, 2, 1))
        sink.event(2, "k", date(2026, 2, 1), [("1", "subject")])
        sink.event(3, "k", date(2026, 2, 2), [("1", "subject")])
        sink.put("residence", 4, date(2026, 2, 3), record_id="1")
        sink.event(5, "k", EXTRACTED, [("1", "subject")])

    landed = put(act)
    assert [(f["row"], f["column"], f["value"], f["severity"]) for f in landed.findings] == [
        (2, "date_of_birth", "2026-02-01", "warning"),
        (3, "occurred_on", "2026-02-02", "warning"),
        (4, "started_on", "2026-02-03", "warning"),
    ]
    assert set(landed.rules()) == {"K-CORE-FUTURE"}
    assert len(landed.tables["event"]) == 3


def test_a_birth_that_is_expected_is_no_mistake(put: Callable[..., Landed]) -> None:
    expected = "social_care.pregnancy.expected_birth"
    landed = put(lambda sink: sink.event(2, expected, date(2026, 6, 1), [("1", "subject")]))
    assert landed.findings == []
    assert landed.tables["event"][0]["known_at"] == EXTRACTED


def test_a_future_date_that_the_adapter_found_is_not_found_again(
    put: Callable[..., Landed],
) -> None:
    def act(sink: FileSink) -> None:
        sink.finding("K-CORE-FUTURE", "DECOM lies ahead.", "Mend it.", row=2, column="DECOM")
        sink.event(2, "k", date(2026, 2, 1), [("1", "subject")])

    assert [f["column"] for f in put(act).findings] == ["DECOM"]


def test_a_row_set_aside_is_kept_whole_with_the_reason(put: Callable[..., Landed]) -> None:
    def act(sink: FileSink) -> None:
        sink.take(2)
        content = {"id": None, "born": date(2010, 1, 1), "name": "Zoë"}
        sink.set_aside(2, "K-X-1", "No id.", content, column="name", remedy="Send the id.")

    landed = put(act)
    assert landed.set_aside[0]["content"] == '{"id": null, "born": "2010-01-01", "name": "Zoë"}'
    (finding,) = landed.findings
    assert (finding["severity"], finding["value"], finding["row"]) == ("error", "Zoë", 2)
    (account,) = landed.accounts
    assert (account["rows_in"], account["loaded"], account["set_aside"]) == (1, 0, 1)


def take_twice(sink: FileSink) -> None:
    sink.take(2)
    sink.take(2)


def settle_twice(sink: FileSink) -> None:
    sink.take(2)
    sink.loaded(2)
    sink.loaded(2)


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (lambda sink: sink.take(2), r"neither loaded nor set aside, such as \[2\]"),
        (lambda sink: sink.loaded(2), "settled without being taken"),
        (take_twice, "taken twice"),
        (settle_twice, "or twice"),
    ],
)
def test_an_adapter_that_loses_count_of_a_row_is_stopped(
    put: Callable[..., Landed], act: Callable[[FileSink], None], fault: str
) -> None:
    with pytest.raises(AccountError, match=fault):
        put(act)


def test_the_error_of_a_broken_file_is_not_hidden_by_its_open_rows(
    put: Callable[..., Landed],
) -> None:
    def act(sink: FileSink) -> None:
        sink.take(2)
        raise ValueError("the real fault")

    with pytest.raises(ValueError, match="the real fault"):
        put(act)


def test_a_column_that_the_table_lacks_is_refused(put: Callable[..., Landed]) -> None:
    with pytest.raises(TableError, match=r"table person_record: no column \['nickname'\]"):
        put(lambda sink: sink.person(2, "1", nickname="Annie"))


def test_worksheets_of_one_workbook_have_accounts_of_their_own(tmp_path: Path) -> None:
    def adapter(sent: Delivery, loader: Loader) -> None:
        for part in ("List 1", "List 2"):
            with loader.file(sent.files[0], part) as sink:
                sink.take(2)
                sink.loaded(2)

    landed = read(adapter, {"annex.xlsx": b"x"}, tmp_path)
    names = [account["file"] for account in landed.accounts]
    assert names == ["annex.xlsx#List 1", "annex.xlsx#List 2"]


@settings(max_examples=50, deadline=None)
@given(fates=st.lists(st.booleans(), max_size=40), chunk=st.integers(1, 7))
def test_rows_in_are_rows_loaded_and_rows_set_aside(
    fates: list[bool], chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = delivered("a.csv", "id\n", tmp_path_factory.mktemp("feeds"))
    sent = Delivery("s", "police", "c", (file,), EXTRACTED, "g")
    chunks: list[tuple[str, pa.Table]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "CHUNK_ROWS", chunk)
        loader = Loader(sent, lambda table, rows: chunks.append((table, rows)))
        with loader.file(file) as sink:
            for row, good in enumerate(fates, 2):
                sink.take(row)
                if good:
                    sink.event(row, "k", date(2025, 1, 1), [("1", "subject")])
                    sink.loaded(row)
                else:
                    sink.set_aside(row, "K-X-1", "Bad.", {}, remedy="Mend it.")
        loader.close()
    assert all(rows.num_rows <= chunk for _, rows in chunks)
    events = [row for name, rows in chunks if name == "event" for row in rows["row"].to_pylist()]
    aside = [row for name, rows in chunks if name == "set_aside" for row in rows["row"].to_pylist()]
    assert events == [row for row, good in enumerate(fates, 2) if good]
    assert aside == [row for row, good in enumerate(fates, 2) if not good]
    (account,) = (rows.to_pylist()[0] for name, rows in chunks if name == "file_account")
    assert (account["rows_in"], account["loaded"]) == (len(fates), sum(fates))
    assert account["set_aside"] == len(fates) - sum(fates)


def test_a_batch_is_known_by_all_that_decides_its_rows(tmp_path: Path) -> None:
    file, other = delivered("a.csv", "id\n1\n", tmp_path), delivered("b.csv", "id\n2\n", tmp_path)
    base = {"source": "s", "agency": "police", "contract": "c", "files": (file, other)}
    base |= {"extracted_on": EXTRACTED, "gateway": "g"}

    def batch(**changed: object) -> str:
        return Delivery(**(base | changed)).batch_id

    assert batch(files=(other, file)) == batch()
    assert batch(gateway="another") == batch()
    changes = [{"files": (file,)}, {"extracted_on": date(2026, 2, 1)}, {"full_extract": True}]
    changes += [{"recorded_lag_days": 1}, {"options": {"year": 2026}}, {"source": "t"}]
    assert len({batch(**change) for change in [{}, *changes]}) == 1 + len(changes)
