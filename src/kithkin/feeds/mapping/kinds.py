"""Which kinds of event a mapping can make, and in which roles people can take part in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as Table

from kithkin.feeds.mapping.models import Event, FileMapping, Lookup, Mapping
from kithkin.model.codes import code_set, code_set_names


def kinds_of(mapping: Mapping) -> frozenset[str]:
    """Give every kind of event that the mapping can make, to be held against a policy."""
    return frozenset(roles_by_kind(mapping))


def roles_by_kind(mapping: Mapping) -> dict[str, set[str]]:
    """Give the roles in which people can take part in each kind, from whichever file they come."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, table in mapping.files.items():
        joining = _joining_roles(name, mapping)
        for event in table.events:
            roles = _own_roles(event, mapping.values)
            roles |= {event.parts.get(role, role) for role in joining}
            for kind in words_of(event.kind, mapping.values):
                found[kind] |= roles - {""}
        for older in table.older_co_participants:
            found[older.kind].add(older.role)
    return dict(found)


def words_of(lookup: Lookup, shared: Table[str, Table[str, str]]) -> set[str]:
    """Give every word that a lookup can find; a cell that stands as it is gives none."""
    words: set[str | None] = {lookup.fixed, lookup.otherwise, lookup.blank}
    words.update((lookup.values or {}).values())
    words.update(shared[lookup.values_named].values() if lookup.values_named else ())
    if lookup.codes in code_set_names():
        codes = code_set(str(lookup.codes)).codes
        words.update(code.more.get(lookup.attribute, code.code) for code in codes)
    told = {word for word in words if word}
    return {word if word.startswith(lookup.prefix) else lookup.prefix + word for word in told}


def _own_roles(event: Event, shared: Table[str, Table[str, str]]) -> set[str]:
    return {role for lookup in event.people.values() for role in words_of(lookup, shared)}


def _joining_roles(name: str, mapping: Mapping) -> set[str]:
    """Give the roles that people of other files take in the events of this one."""
    return {
        role
        for table in mapping.files.values()
        for lookup in _joining_lookups(name, table)
        for role in words_of(lookup, mapping.values)
    }


def _joining_lookups(name: str, table: FileMapping) -> list[Lookup]:
    return [
        lookup
        for part in table.takes_part
        if table.joins[part.join].file == name
        for lookup in part.people.values()
    ]
