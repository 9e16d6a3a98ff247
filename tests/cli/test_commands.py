"""Every command says what it did on standard output, and what went wrong on standard error."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from kithkin.cli import running, views
from kithkin.cli.main import app
from kithkin.cli.output import print_json, stage_bars, table
from kithkin.releases import Workspace, read_looks, verify
from policy.test_reading import TEN_MISTAKES
from releases import made

ALL = [
    ["run"], ["check"], ["explain"], ["demo"], ["simulate"], ["releases"], ["policy"], ["evaluate"], ["people"],
    ["lists"], ["groups"], ["places"], ["sensitivity"],
    ["evaluate", "linkage"],
    *(["releases", name] for name in ("list", "show", "diff", "verify", "reproduce")),
    *(["people", name] for name in ("decide", "withdraw", "review", "history")),
    *(["policy", name] for name in ("check", "show", "diff")),
]  # fmt: skip


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "160")
    return Typed(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace with one release, which a test may write in."""
    return made.copied(made.corner_release()[0], tmp_path / "workspace")


def somebody(place: Workspace) -> str:
    """The person of record Y112, of whom something is raised."""
    links = pq.read_table(place.release().table("person_link")).to_pylist()
    return next(str(link["person_id"]) for link in links if link["record_id"] == "Y112")


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help(typed: Typed, words: list[str]) -> None:
    said = typed(*words, "--help")
    assert said.status == 0
    assert said.err == ""
    assert f"kithkin {' '.join(words)}" in said.out
    assert ". " in said.out or "." in said.out


def test_no_command_was_forgotten_above() -> None:
    names = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
    groups = [g.name for g in app.registered_groups]
    assert sorted([*names, *map(str, groups)]) == sorted(w[0] for w in ALL if len(w) == 1)


def test_a_run_shows_what_came_in_and_what_was_raised(typed: Typed, place: Workspace) -> None:
    said = typed(
        "run", made.corner_feeds(), "--as-of", made.AS_OF, "--workspace", place.root,
        "--policy", made.policy_folder(), "--history", 2, "--threads", 1, "--memory", "1GB",
    )  # fmt: skip
    assert said.status == 0
    release = place.latest()
    assert f"Release {release}, as of 2026-01-31" in said.out
    assert "early_help" in said.out
    assert "YJ-02" in said.out
    assert "Linking people" in said.err
    assert "done before" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["releases", "list"],
        ["releases", "show"],
        ["releases", "verify"],
        ["releases", "diff", "2026", "2026"],
    ],
    ids=" ".join,
)
def test_what_is_asked_as_json_is_json_and_otherwise_words(
    typed: Typed, place: Workspace, words: list[str]
) -> None:
    plain = typed(*words, "--workspace", place.root)
    data = typed(*words, "--workspace", place.root, "--json")
    assert (plain.status, data.status) == (0, 0)
    assert json.loads(data.out)
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(plain.out)


def test_run_and_check_give_json(typed: Typed, place: Workspace, tmp_path: Path) -> None:
    said = typed(
        "run", made.corner_feeds(), "--as-of", made.AS_OF, "--workspace", place.root,
        "--policy", made.policy_folder(), "--history", 2, "--json",
    )  # fmt: skip
    assert json.loads(said.out)["release"] == place.latest()
    assert said.err == ""
    said = typed("check", made.corner_feeds(), "--out", tmp_path / "found", "--json")
    assert said.status == 0
    files = json.loads(said.out)["files"]
    assert {file["file"] for file in files} >= {"wardens/people[1].csv", "early_help/need.csv"}
    assert (tmp_path / "found" / "findings.csv").exists()


def test_check_prints_files_and_findings(typed: Typed, tmp_path: Path) -> None:
    said = typed("check", made.corner_feeds(), "--out", tmp_path / "found")
    assert said.status == 0
    assert "early_help/episode.csv" in said.out
    assert "findings.csv" in said.out


