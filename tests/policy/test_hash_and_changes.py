import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kithkin.policy import diff_policies, read_policy
from policy.conftest import SOUND

TABLES = SOUND.split("\n\n")


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(TABLES), st.lists(st.integers(0, 3), min_size=len(TABLES), max_size=len(TABLES))
)
def test_order_and_layout_do_not_change_the_hash(tables, files):
    with tempfile.TemporaryDirectory() as folder:
        for number in range(4):
            mine = [table for table, file in zip(tables, files, strict=True) if file == number]
            subfolder = Path(folder) / str(number % 2)
            subfolder.mkdir(exist_ok=True)
            (subfolder / f"{number}.toml").write_text("\n\n".join(mine))
        assert read_policy(Path(folder)).hash == hash_of(SOUND)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_order_of_keys_does_not_change_the_hash(data):
    tables = []
    for table in TABLES:
        header, _, keys = table.partition("]\n")
        tables.append(f"{header}]\n" + "\n".join(data.draw(st.permutations(keys.splitlines()))))
    assert hash_of("\n\n".join(tables[1:])) == hash_of(SOUND)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('roles = ["victim", "suspect"]', 'roles = ["suspect", "victim", "victim"]'),
        ('kinds = ["police.crime.*"]', 'kinds = ["police.crime.robbery", "police.crime.assault"]'),
        ("lasting = true", "lasting = true\nunproven = false"),
        ("at_least = 2 ", "at_least = 2.0 "),
        ('levels = ["person", "family"]', 'levels = ["family", "person"]'),
        ('"19B", "19C"', '"19C", "19B"'),
        ("# A small", "# Another"),
    ],
)
def test_another_way_to_write_the_same_is_the_same_policy(old, new):
    assert old in SOUND
    assert hash_of(SOUND.replace(old, new, 1)) == hash_of(SOUND)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ('version = "1"', 'version = "2"', '[policy] version: "1" became "2"'),
        (
            "harm_days = 10",
            "harm_days = 20",
            '[kinds."police.crime.assault"] harm_days: 10.0 became 20.0',
        ),
        ("harm_days = 10\n", "", '[kinds."police.crime.assault"] harm_days: removed, was 10.0'),
        (
            "lasting = true",
            'lasting = true\nvalue = "days"',
            '[kinds."police.flag.risk"] value: added, "days"',
        ),
        ("gravity = 4", "gravity = 3", '[kinds."police.crime.robbery"] gravity: 4 became 3'),
        (
            "within_days = 365",
            "within_days = 364",
            '[kinds."police.crime_again"] derived.within_days: 365 became 364',
        ),
        ("ages = [0, 17]", "ages = [0, 18]", '[indicators."COUNT"] ages: [0, 17] became [0, 18]'),
        (
            "at_least = 2 ",
            "at_least = 3 ",
            '[indicators."COUNT"] threshold.at_least: 2.0 became 3.0',
        ),
        (
            'levels = ["person", "family"]',
            'levels = ["person"]',
            '[indicators."COUNT"] levels: ["family", "person"] became ["person"]',
        ),
        (
            '["police.crime.*"]\nroles',
            '["police.crime.robbery"]\nroles',
            '[indicators."COUNT"] kinds: ["police.crime.assault", "police.crime.robbery"] became ["police.crime.robbery"]',
        ),
        (
            "half_life_days = 0",
            "half_life_days = 1",
            '[indicators."FLAG"] half_life_days: 0 became 1',
        ),
        (
            'weigh = "value" }\nden',
            'weigh = "events" }\nden',
            '[indicators."RATIO"] numerator.weigh: "value" became "events"',
        ),
        (
            '"quotient"',
            '"difference"',
            '[indicators."CHANGE"] compare: "quotient" became "difference"',
        ),
        ('note = "As recorded."\n', "", '[indicators."COUNT"] note: removed, was "As recorded."'),
        (
            'reason = "needs ties"',
            'reason = "needs scores"',
            '[left_out."NET"] reason: "needs ties" became "needs scores"',
        ),
        (
            '[left_out."NET"]',
            '[roles.extra]\ntitle = "E"\nphrase = "e"\ndescription = "e"\n\n[left_out."NET"]',
            '[roles."extra"]: added',
        ),
        ('\n[left_out."NET"]\nreason = "needs ties"\n', "", '[left_out."NET"]: removed'),
        ("years = 3", "years = 4", '[retention."short"] years: 3 became 4'),
        (
            'statute = "Children Act 2004, section 11"',
            'statute = "Children Act 2004"',
            '[gateways."safeguarding"] statute: "Children Act 2004, section 11" became "Children Act 2004"',
        ),
    ],
)
def test_any_change_of_meaning_changes_the_hash_and_is_told(old, new, change):
    assert old in SOUND
    before, after = policy_of(SOUND), policy_of(SOUND.replace(old, new, 1))
    assert before.hash != after.hash
    assert [str(told) for told in diff_policies(before, after)] == [change]


def test_a_policy_does_not_differ_from_itself():
    assert diff_policies(policy_of(SOUND), policy_of(SOUND)) == []


def policy_of(text: str):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "policy.toml").write_text(text)
        return read_policy(Path(folder))


def hash_of(text: str) -> str:
    return policy_of(text).hash
