"""What a page on a person and theme says is what the release holds, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.cli.story_view import show_story
from kithkin.engine import write_table
from kithkin.model import dates
from kithkin.network.groups.tables import (
    PeerGroupMemberTable,
    PeerGroupTable,
    PeerGroupThemeTable,
)
from kithkin.policy import read_policy
from kithkin.releases import PersonNotFoundError, Release, ReleaseError
from kithkin.releases.scored import CONTRIBUTIONS
from kithkin.releases.stories import ThemeStory, others_shown, story_page, theme_story
from kithkin.releases.stories.belonging import groups_of
from kithkin.releases.stories.changes_telling import signed
from kithkin.releases.stories.story import Belonging
from kithkin.releases.stories.telling import around, left, unnamed
from kithkin.scoring import StoredContributions
from releases import made

AS_OF = date(2026, 1, 31)
VOID = {"meta", "br"}


def release() -> Release:
    return made.county_release()[1]


@cache
def scores() -> list[dict[str, Any]]:
    return list(pq.read_table(release().table("score")).to_pylist())


@cache
def stories() -> list[tuple[dict[str, Any], ThemeStory]]:
    """Every score of the county, told."""
    found = [
        (row, theme_story(release(), row["person_id"], row["theme"], row["track"]))
        for row in scores()
    ]
    assert any(story.reasons for _, story in found)
    assert any(story.tied for _, story in found)
    return found


class Balanced(HTMLParser):
    """Keeps what is open and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID and tag not in {"path", "circle", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"path", "circle", "rect"}:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_points_of_all_records_add_up_to_the_index() -> None:
    for row, story in stories():
        points = [entry.points for reason in story.reasons for entry in reason.entries]
        assert sum(points) == pytest.approx(row["index"], abs=1e-9)


def test_own_evidence_and_the_network_add_up_to_the_score() -> None:
    for row, story in stories():
        assert story.index + story.network_points == pytest.approx(row["score"], abs=1e-9)
        assert story.without_network == pytest.approx(story.index)


def test_the_people_who_are_named_account_for_no_more_than_the_network_adds() -> None:
    for _, story in stories():
        assert sum(tied.points for tied in story.tied) <= story.network_points + 1e-9


def test_everybody_who_is_named_on_a_page_is_listed_for_the_look() -> None:
    named = pq.read_table(release().table("person")).to_pylist()
    ids = {row["display_name"]: row["person_id"] for row in named}
    told = [story for _, story in stories() if story.tied]
    for story in told:
        names = {tied.who for tied in story.tied} | {t.through for t in story.tied if t.through}
        assert {ids[name] for name in names if name in ids} <= set(others_shown(story))


@pytest.mark.parametrize("seal", ["S1", "S2", "S3"])
def test_nobody_with_a_sealed_record_can_be_told_on_anothers_page(
    tmp_path: Path, seal: str
) -> None:
    row, open_story = next(one for one in stories() if one[1].tied)
    copy = tmp_path / "release"
    copytree(release().folder, copy)
    person = pq.read_table(copy / "person.parquet")
    sealed = [seal if one != row["person_id"] else "S0" for one in person["person_id"].to_pylist()]
    place = person.column_names.index("seal")
    pq.write_table(person.set_column(place, "seal", pa.array(sealed)), copy / "person.parquet")
    story = theme_story(Release(copy), row["person_id"], row["theme"], row["track"])
    assert others_shown(story) == others_shown(open_story)
    page = story_page(story)
    for tied in open_story.tied:
        assert tied.who not in page
        assert tied.person_id not in page
    for tied in story.tied:
        assert tied.age is None
        assert tied.occasions == ()


def test_no_record_counts_that_came_after_the_date() -> None:
    for _, story in stories():
        for reason in story.reasons:
            for entry in reason.entries:
                assert max(entry.occurred_on, entry.known_on) <= story.as_of


def test_removing_a_record_never_raises_the_score() -> None:
    for _, story in stories():
        for reason in story.reasons:
            for entry in reason.entries:
                assert entry.without <= story.score + 1e-9


def test_nobody_under_18_has_a_perpetrator_score() -> None:
    person = {row["person_id"]: row for row in pq.read_table(release().table("person")).to_pylist()}
    on = dates.parse_iso(release().manifest["as_of"])
    against = [row for row in scores() if row["track"] == "perpetrator"]
    assert against
    for row in against:
        assert dates.age_in_years(person[row["person_id"]]["date_of_birth"], on) >= 18


def test_the_last_month_of_memory_is_the_score_of_today() -> None:
    for row, story in stories():
        last = story.months[-1]
        assert last.on == story.as_of
        assert last.index + last.network_points == pytest.approx(row["score"], abs=2e-3)


def test_the_page_is_whole_and_says_its_reasons_before_its_number() -> None:
    for _, story in stories():
        page = Balanced()
        page.feed(story_page(story))
        assert page.open == []
        text = "".join(page.text)
        assert text.index("Why") < text.index("Strengths") < text.index("The number")
        assert "It is no probability" in text
        assert story.person_id in text