def test_verify_and_diff_tell_what_differs_and_exit_1(typed: Typed, place: Workspace) -> None:
    place.release().table("event").unlink()
    said = typed("releases", "verify", "--workspace", place.root)
    assert said.status == 1
    assert "event.parquet" in said.out
    assert "is missing" in said.out
    said = typed("releases", "verify", "--workspace", place.root, "--json")
    assert said.status == 1
    assert json.loads(said.out)["differences"] == ["event.parquet: is missing"]


def test_reproduce_says_identical(typed: Typed, place: Workspace) -> None:
    said = typed("releases", "reproduce", "--workspace", place.root, "--threads", 1)
    assert said.status == 0
    assert "identical, byte for byte" in said.out


def test_diff_prints_who_and_what_moved(typed: Typed, place: Workspace, tmp_path: Path) -> None:
    feeds = made.corner(tmp_path / "feeds")
    outcome = feeds / "youth_justice" / "outcome.csv"
    made.replace(outcome, "YO2,Y112,2025-07-21", "YO2,Y112,2024-07-21")
    made.replace(feeds / "wardens" / "people[1].csv", "W2,Nobody,Else,1970-02-03\n", "")
    first = place.latest()
    before = somebody(place)
    run = ["run", feeds, "--as-of", made.NEXT, "--workspace", place.root, "--policy",
           made.policy_folder(), "--history", 2]  # fmt: skip
    assert typed(*run).status == 0
    said = typed("releases", "diff", first, place.latest(), "--workspace", place.root)
    assert said.status == 0
    for part in (
        "outcome.csv: changed",
        "as_of: 2026-01-31 -> 2026-02-28",
        "Gone",
        "YJ-02",
        before,
    ):
        assert part in said.out
    look = json.loads((place.root / "looks.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert look["subject"] == f"compared with {first}"
    assert look["shown"]


@pytest.mark.slow
def test_the_demonstration_simulates_runs_and_explains_somebody(
    typed: Typed, tmp_path: Path
) -> None:
    said = typed("demo", "--people", "800", "--workspace", tmp_path, "--threads", "1")
    assert said.status == 0
    assert "Indicators point to records worth a second look. They decide nothing." in said.out
    (look,) = read_looks(tmp_path)
    assert look["purpose"] == "demonstration"
    assert f"Person {look['subject']}" in said.out
    assert (tmp_path / "county" / "truth").is_dir()


def test_a_county_is_simulated_and_what_to_do_next_is_said(typed: Typed, tmp_path: Path) -> None:
    said = typed("simulate", tmp_path / "county", "--people", "600", "--years", "1", "--json")
    assert said.status == 0
    written = json.loads(said.out)
    assert written["events"] > 1000
    assert {feed for feed, _, _ in written["feeds"]} >= {"police", "health", "ssd"}
    shown = typed("simulate", tmp_path / "other", "--people", "600", "--years", "1")
    assert "nobody is real" in shown.out
    assert f"kithkin run {tmp_path}/other/feeds --as-of 2025-03-31" in shown.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "support_effect"], "sets nothing"),
        (["--set", "support_effect=much"], "'much' is no number"),
        (["--set", "support_effects=1"], "support_effects = 1.0"),
        (["--ends-on", "2025-03-30"], "a month's last day"),
        (["--settings", "nowhere"], "holds no settings file"),
    ],
    ids=lambda each: each if isinstance(each, str) else each[-1],
)
def test_a_county_that_cannot_be_made_says_why_and_leaves_nothing(
    typed: Typed, tmp_path: Path, words: list[str], told: str
) -> None:
    said = typed("simulate", tmp_path / "county", "--people", "600", *words)
    assert said.status != 0
    assert told in " ".join((said.err + said.out).split())
    assert list(tmp_path.iterdir()) == []


# --- looks -----------------------------------------------------------------------------------


