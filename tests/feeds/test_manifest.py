from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.delivery import Delivery, FeedsRefused
from kithkin.feeds.manifest import ManifestError, read_manifest
from kithkin.policy import read_policy

SOUND = """
[[feed]]
name = "glos-903"
agency = "social_care"
contract = "ssda903"
files = ["ssda903/*.csv"]
extracted_on = 2018-03-31
gateway = "children_act_2004"
full_extract = true
recorded_lag_days = 7
options = { year_ending = 2018 }
"""
SECOND = SOUND.replace("2018-03-31", "2019-03-31").replace("ssda903/", "later/")
Lists = Callable[..., list[Delivery]]


@pytest.fixture
def lists(tmp_path: Path) -> Lists:
    """Read a feeds folder with this feeds.toml and two small files in each of two folders."""

    def run(text: str, **arguments: object) -> list[Delivery]:
        for name in ("ssda903/header.csv", "ssda903/episodes.csv", "later/header.csv"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(f"{name}\n")
        (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
        return read_manifest(tmp_path, **arguments)

    return run


def mistakes_of(lists: Lists, text: str, **arguments: object) -> list[str]:
    with pytest.raises(ManifestError) as refusal:
        lists(text, **arguments)
    assert isinstance(refusal.value, FeedsRefused)
    assert refusal.value.errors == tuple(map(str, refusal.value.mistakes))
    return list(refusal.value.errors)


def test_a_feed_becomes_a_delivery(lists: Lists, tmp_path: Path) -> None:
    (delivery,) = lists(SOUND)
    assert [file.name for file in delivery.files] == ["ssda903/episodes.csv", "ssda903/header.csv"]
    assert delivery.files[0].path == tmp_path / "ssda903/episodes.csv"
    assert (delivery.source, delivery.agency) == ("glos-903", "social_care")
    assert (delivery.contract, delivery.gateway) == ("ssda903", "children_act_2004")
    assert (delivery.extracted_on, delivery.recorded_lag_days) == (date(2018, 3, 31), 7)
    assert (delivery.full_extract, delivery.options) == (True, {"year_ending": 2018})
    assert delivery.folder == tmp_path


def test_what_may_be_left_out_has_a_careful_default(lists: Lists) -> None:
    (delivery,) = lists("\n".join(SOUND.splitlines()[:8]))
    assert (delivery.full_extract, delivery.recorded_lag_days, delivery.options) == (False, 0, {})


def test_entries_of_one_name_are_successive_deliveries(lists: Lists) -> None:
    first, second = lists(SOUND + SECOND)
    assert first.source == second.source
    assert first.batch_id != second.batch_id


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('"ssda903"', '"ssda930"', 'contract = "ssda930": not allowed; did you mean "ssda903"?'),
        ("2018-03-31", '"2018-03-31"', 'extracted_on = "2018-03-31": not allowed; write a date'),
        ("2018-03-31", "2018-03-31T01:00:00", "extracted_on"),
        ("glos-903", "Glos 903", 'name = "Glos 903": not allowed; write lower-case letters'),
        ("glos-903", "../up", 'name = "../up": not allowed'),
        ("full_extract", "full_extrct", 'full_extrct = true: no such key; did you mean "full_ext'),
        ("= true", '= "yes"', 'full_extract = "yes": not allowed; write true or false'),
        ("= 7", "= -1", "recorded_lag_days = -1: not allowed; write a whole number of days"),
        ('["ssda903/*.csv"]', "[]", "files = []: not allowed; write a list of file names"),
        ('["ssda903/*.csv"]', '"ssda903/*.csv"', "files"),
        ("ssda903/*.csv", "nothing/*.csv", 'files = "nothing/*.csv": no such file in the feeds'),
        ("ssda903/*.csv", "../*.csv", 'files = "../*.csv": not allowed; write a path inside'),
        ("ssda903/*.csv", "/etc/*.conf", 'files = "/etc/*.conf": not allowed; write a path inside'),
        ("ssda903/*.csv", "a\\\\b.csv", "with forward slashes"),
        ("ssda903/*.csv", "ssda903/***.csv", 'files = "ssda903/***.csv"'),
        ("{ year_ending = 2018 }", "3", "options = 3: not allowed; write a table"),
        ("[[feed]]", "[feed]", "feed: write [[feed]], with two brackets"),
        ("[[feed]]", "[[feeds]]", "feeds: no such table; write [[feed]]"),
    ],
)
def test_a_mistake_is_named_with_table_key_value_and_what_is_allowed(
    lists: Lists, old: str, new: str, mistake: str
) -> None:
    assert old in SOUND
    (said,) = mistakes_of(lists, SOUND.replace(old, new, 1))
    assert said.startswith("feeds.toml: ")
    assert mistake in said


def test_all_mistakes_of_all_feeds_are_told_at_once(lists: Lists) -> None:
    text = SOUND.replace('"ssda903"', '"x"') + SECOND.replace("later/", "gone/")
    text += '[[feed]]\nname = "third"\n'
    said = mistakes_of(lists, text)
    assert [line.split("]")[0] for line in said] == [
        "feeds.toml: [feed #1",
        "feeds.toml: [feed #2",
        *["feeds.toml: [feed #3"] * 5,
    ]
    assert said[-1] == (
        "feeds.toml: [feed #3] gateway: is missing; write a legal gateway's key in the policy, "
        "such as children_act_2004"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lists no feed"),
        ("feed = []", "lists no feed"),
        ("[[feed]", "not TOML: .*line 1"),
        ("feed = 3", r"feed = 3: write \[\[feed\]\] tables"),
        ("feed = [3]", r"write \[\[feed\]\] tables"),
    ],
)
def test_a_manifest_without_feeds_or_grammar_is_refused(lists: Lists, text: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        lists(text)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"feeds\.toml: .*holds no such file"):
        read_manifest(tmp_path)
    with pytest.raises(ManifestError, match="holds no such file"):
        read_manifest(tmp_path / "gone")


