"""A release at a glance: what came in, what was found, what is commonest, whom to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from kithkin.engine import open_duckdb
from kithkin.policy import Policy, read_policy
from kithkin.policy.models import Level
from kithkin.releases.pipeline import LEVELS, read_parts
from kithkin.releases.workspace import Release

Rows = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Summary:
    """Counts of one release.

    agencies : agency, feeds, rows in, loaded, set aside, records, events.
    files : file, rows in, loaded, set aside.
    findings : severity, rule, how many, an example's message.
    people : persons, families, pairs for a human to review.
    raised : level, code, title, how many persons or families.
    example : the person with most indicators raised from most agencies, sealed records left out;
        None when nothing is raised.
    """

    release: str
    as_of: str
    agencies: Rows
    files: Rows
    findings: Rows
    people: tuple[int, int, int]
    raised: Rows
    example: str | None


def summarise(release: Release) -> Summary:
    """Read a release's counts from its own tables."""
    policy = read_policy(release.folder / "policy")
    with open_duckdb() as con:
        for path in sorted(release.folder.glob("*.parquet")):
            con.read_parquet(str(path)).create_view(path.stem)
        for level in LEVELS:
            _raised(con, release, policy, level)
        return Summary(
            release=release.id,
            as_of=str(release.manifest["as_of"]),
            agencies=_agencies(con),
            files=_all(con, "select file, rows_in, loaded, set_aside from file_account order by 1"),
            findings=_findings(con),
            people=_people(con),
            raised=tuple(row for level in LEVELS for row in _commonest(con, policy, level)),
            example=_example(con),
        )


def _all(con: duckdb.DuckDBPyConnection, query: str) -> Rows:
    return tuple(con.sql(query).fetchall())


def _agencies(con: duckdb.DuckDBPyConnection) -> Rows:
    return _all(
        con,
        """
        with account as (
            select agency, count(distinct source) as feeds, sum(rows_in) as rows_in,
                   sum(loaded) as loaded, sum(set_aside) as aside
            from file_account group by agency
        ), record as (select agency, count(*) as records from person_record group by agency),
        happened as (select agency, count(*) as events from event group by agency)
        select agency, feeds, rows_in, loaded, aside, coalesce(records, 0), coalesce(events, 0)
        from account left join record using (agency) left join happened using (agency)
        order by agency
        """,
    )


def _findings(con: duckdb.DuckDBPyConnection) -> Rows:
    return _all(
        con,
        """
        select severity, rule, count(*) as found, arg_min(message, (file, row, message))
        from finding group by severity, rule
        order by case severity when 'error' then 0 when 'warning' then 1 else 2 end,
                 found desc, rule
        """,
    )


def _people(con: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    counts = [
        con.sql(f"select count(*) from {table}").fetchall()[0][0]
        for table in ("person", "family", "person_pair_review")
    ]
    return counts[0], counts[1], counts[2]


def _raised(con: duckdb.DuckDBPyConnection, release: Release, policy: Policy, level: Level) -> None:
    """Make the table `raised_<level>` of subject and indicator."""
    wide = read_parts(release.folder / "indicator_value" / level)
    codes = [code for code in wide.column_names if code != "subject"]
    raised = [_condition(policy, code) for code in codes]
    con.execute(f"create table raised_{level} (subject integer, code varchar)")
    if codes:
        con.register(f"wide_{level}", wide)
        columns = ", ".join(f'({rule}) as "{c}"' for c, rule in zip(codes, raised, strict=True))
        names = ", ".join(f'"{code}"' for code in codes)
        con.execute(f"""
            insert into raised_{level} select subject, code from (
                unpivot (select subject, {columns} from wide_{level}) on {names}
                into name code value raised) where raised
        """)


def _condition(policy: Policy, code: str) -> str:
    threshold = policy.indicators[code].threshold
    if threshold.at_least is not None:
        return f'"{code}" >= {threshold.at_least}'
    return f'"{code}" <= {threshold.at_most}'


def _commonest(con: duckdb.DuckDBPyConnection, policy: Policy, level: str, most: int = 10) -> Rows:
    counted = _all(
        con,
        f"""
        select code, count(*) as raised from raised_{level}
        group by code order by raised desc, code limit {most}
        """,
    )
    return tuple((level, code, policy.indicators[code].title, count) for code, count in counted)


def _example(con: duckdb.DuckDBPyConnection) -> str | None:
    found = _all(
        con,
        """
        select person_id from raised_person join person on person_key = subject
        where seal = 'S0' group by person_id, agencies
        order by agencies desc, count(*) desc, person_id limit 1
        """,
    )
    return str(found[0][0]) if found else None