def test_a_need_for_support_is_never_told_as_a_risk() -> None:
    needs = [story for _, story in stories() if story.need]
    assert needs
    for story in needs:
        assert "nothing of risk" in story_page(story)
        assert story.network_points == 0


def test_names_are_escaped_on_the_page() -> None:
    _, story = stories()[0]
    named = ThemeStory(**{**vars(story), "name": "<b>Robert"})
    assert "<b>Robert" not in story_page(named)
    assert "&lt;b&gt;Robert" in story_page(named)


def group(**more: Any) -> Belonging:
    plain: dict[str, Any] = {
        "group_id": "cse-00003", "of_theme": True, "people": 7, "children": 5, "carrying": 3,
        "first_on": date(2025, 6, 30), "member": True, "together": 0.94, "stability": 0.9,
    }  # fmt: skip
    return Belonging(**(plain | more))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (group(), ["found for this theme since 30 June 2025: 7 people, 5 of them children",
                   "3 of whom carry", "is found with them in 94% of the searches"]),
        (group(of_theme=False, children=0, carrying=0),
         ["in all ties of peers", "all of them adults, none of whom"]),
        (group(member=False, together=0.3), ["is no member of it, but is found with them in 30%"]),
    ],
)  # fmt: skip
def test_a_group_is_told_with_how_surely_one_belongs_and_that_it_is_no_finding(
    found: Belonging, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, story = next(each for each in stories() if each[1].near is not None)
    story = replace(story, groups=(found,))
    show_story(story)
    text = " ".join(capsys.readouterr().out.split())
    page = " ".join(story_page(story).split())
    for words in [*told, "To be seen together is no finding"]:
        assert words in text
        assert words in page


def test_only_the_latest_records_of_a_long_line_are_told_at_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    story = next(each for _, each in stories() if each.reasons)
    reason = story.reasons[0]
    long = replace(reason, entries=reason.entries[:1] * 11)
    show_story(replace(story, reasons=(long,)))
    text = " ".join(capsys.readouterr().out.split())
    together = f"3 earlier records, {3 * reason.entries[0].points:.1f} points together"
    assert together in text
    assert text.count(f"{reason.entries[0].without:.1f}. {reason.entries[0].agency}, known") == 8
    page = story_page(replace(story, reasons=(long,)))
    assert f"<summary>{together}</summary>" in page
    assert page.count(f"gravity {reason.entries[0].gravity:.1f}") == 11


def test_which_ties_were_asked_and_from_what_on_somebody_carries_the_theme_is_said() -> None:
    for _, story in stories():
        if story.near is None:
            continue
        assert "Only ties" in around(story)
        assert f"{story.floor:g} points or more" in around(story)
        shown = sum(tied.points for tied in story.tied)
        assert shown + story.unnamed_points == pytest.approx(story.network_points, abs=1e-9)
        assert bool(unnamed(story)) == bool(story.unnamed and story.network_points)


def test_who_may_harm_is_not_told_as_emerging_among_the_harmed() -> None:
    harming = {
        (row["person_id"], row["theme"])
        for row in scores()
        if row["track"] == "perpetrator" and row["index"] > 0
    }
    beside = [
        (row, story)
        for row, story in stories()
        if row["track"] == "victim" and (row["person_id"], row["theme"]) in harming
    ]
    assert beside
    for row, story in beside:
        assert not row["emerging"]
        assert any("on the side of those who may harm as well" in one for one in story.doubts)


def test_a_person_is_told_their_groups_of_the_theme_and_those_of_all_ties(tmp_path: Path) -> None:
    groups = PeerGroupTable.from_rows(
        {"group_id": name, "theme": theme, "persons": 5, "children": 4, "first_on": AS_OF,
         "stability": 0.9}
        for name, theme in (("any-00001", None), ("cse-00001", "cse"), ("cce-00001", "cce"))
    )  # fmt: skip
    members = PeerGroupMemberTable.from_rows(
        {"group_id": name, "person_key": key, "member": True, "agreement": sure}
        for name, key, sure in (
            ("any-00001", 3, 0.7), ("cse-00001", 3, 0.9), ("cce-00001", 3, 1.0),
            ("cse-00001", 4, 1.0),
        )
    )  # fmt: skip
    mix = PeerGroupThemeTable.from_rows(
        [{"group_id": "cse-00001", "theme": "cse", "victims": 2, "perpetrators": 0, "both": 0,
          "neither": 3}]
    )  # fmt: skip
    for table in (groups, members, mix):
        write_table(table.data, tmp_path / f"{table.name}.parquet")
    told = groups_of(Release(tmp_path), 3, "cse")
    assert [(one.group_id, one.together, one.carrying) for one in told] == [
        ("cse-00001", 0.9, 2), ("any-00001", 0.7, 0)
    ]  # fmt: skip


def test_who_is_not_there_or_not_of_the_age_and_what_no_policy_has_is_refused() -> None:
    person = pq.read_table(release().table("person")).to_pylist()
    on = dates.parse_iso(release().manifest["as_of"])
    child = next(row["person_id"] for row in person
                 if row["date_of_birth"] and dates.age_in_years(row["date_of_birth"], on) < 18)  # fmt: skip
    with pytest.raises(PersonNotFoundError, match="holds no person"):
        theme_story(release(), "P0", "cse")
    with pytest.raises(ReleaseError, match="no theme 'csx'"):
        theme_story(release(), child, "csx")
    with pytest.raises(ReleaseError, match="ages 18"):
        theme_story(release(), child, "cse", "perpetrator")
    with pytest.raises(ReleaseError, match="no perpetrator track"):
        theme_story(release(), child, "going_without", "perpetrator")


def test_a_cohort_lists_nobody_who_lacks_what_it_asks_for() -> None:
    members = pq.read_table(release().table("cohort_member")).to_pylist()
    policy = read_policy(release().folder / "policy")
    by_key = {(row["person_key"], row["theme"], row["track"]): row["score"] for row in scores()}
    for member in members:
        cohort = policy.cohorts[member["cohort"]]
        for condition in cohort.every:
            if member["near_miss"] is None and hasattr(condition, "at_least"):
                key = (member["person_key"], condition.theme, condition.track)
                assert by_key[key] >= condition.at_least


# --- what changed since last time ------------------------------------------------------------


def test_what_records_gained_and_lost_since_last_time_is_the_change_of_the_index() -> None:
    changed = [(story, story.changed) for _, story in stories() if story.changed is not None]
    assert {one.how for _, told in changed for one in told.records} >= {"new", "faded"}
    for story, told in changed:
        last = story.months[-2]
        assert told.since == last.on < story.as_of
        gained = sum(one.after - one.before for one in told.records)
        assert gained == pytest.approx(story.index - told.index, abs=1e-9)
        # Memory holds thousandths of a point.
        assert told.index == pytest.approx(last.index, abs=6e-4)
        assert told.network_points == last.network_points


def test_what_is_new_was_not_known_last_time_and_what_is_gone_gives_nothing() -> None:
    for _, story in stories():
        for one in story.changed.records if story.changed else ():
            latest = max(one.occurred_on, one.known_on)
            assert (one.how == "new") == (latest > story.changed.since)  # type: ignore[union-attr]
            assert (one.before == 0) == (one.how in ("new", "of age", "instead"))
            assert (one.after == 0) == (
                one.how in ("too old", "elsewhere", "withdrawn", "not of age")
            )


def test_the_page_says_what_changed_before_the_people_around() -> None:
    row, story = next(one for one in stories() if one[1].changed and one[1].near
                      and any(c.how == "new" for c in one[1].changed.records))  # fmt: skip
    page = story_page(story)
    new = [one for one in story.changed.records if one.how == "new"] if story.changed else []
    assert f"{len(new)} new (" in page
    assert page.index("What changed since last time") < page.index("People around")
    assert all(f"new: known {one.known_on:%-d %B %Y}" in page for one in new if one.after >= 0.05)
    assert row["person_id"] == story.person_id


def test_a_gain_that_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(points) for points in (0.04, -0.04, 0.06, -1.0)] == [
        "0.0",
        "0.0",
        "+0.1",
        "-1.0",
    ]