def test_a_wrong_shape_does_not_hide_a_wrong_name_in_the_same_feed(lists: Lists) -> None:
    text = SOUND.replace('"ssda903"', '"x"').replace("2018-03-31", '"x"').replace("*.csv", "x")
    said = mistakes_of(lists, text)
    assert [line.split()[3] for line in said] == ["contract", "extracted_on", "files"]


def test_a_link_out_of_the_folder_is_refused(lists: Lists, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_text("secret\n")
    (tmp_path / "ssda903").mkdir()
    (tmp_path / "ssda903/link.csv").symlink_to(outside)
    (said,) = mistakes_of(lists, SOUND)
    assert "leads out of the feeds folder" in said


def test_a_file_may_not_be_in_two_feeds(lists: Lists) -> None:
    other = SOUND.replace("glos-903", "other").replace("*.csv", "header.csv")
    (said,) = mistakes_of(lists, SOUND + other)
    assert said.startswith('feeds.toml: [feed #2] files = "ssda903/header.csv": the file is also')


def test_a_file_may_be_in_two_feeds_that_both_say_so(lists: Lists) -> None:
    shared = SOUND + "shares_files = true\n"
    other = shared.replace("glos-903", "other").replace("*.csv", "header.csv")
    assert len(lists(shared + other)) == 2
    (said,) = mistakes_of(lists, shared + other.replace("shares_files = true", ""))
    assert "write shares_files = true in each" in said


def test_two_deliveries_of_one_source_on_one_day_are_refused(lists: Lists) -> None:
    (said,) = mistakes_of(lists, SOUND + SECOND.replace("2019-", "2018-"))
    assert "extracted on the same day" in said


def test_the_same_files_sent_again_are_no_mistake(lists: Lists, tmp_path: Path) -> None:
    again = SOUND.replace("ssda903/", "again/")
    (tmp_path / "again").mkdir()
    for name in ("header.csv", "episodes.csv"):
        (tmp_path / "again" / name).write_text(f"ssda903/{name}\n")
    first, second = lists(SOUND + again)
    assert first.contents_id == second.contents_id
    assert first.batch_id != second.batch_id


def test_one_source_keeps_its_agency_and_contract(lists: Lists) -> None:
    changed = SECOND.replace('"ssda903"', '"police"').replace("social_care", "police")
    changed = changed.replace("options = { year_ending = 2018 }", "")
    said = mistakes_of(lists, SOUND + changed)
    assert [line.split(" = ")[0] for line in said] == [
        "feeds.toml: [feed #2] agency",
        "feeds.toml: [feed #2] contract",
    ]


def test_agency_and_gateway_are_the_policys_when_a_policy_is_given(lists: Lists) -> None:
    policy = read_policy()
    assert lists(SOUND, policy=policy)
    wrong = SOUND.replace("social_care", "socialcare").replace("act_2004", "act_2014")
    agency, gateway = mistakes_of(lists, wrong, policy=policy)
    assert 'agency = "socialcare": not allowed; did you mean "social_care"?' in agency
    assert (
        'gateway = "children_act_2014": not allowed; did you mean "children_act_2004"?' in gateway
    )


MAPPED = SOUND.replace('"ssda903"', '"mapped"').replace("year_ending = 2018", 'mapping = "m.toml"')


def test_a_mapped_feed_changes_its_batch_with_its_mapping(lists: Lists, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("a = 1\n")
    (before,) = lists(MAPPED)
    (tmp_path / "m.toml").write_text("a = 2\n")
    (after,) = lists(MAPPED)
    assert before.batch_id != after.batch_id


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ('mapping = "gone.toml"', 'options.mapping = "gone.toml": no such file'),
        ('mapping = "../m.toml"', 'options.mapping = "../m.toml": not allowed'),
        ("", "options.mapping: is missing"),
    ],
)
def test_a_mapped_feed_without_its_mapping_is_refused(
    lists: Lists, mapping: str, said: str
) -> None:
    (line,) = mistakes_of(lists, MAPPED.replace('mapping = "m.toml"', mapping))
    assert said in line


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (SOUND.replace("year_ending", "year_endin"),
         "options.year_endin = 2018: no such option; did you mean \"year_ending\"?"),
        (SOUND.replace('"ssda903"', '"police"'),
         "options.year_ending = 2018: police has no options; take it out"),
    ],
)  # fmt: skip
def test_an_option_that_the_contract_does_not_have_is_refused(
    lists: Lists, feed: str, said: str
) -> None:
    (line,) = mistakes_of(lists, feed)
    assert said in line


def test_a_mapped_feed_may_use_a_shipped_mapping(lists: Lists) -> None:
    (delivery,) = lists(MAPPED.replace("m.toml", "police"))
    assert delivery.options == {"mapping": "police"}


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_contract_has_an_adapter_and_titles_of_its_rules(name: str) -> None:
    assert callable(CONTRACTS[name].load_adapter())
    rules = CONTRACTS[name].load_rules()
    assert rules
    assert all(isinstance(title, str) and title for title in rules.values())
