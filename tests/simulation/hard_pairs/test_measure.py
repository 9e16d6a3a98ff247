"""The tool that measures hard pairs counts as a person would on a dozen records."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import duckdb
import pytest
from defusedxml.ElementTree import fromstring

TOOLS = Path(__file__).parents[3] / "tools"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return loaded("measure_hard_pairs")


def loaded(name: str) -> ModuleType:
    """Load a tool as a module; tools import each other by name."""
    spec = spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def linked(rows: str) -> duckdb.DuckDBPyConnection:
    """Records as `source record person hypothesis group person_id`, one a line."""
    con = duckdb.connect()
    con.execute("""
        CREATE TABLE truth (source TEXT, record_id TEXT, person TEXT, hypothesis TEXT, "group" TEXT);
        CREATE TABLE kithkin (source TEXT, record_id TEXT, person_id TEXT)
    """)
    for source, record, *rest, person_id in (line.split() for line in rows.strip().splitlines()):
        con.execute("INSERT INTO truth VALUES (?, ?, ?, ?, ?)", [source, record, *rest])
        con.execute("INSERT INTO kithkin VALUES (?, ?, ?)", [source, record, person_id])
    return con


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_intervals_are_those_of_newcombes_table(
    tool: ModuleType, hits: int, of: int, low: float, high: float
) -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
    assert tool.Share(hits, of).interval() == pytest.approx((low, high), abs=5e-5)


def test_a_pair_is_merged_when_any_two_of_its_records_are(tool: ModuleType) -> None:
    con = linked("""
        health 1 ella  twins_alike_names twins_alike_names/1 A
        school 2 ella  twins_alike_names twins_alike_names/1 B
        school 3 ellie twins_alike_names twins_alike_names/1 B
        health 4 ben   twins_alike_names twins_alike_names/2 C
        school 5 ben   twins_alike_names twins_alike_names/2 C
        health 6 bob   twins_alike_names twins_alike_names/2 D
        health 7 alone father_and_son    father_and_son/3    E
    """)
    assert tool.pairs_merged(con, "kithkin") == {
        ("twins_alike_names", True): 1,
        ("twins_alike_names", False): 1,
    }


def test_recall_is_of_a_groups_people_and_precision_of_what_they_were_joined_to(
    tool: ModuleType,
) -> None:
    con = linked("""
        health 1 ann  single_names test       A
        school 2 ann  single_names test       A
        police 3 ann  single_names test       B
        health 4 bea  single_names comparison B
        school 5 bea  single_names comparison B
    """)
    comparison, test = tool.group_scores(con, "kithkin")
    assert (test.recall, test.precision) == (tool.Share(1, 3), tool.Share(1, 3))
    assert (comparison.recall, comparison.precision) == (tool.Share(1, 1), tool.Share(1, 3))


def test_a_gap_is_beyond_a_point_only_where_its_interval_is(tool: ModuleType) -> None:
    def verdict(best: tuple[int, int], worst: tuple[int, int]) -> str:
        same = tool.Share(1000, 1000)
        groups = [tool.GroupScore("names", "g", tool.Share(*of), same) for of in (best, worst)]
        return tool.gaps(groups)[2].split("|")[-2].strip()

    assert verdict((950, 1000), (945, 1000)) == "yes"
    assert verdict((950, 1000), (930, 1000)) == "too few to tell"
    assert verdict((950, 1000), (500, 1000)) == "no"


def test_the_interval_of_a_gap_is_newcombes(tool: ModuleType) -> None:
    # Newcombe, Interval estimation for the difference between independent proportions, 1998,
    # table II, method 10: 56 of 70 less 48 of 80.
    gap = tool._gap([tool.Share(56, 70), tool.Share(48, 80)])
    assert gap == pytest.approx((20, 5.24, 33.39), abs=0.005)


def test_merges_beside_the_hard_pairs_are_counted(tool: ModuleType) -> None:
    con = linked("""
        health 1 a background background X
        school 2 b background background X
        health 3 c twins_alike_names twins_alike_names/1 X
        school 4 d twins_alike_names twins_alike_names/1 X
        school 5 d twins_alike_names twins_alike_names/1 X
    """)
    # Of ten pairs, d with d is right, c with d (twice) a hard pair, the other seven are wrong.
    assert tool.other_merges(con, "kithkin") == (7, 10)


def test_what_the_records_of_merged_pairs_say_of_two_people_is_counted(tool: ModuleType) -> None:
    con = linked("""
        health 1 ella  twins_alike_names twins_alike_names/1 A
        school 2 ellie twins_alike_names twins_alike_names/1 A
        health 3 ben   twins_alike_names twins_alike_names/2 B
        health 4 bob   twins_alike_names twins_alike_names/2 B
        health 5 ann   twins_alike_names twins_alike_names/3 C
        school 6 anna  twins_alike_names twins_alike_names/3 C
        health 7 zoe   twins_alike_names twins_alike_names/4 D
        school 8 zara  twins_alike_names twins_alike_names/4 E
    """)
    con.execute("""
        CREATE TABLE comparable AS SELECT source, record_id, CAST(record_id AS INTEGER) AS rid,
            DATE '2012-03-04' AS date_of_birth, false AS birth_rough, 'F' AS sex,
            CAST(NULL AS TEXT) AS middle_names, CAST([] AS TEXT[]) AS middle_keys FROM truth;
        CREATE TABLE exclusive (rid INTEGER, scheme TEXT, number TEXT);
        INSERT INTO exclusive VALUES (1, 'upn', '1'), (2, 'upn', '2'), (5, 'upn', '3'),
            (6, 'nhs_number', '4')
    """)
    kind = "twins_alike_names"
    assert tool.signs_of_merged(con) == {
        (kind, "told"): 1,
        (kind, "listed"): 1,
        (kind, "nothing"): 1,
    }


def test_the_curve_of_mistakes_counts_pairs_of_records_and_draws_what_the_table_says(
    tool: ModuleType,
) -> None:
    curve = loaded("measure_mistakes")  # which imports the tool by its name
    con = linked("""
        health 1 ann background background A
        school 2 ann background background A
        police 3 ann background background B
        health 4 bea background background B
    """)
    precision, recall = curve.pairwise(con)
    assert (str(precision)[:5], str(recall)[:5]) == ("50.00", "33.33")
    drawn = curve.picture([curve.Point(1, precision, recall, 2, 100)])
    assert fromstring(drawn).findtext("{*}desc") == ("1 times: precision 0.5000, recall 0.3333")
