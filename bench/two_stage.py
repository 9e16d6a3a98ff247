"""The query that a good analyst would write by hand for 120 indicators: the bar to beat.

Stage one counts each person's events of each kind in three windows, with the latest day, the
agencies and the highest value; stage two makes conditions over that. Over unsorted parts, as
they come.
"""

from __future__ import annotations

WINDOWS = (90, 365, 1095)
GROUPS = 12


def two_stage_query(file: str, day: int) -> str:
    """Write the query over the parts in `file` for an as-of day number."""
    return f"""
    with visible as (
        select * from read_parquet('{file}') where occurred <= {day} and known <= {day}
    ),
    by_kind as (
        select subject, kind,
            {", ".join(f"count(*) filter (occurred > {day - w}) as n{w}" for w in WINDOWS)},
            max(occurred) as last_day, bit_or(1 << agency) as agencies, max(value) as highest
        from visible group by subject, kind
    )
    select subject, {", ".join(_columns(day))} from by_kind group by subject
    """


def _columns(day: int) -> list[str]:
    columns = []
    for group in range(GROUPS):
        chosen = f"kind % {GROUPS} = {group}"
        columns += [
            f"coalesce(sum(n{w}) filter ({chosen}), 0)::int as count_{group}_{w}" for w in WINDOWS
        ]
        columns += [
            f"{day} - max(last_day) filter ({chosen} and kind % 2 = {half}) as recency_{group}_{half}"
            for half in (0, 1)
        ]
        columns += [
            f"bit_count(bit_or(agencies) filter ({chosen} and last_day > {day - w}))"
            f" as agencies_{group}_{w}"
            for w in (365,)
        ]
        columns += [
            f"max(highest) filter ({chosen} and last_day > {day - w}) as highest_{group}_{w}"
            for w in (365, 1095)
        ]
        columns += [
            f"max(case when {chosen} and n{w} > 0 then 1 else 0 end) as flag_{group}_{w}"
            for w in (365, 1095)
        ]
    return columns