def test_a_look_is_recorded_with_who_why_and_what(typed: Typed, place: Workspace) -> None:
    who = somebody(place)
    said = typed("explain", who, "--workspace", place.root, "--purpose", "section 47 enquiry")
    assert said.status == 0
    assert f"Person {who}" in said.out
    assert "youth_justice/outcome.csv row" in said.out
    (look,) = read_looks(place.root)
    assert look["user"] == getpass.getuser()
    assert look["purpose"] == "section 47 enquiry"
    assert (look["subject"], look["release"]) == (who, place.latest())
    assert "YJ-02" in look["shown"]


def test_an_explanation_as_json_is_recorded_as_well(typed: Typed, place: Workspace) -> None:
    said = typed("explain", somebody(place), "--workspace", place.root, "--all", "--json")
    data = json.loads(said.out)
    assert data["subject_id"] == somebody(place)
    shown = [answer["code"] for answer in data["answers"]]
    assert [look["shown"] for look in read_looks(place.root)] == [shown]


def test_the_look_is_on_the_disk_before_the_first_word_is_printed(
    typed: Typed, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(views, "show_explanation",
                        lambda found: seen.append(len(read_looks(place.root))))  # fmt: skip
    typed("explain", somebody(place), "--workspace", place.root)
    assert seen == [1]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_look_that_cannot_be_recorded_shows_nothing(
    typed: Typed, place: Workspace, form: list[str]
) -> None:
    (place.root / "looks.jsonl").mkdir()
    said = typed("explain", somebody(place), "--workspace", place.root, *form)
    assert said.status == 1
    assert said.out == ""
    assert "so nothing is shown" in said.words


def test_a_family_is_explained_by_its_id(typed: Typed, place: Workspace) -> None:
    (family, *_) = pq.read_table(place.release().table("family"))["family_id"].to_pylist()
    said = typed("explain", family, "--workspace", place.root)
    assert said.status == 0
    assert f"Family {family}" in said.out
    assert "That says nothing about risk." in said.out


# --- mistakes --------------------------------------------------------------------------------


def test_all_ten_mistakes_of_a_policy_are_told_and_no_release_is_made(
    typed: Typed, tmp_path: Path
) -> None:
    said = typed("policy", "check", TEN_MISTAKES)
    assert said.status == 1
    assert said.out == ""
    assert "10 mistakes" in said.err
    assert said.err.count("\n  ") == 10
    again = typed("run", made.corner_feeds(), "--as-of", made.AS_OF, "--policy", TEN_MISTAKES,
                  "--workspace", tmp_path / "workspace")  # fmt: skip
    assert again.status == 1
    assert "10 mistakes" in again.err
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["runn"], 2, "Did you mean 'run'"),
        (["run", "x", "--as-off", "2026-01-31"], 2, "Possible options: --as-of"),
        (["run", "x", "--as-of", "31/01/2026"], 2, "write it as 2026-03-31"),
        (["run", "x", "--as-of", "2026-01-31", "--memory", "lots"], 2, "write it as 4GB"),
        (["run", "x", "--as-of", "2026-01-31", "--engine", "mysql"], 2, "'duckdb', 'spark'"),
        (["run", "x", "--as-of", "2026-01-31"], 1, "feeds.toml: x holds no such file"),
        (["policy", "show", "EDU-O1"], 2, 'did you mean "EDU-'),
        (["policy", "check", "nowhere"], 1, "point to a policy folder"),
        (["releases", "show", "--workspace", "nowhere"], 1, "holds no release yet"),
        (["explain", "P1", "--workspace", "nowhere"], 1, "Make one with `kithkin run`"),
    ],
)
def test_a_slip_is_answered_with_what_to_write(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int,
    says: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    said = typed(*words)
    assert said.status == status
    assert said.out == ""
    assert says in said.words


def test_unknown_people_indicators_and_releases_are_named(typed: Typed, place: Workspace) -> None:
    at = ["--workspace", place.root]
    assert "no person or family 'P0'" in typed("explain", "P0", *at).words
    said = typed("explain", somebody(place), "--indicator", "YJ-99", *at)
    assert (said.status, said.out) == (1, "")
    assert "no indicator 'YJ-99' of a person" in said.words
    assert "2031 is no release here" in typed("releases", "verify", "2031", *at).words
    assert read_looks(place.root) == []


def test_too_little_memory_says_what_to_give(typed: Typed, tmp_path: Path) -> None:
    said = typed("run", made.corner_feeds(), "--as-of", made.AS_OF, "--memory", "1MB",
                 "--workspace", tmp_path / "workspace")  # fmt: skip
    assert said.status == 1
    assert "give more with --memory" in said.words
    assert Workspace(tmp_path / "workspace").releases() == []


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (OSError(28, "No space left on device"), 1, "The disk is full. The last release is as it"),
        (OSError(27, "File too large"), 1, "takes no file of this size"),
        (duckdb.IOException("Could not write: No space left on device"), 1, "The disk is full."),
        (duckdb.IOException("Cannot open file\nmore"), 1, "cannot be read or written: Cannot open"),
        (PermissionError(13, "Permission denied", "latest"), 1, "latest: Permission denied."),
        (KeyboardInterrupt(), 130, "Stopped. The last release is as it was"),
        (duckdb.InterruptException("Interrupted!"), 130, "Stopped."),
    ],
)
def test_what_the_machine_refuses_is_told_in_words(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, says: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(running, "run_pipeline", refuse)
    said = typed("run", "feeds", "--as-of", "2026-01-31")
    assert said.status == status
    assert says in said.words
    assert said.words.count(says) == 1
    assert "Traceback" not in said.err


# --- policy ----------------------------------------------------------------------------------


def test_a_policy_is_checked_shown_and_compared(typed: Typed, tmp_path: Path) -> None:
    assert "indicators" in typed("policy", "check").out
    listed = typed("policy", "show")
    assert "EDU-01" in listed.out
    one = typed("policy", "show", "2A")
    assert "EDU-01" in one.out
    data = json.loads(typed("policy", "show", "EDU-01", "--json").out)
    assert data["EDU-01"]["title"]
    assert typed("policy", "show", "co_suspects").out.startswith("co_suspects: Suspected together.")
    assert "\n\nWho may be harmed" in typed("policy", "show", "cse").out
    assert "Adults are 18 or over." in typed("policy", "show", "scoring").out
    assert "sets of constants are drawn" in typed("policy", "show", "sensitivity").out
    both = json.loads(typed("policy", "show", "cse", "scoring", "--json").out)
    assert both["cse"]["victim"]["halfway"] == both["scoring"]["trend_points"] == 10
    said = typed("policy", "diff", made.policy_folder())
    assert said.status == 0
    assert "EDU-01" in said.out
    assert said.out.strip().endswith("changes.")
    assert "The two mean the same." in typed("policy", "diff", made.policy_folder(),
                                             made.policy_folder()).out  # fmt: skip


# --- how things look -------------------------------------------------------------------------


def test_numbers_stand_to_the_right_and_markup_is_printed_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made_table = table("t", ("name", "n", "yes"), [("[bold]a", 1234, True), ("b", None, False)])
    assert [column.justify for column in made_table.columns] == ["left", "right", "left"]
    cells = [list(column.cells) for column in made_table.columns]
    assert cells[0] == ["\\[bold]a", "b"]
    assert cells[1:] == [["1,234", ""], ["yes", "no"]]
    print_json({"é": 1})
    assert json.loads(capsys.readouterr().out) == {"é": 1}


def test_bars_that_are_not_shown_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_bars(shown=False) as bars:
        bars.start("land", 0)
        bars.start("land", 2)
        bars.step("land", "police")
        bars.finish("land", kept=True)
    assert capsys.readouterr().err == ""


def test_a_release_made_by_the_command_verifies(place: Workspace) -> None:
    assert verify(place, place.release()).identical