def test_a_record_that_lasts_says_whether_it_is_open() -> None:
    story = next(story for _, story in stories() if story.reasons)
    day = dates.parse_iso
    entry = replace(
        story.reasons[0].entries[0], occurred_on=day("2024-03-05"), fades_from_on=day("2025-03-05"),
        decay=0.496,
    )  # fmt: skip
    said = {
        standing: left(replace(entry, standing=standing))
        for standing in ("passed", "open", "ended", "unclosed")
    }
    assert said == {
        "passed": "50% left after its age",
        "open": "50% left: still open, since 5 March 2024; nobody has closed it",
        "ended": "50% left since it ended on 5 March 2025",
        "unclosed": (
            "50% left: open since 5 March 2024, for so long that it is taken to have ended on "
            "5 March 2025"
        ),
    }


def test_who_is_known_to_have_died_has_no_page_and_no_score() -> None:
    gone = StoredContributions(release().folder / CONTRIBUTIONS).gone
    today = dates.day_number(dates.parse_iso(release().manifest["as_of"]))
    dead = np.flatnonzero(gone <= today)
    assert len(dead)
    scored = {row["person_key"] for row in scores()}
    assert not scored & set(dead.tolist())
    ids = pq.read_table(release().table("person")).sort_by("person_key")["person_id"]
    with pytest.raises(ReleaseError, match=r"recorded as having died, as was known on 20\d\d-"):
        theme_story(release(), ids[int(dead[-1])].as_py(), "cse")
