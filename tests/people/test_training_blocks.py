"""From which pairs agreement is learnt: not from namesakes taken for one person."""

from collections.abc import Iterator

import duckdb
import pytest

from kithkin.people.pairs.blocking import BLOCKED
from kithkin.people.pairs.training import _blocks
from kithkin.people.rules import LinkageRules, linkage_rules

WIDE, NARROW = ("forename", "surname"), ("forename", "surname", "address_line")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def blocked(con: duckdb.DuckDBPyConnection, names: int, homes: int) -> None:
    """Make 400 records of as many names, each name at as many homes."""
    con.execute(f"""
        CREATE TABLE {BLOCKED} AS
        SELECT 'F' || n % {names} AS forename, 'S' AS surname,
               'H' || n % {homes} AS address_line, DATE '2000-01-01' + CAST(n AS INTEGER) AS date_of_birth
        FROM range(400) r(n)
    """)


def shares(rules: LinkageRules, entire: float) -> dict[tuple[str, str], tuple[float, float]]:
    """Two people agree on a name entirely by chance so often."""
    return {(one.name, one.levels[0].label): (0.9, entire) for one in rules.comparison}


def chosen(con: duckdb.DuckDBPyConnection, entire: float, least: int) -> tuple[str, ...]:
    rules = linkage_rules()
    training = rules.training.model_copy(update={"least_pairs": least})
    found = _blocks(con, rules.model_copy(update={"training": training}), shares(rules, entire))
    assert found[0] == ("date_of_birth",)
    return found[1]


def test_a_block_of_namesakes_is_narrowed_to_those_of_one_address(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # 4 names of 100 records: 4 x 4,950 = 19,800 pairs of one name; of 79,800 pairs, 79,800 x 0.5 x
    # 0.5 = 19,950 agree on both names by chance alone.
    blocked(con, names=4, homes=8)
    assert chosen(con, entire=0.5, least=1000) == NARROW


def test_a_block_of_persons_is_left_as_it_is(con: duckdb.DuckDBPyConnection) -> None:
    blocked(con, names=4, homes=8)  # by chance 79,800 x 0.1 x 0.1 = 798 of 19,800
    assert chosen(con, entire=0.1, least=1000) == WIDE


def test_a_block_is_not_narrowed_to_pairs_too_few_to_learn_from(
    con: duckdb.DuckDBPyConnection,
) -> None:
    blocked(con, names=4, homes=400)  # nobody shares an address
    assert chosen(con, entire=0.5, least=1000) == WIDE
