from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from feeds.rows import landed, rows_contract, sent
from kithkin.feeds import loading
from kithkin.feeds.delivery import DeliveredFile, Delivery, FeedsRefused
from kithkin.feeds.landing import land, land_delivery, select
from kithkin.model.tables import SOURCE_TABLES

__all__ = ["rows_contract"]
pytestmark = pytest.mark.usefixtures("rows_contract")

ROWS = ["person,c1,,forename=Ann", "event,c1,2025-01-01,kind=police.call.child", "person,,,"]


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_table_of_a_delivery_is_one_file_named_after_its_batch(tmp_path: Path) -> None:
    delivery = sent(tmp_path, "2025-06-01", ROWS)
    result = landed(tmp_path, delivery)
    tables = ["delivery", "event", "event_person", "file_account", "finding", "person_record"]
    assert list(files_in(result.folder)) == [
        f"{table}/police-{delivery.batch_id}.parquet" for table in [*tables, "set_aside"]
    ]
    counted = {table: count for table, count in result.rows.items() if count}
    assert counted == {
        "person_record": 1,
        "event": 1,
        "event_person": 1,
        "finding": 1,
        "set_aside": 1,
        "file_account": 1,
    }


def test_what_is_landed_has_the_columns_of_its_table(tmp_path: Path) -> None:
    result = landed(tmp_path, sent(tmp_path, "2025-06-01", ROWS))
    for table in SOURCE_TABLES:
        for path in (result.folder / table.name).glob("*.parquet"):
            assert len(table(pq.read_table(path, partitioning=None))) == 1


def test_the_same_delivery_lands_as_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHUNK_ROWS", 7)
    rows = [f"event,c{n},2025-01-01,kind=police.call.child" for n in range(40)]
    delivery = sent(tmp_path, "2025-06-01", rows)
    once = land([delivery], tmp_path / "once", as_of=None)
    again = land([delivery], tmp_path / "again", as_of=None)
    assert files_in(once.folder) == files_in(again.folder)


def test_rows_land_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHUNK_ROWS", 3)
    delivery = sent(tmp_path, "2025-06-01", [f"person,c{n},," for n in range(10)])
    result = landed(tmp_path, delivery)
    path = result.folder / "person_record" / f"police-{delivery.batch_id}.parquet"
    assert pq.read_table(path)["row"].to_pylist() == list(range(2, 12))
    assert pq.read_metadata(path).num_row_groups == 4


def test_a_delivery_extracted_after_the_as_of_date_is_not_read(tmp_path: Path) -> None:
    early, late = sent(tmp_path, "2025-06-01", ROWS), sent(tmp_path, "2025-06-02", ROWS)
    late.files[0].path.unlink()
    result = land([early, late], tmp_path / "landed", as_of=date(2025, 6, 1))
    assert [one.delivery for one in result.deliveries] == [early]
    (note,) = result.notes.data.to_pylist()
    assert (note["rule"], note["severity"], note["batch_id"]) == (
        "K-CORE-LATER",
        "note",
        late.batch_id,
    )
    written = pq.read_table(result.folder / "finding" / "deliveries.parquet").to_pylist()
    assert written == [note]


def test_a_delivery_sent_again_is_read_once_with_a_note(tmp_path: Path) -> None:
    first = sent(tmp_path, "2025-06-01", ROWS)
    (tmp_path / "again").mkdir()
    again = sent(tmp_path / "again", "2025-06-01", ROWS)
    selection = select([first, again], as_of=None)
    assert selection.deliveries == (first,)
    assert selection.notes.data["rule"].to_pylist() == ["K-CORE-RESENT"]


def test_another_source_may_send_the_same_contents(tmp_path: Path) -> None:
    first = sent(tmp_path, "2025-06-01", ROWS)
    other = sent(tmp_path, "2025-06-01", ROWS, source="health")
    assert len(select([first, other], as_of=None).deliveries) == 2


def test_all_feeds_that_cannot_be_read_are_told_together(tmp_path: Path) -> None:
    def broken(source: str) -> Delivery:
        gone = DeliveredFile(tmp_path / f"{source}.csv", f"{source}.csv", "")
        return Delivery(source, "police", "rows", (gone,), date(2025, 6, 1), "gateway")

    good = sent(tmp_path, "2025-06-01", ROWS)
    with pytest.raises(FeedsRefused) as refusal:
        land([broken("a"), good, broken("b")], tmp_path / "landed", as_of=None)
    assert [error[:23] for error in refusal.value.errors] == [
        "feed a: a.csv: cannot b",
        "feed b: b.csv: cannot b",
    ]
    assert str(refusal.value).count("\n") == 2
    assert (tmp_path / "landed/event" / f"police-{good.batch_id}.parquet").exists()


def test_a_delivery_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    delivery = sent(tmp_path, "2025-06-01", [*ROWS, 'person,c2,,"'])
    with pytest.raises(FeedsRefused, match="row 5: a quotation mark"):
        landed(tmp_path, delivery)
    assert files_in(tmp_path / "landed") == {}


def test_deliveries_do_not_depend_on_one_another(tmp_path: Path) -> None:
    one, two = sent(tmp_path, "2025-06-01", ROWS), sent(tmp_path, "2025-07-01", ROWS)
    together = landed(tmp_path, one, two)
    land_delivery(two, tmp_path / "apart")
    land_delivery(one, tmp_path / "apart")
    assert files_in(together.folder) == files_in(tmp_path / "apart")


def test_progress_is_told_of_each_delivery(tmp_path: Path) -> None:
    deliveries = [sent(tmp_path, "2025-06-01", ROWS), sent(tmp_path, "2025-07-01", ROWS)]
    seen: list[Delivery] = []
    land(deliveries, tmp_path / "landed", as_of=None, progress=seen.append)
    assert seen == deliveries
