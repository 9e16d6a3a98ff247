"""The DfE interface's payloads: the specification's sample, deletions, and broken files."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feeds.kit import Landed, read
from kithkin.feeds.delivery import FeedError
from kithkin.feeds.dfe_api import EPISODE, PARTS, RULES, read_dfe_api
from kithkin.policy import read_policy
from shared_data import shared_data

CHILD: dict[str, Any] = {
    "la_child_id": "C1",
    "mis_child_id": "M1",
    "purge": False,
    "child_details": {
        "unique_pupil_number": "B801200005001",
        "first_name": "Jo",
        "surname": "Field",
        "date_of_birth": "2007-06-14",
        "sex": "M",
        "ethnicity": "WBRI",
        "disabilities": ["HAND", "NONE"],
        "postcode": "GL5 1AB",
        "uasc_flag": True,
        "purge": False,
    },
    "health_and_wellbeing": {"sdq_assessments": [{"date": "2022-06-14", "score": 20}]},
    "social_care_episodes": [
        {
            "social_care_episode_id": "E1",
            "referral_date": "2022-01-01",
            "referral_source": "1C",
            "referral_no_further_action_flag": False,
            "closure_date": "2024-01-01",
            "closure_reason": "RC9",
            "care_worker_details": [{"worker_id": "W1", "start_date": "2022-01-02"}],
            "child_and_family_assessments": [
                {
                    "child_and_family_assessment_id": "A1",
                    "start_date": "2022-01-03",
                    "authorisation_date": "2022-02-03",
                    "factors": ["1C", "4A"],
                    "purge": False,
                }
            ],
            "child_protection_plans": [
                {"child_protection_plan_id": "P2", "start_date": "2023-05-01"},
                {
                    "child_protection_plan_id": "P1",
                    "start_date": "2022-03-01",
                    "end_date": "2022-09-01",
                },
            ],
            "child_looked_after_placements": [
                {
                    "child_looked_after_placement_id": "L1",
                    "start_date": "2022-06-01",
                    "start_reason": "S",
                    "placement_type": "U6",
                    "postcode": "GL5 1AD",
                    "end_date": "2022-07-01",
                    "end_reason": "X1",
                },
                {
                    "child_looked_after_placement_id": "L2",
                    "start_date": "2022-07-01",
                    "start_reason": "P",
                    "placement_type": "U6",
                },
            ],
            "purge": False,
        }
    ],
}


def payload() -> dict[str, Any]:
    return copy.deepcopy(CHILD)


@pytest.fixture
def api(tmp_path: Path) -> Callable[..., Landed]:
    def run(content: object, **files: object) -> Landed:
        texts = {"payload.json": content} | {f"{name}.json": text for name, text in files.items()}
        texts = {
            name: text if isinstance(text, str | bytes) else json.dumps(text)
            for name, text in texts.items()
        }
        return read(read_dfe_api, texts, tmp_path)

    return run


def events(landed: Landed) -> list[tuple[str, date, date | None]]:
    found = [
        (event["kind"].removeprefix("social_care."), event["occurred_on"], event["ended_on"])
        for event in landed.tables["event"]
    ]
    return sorted(found, key=lambda event: event[:2])


def test_a_payload_becomes_a_person_and_dated_events(api: Callable[..., Landed]) -> None:
    landed = api(payload())
    [person] = landed.tables["person_record"]
    assert (person["record_id"], person["forename"], person["sex"]) == ("C1", "Jo", "M")
    assert (person["ethnicity"], person["date_of_birth"]) == ("WBRI", date(2007, 6, 14))
    assert events(landed) == [
        ("assessment.completed", date(2022, 2, 3), None),
        ("assessment.factor.1c", date(2022, 2, 3), None),
        ("assessment.factor.4a", date(2022, 2, 3), None),
        ("assessment.open", date(2022, 1, 3), date(2022, 2, 3)),
        ("assessment.started", date(2022, 1, 3), None),
        ("case.closed", date(2024, 1, 1), None),
        ("case.stepped_down", date(2024, 1, 1), None),
        ("child_protection_plan.open", date(2022, 3, 1), date(2022, 9, 1)),
        ("child_protection_plan.open", date(2023, 5, 1), None),
        ("child_protection_plan.repeat_start", date(2023, 5, 1), None),
        ("disability.recorded", date(2026, 1, 31), None),
        ("looked_after.open", date(2022, 6, 1), None),
        ("looked_after.placement_started", date(2022, 6, 1), None),
        ("looked_after.placement_started", date(2022, 7, 1), None),
        ("looked_after.sdq_score", date(2022, 6, 14), None),
        ("referral.open", date(2022, 1, 1), date(2024, 1, 1)),
        ("referral.received", date(2022, 1, 1), None),
        ("unaccompanied_child.status", date(2022, 1, 1), None),
    ]
    assert landed.findings == []
    assert {r["kind"] for r in landed.tables["residence"]} == {"home", "placement"}
    assert landed.tables["service_involvement"][0]["professional_id"] == "W1"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda child: child,
        lambda child: [child],
        lambda child: {"la_code": 123, "Children": child},
        lambda child: {"la_code": 123, "children": [child]},
    ],
)
def test_a_file_holds_one_child_or_a_list_with_or_without_an_envelope(
    wrap: Callable[[Any], Any], api: Callable[..., Landed]
) -> None:
    assert [p["record_id"] for p in api(wrap(payload())).tables["person_record"]] == ["C1"]


def test_the_row_number_is_the_place_in_the_file(api: Callable[..., Landed]) -> None:
    landed = api([payload(), payload() | {"la_child_id": "C2"}, {"purge": False}, "text"])
    assert [(p["record_id"], p["row"]) for p in landed.tables["person_record"]] == [
        ("C1", 1),
        ("C2", 2),
    ]
    assert [(r["row"], r["rule"]) for r in landed.set_aside] == [(3, "K-API-8"), (4, "K-API-8")]


def test_a_child_deleted_at_source_is_set_aside_without_its_record(
    api: Callable[..., Landed],
) -> None:
    landed = api(payload() | {"purge": True})
    [row] = landed.set_aside
    assert (row["rule"], row["reason"]) == ("K-API-9", "The child was deleted at source.")
    assert "Jo" not in row["content"]
    assert landed.tables["person_record"] == landed.tables["event"] == []


@pytest.mark.parametrize(
    ("where", "gone"),
    [
        (("social_care_episodes", 0), {"referral.received", "assessment.started", "looked_after.open"}),
        (("social_care_episodes", 0, "child_and_family_assessments", 0), {"assessment.started"}),
        (("social_care_episodes", 0, "child_protection_plans", 0), {"child_protection_plan.repeat_start"}),
        (("health_and_wellbeing",), {"looked_after.sdq_score"}),
        (("child_details",), {"disability.recorded", "unaccompanied_child.status"}),
    ],
)  # fmt: skip
def test_a_part_deleted_at_source_is_not_loaded_and_the_rest_is(
    where: tuple[Any, ...], gone: set[str], api: Callable[..., Landed]
) -> None:
    whole, child = {kind for kind, *_ in events(api(payload()))}, payload()
    part: Any = child
    for step in where:
        part = part[step]
    part["purge"] = True
    landed = api(child)
    kinds = {kind for kind, *_ in events(landed)}
    assert gone <= whole
    assert not gone & kinds
    assert kinds
    assert landed.rules() == ["K-API-9"]
    assert [p["record_id"] for p in landed.tables["person_record"]] == ["C1"]
    assert landed.accounts[0]["loaded"] == 1


def test_the_newest_payload_of_a_child_counts(api: Callable[..., Landed]) -> None:
    newer = payload()
    newer["child_details"]["surname"] = "Meadow"
    landed = api([payload(), payload()], payload_2=newer)
    assert [p["surname"] for p in landed.tables["person_record"]] == ["Meadow"]
    assert [r["rule"] for r in landed.set_aside] == ["K-API-10", "K-API-10"]


def test_a_referral_without_further_action_opens_nothing(api: Callable[..., Landed]) -> None:
    child = payload()
    child["social_care_episodes"] = [
        {"referral_date": "2022-01-01", "referral_no_further_action_flag": True}
    ]
    child["child_details"] |= {"uasc_flag": False, "disabilities": []}
    child["health_and_wellbeing"] = None
    assert events(api(child)) == [
        ("referral.no_further_action", date(2022, 1, 1), None),
        ("referral.received", date(2022, 1, 1), None),
    ]


def test_an_adopted_childs_earlier_identity_is_sealed(api: Callable[..., Landed]) -> None:
    child = payload()
    child["social_care_episodes"][0]["child_looked_after_placements"][1] |= {
        "end_date": "2023-01-01",
        "end_reason": "E12",
    }
    landed = api(child)
    assert landed.tables["person_record"][0]["seal"] == "S2"
    assert ("adoption.order", date(2023, 1, 1), None) in events(landed)
    assert ("looked_after.open", date(2022, 6, 1), date(2023, 1, 1)) in events(landed)


def test_a_case_closed_as_adopted_seals_the_child_too(api: Callable[..., Landed]) -> None:
    child = payload()
    child["social_care_episodes"][0]["closure_reason"] = "RC1"
    assert api(child).tables["person_record"][0]["seal"] == "S2"


def test_an_unborn_child_has_an_expected_birth(api: Callable[..., Landed]) -> None:
    child = {"la_child_id": "U1", "child_details": {"expected_date_of_birth": "2026-05-01"}}
    landed = api(child)
    assert landed.tables["person_record"][0]["unborn"] is True
    assert events(landed) == [("pregnancy.expected_birth", date(2026, 1, 31), None)]
    assert landed.findings == []


def test_illegal_values_are_reported_by_their_path_and_the_child_loads(
    api: Callable[..., Landed],
) -> None:
    child = payload()
    child["child_details"] |= {"ethnicity": "B2", "disabilities": ["HAND", "XX"], "sex": "Q"}
    child["health_and_wellbeing"]["sdq_assessments"] = [{"date": "2022-06-14", "score": 99}]
    episode = child["social_care_episodes"][0]
    episode |= {"referral_source": "ZZ", "closure_date": "2021-01-01"}
    episode["child_and_family_assessments"][0]["factors"] = ["1C", "77"]
    episode["child_protection_plans"] = [{"start_date": "1 May"}, "text"]
    landed = api(child)
    path = "social_care_episodes[0]"
    assert {(f["rule"], f["column"]) for f in landed.findings} == {
        ("K-API-4", "child_details.ethnicity"),
        ("K-API-4", "child_details.disabilities[1]"),
        ("K-API-4", "child_details.sex"),
        ("K-API-12", "health_and_wellbeing.sdq_assessments[0].score"),
        ("K-API-4", f"{path}.referral_source"),
        ("K-API-5", f"{path}.closure_date"),
        ("K-API-4", f"{path}.child_and_family_assessments[0].factors[1]"),
        ("K-API-1", f"{path}.child_protection_plans[0].start_date"),
        ("K-API-11", f"{path}.child_protection_plans[0].start_date"),
        ("K-API-7", f"{path}.child_protection_plans[1]"),
    }
    assert landed.accounts[0]["loaded"] == 1
    assert set(landed.rules()) <= RULES.keys()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n "la_child_id": "C1",\n "purge": fals\n}', r"line 3, column 11: is not JSON"),
        ("", r"line 1, column 1"),
        ('{"a": 1} {"b": 2}', r"line 1, column 10"),
        ("[" * 100_000, r"nested without end"),
        ('[{"la_child_id": NaN}]', r"holds NaN"),
        (b"\xff\xfe\x00", r"is not UTF-8"),
    ],
)
def test_a_file_that_is_not_json_is_refused_with_its_place(
    text: str | bytes, problem: str, api: Callable[..., Landed]
) -> None:
    with pytest.raises(FeedError, match=problem):
        api(text)


def test_a_byte_order_mark_does_no_harm(api: Callable[..., Landed]) -> None:
    landed = api(b"\xef\xbb\xbf" + json.dumps(payload()).encode())
    assert len(landed.tables["person_record"]) == 1


def test_every_event_of_a_payload_is_a_kind_of_the_policy() -> None:
    kinds = {
        kind
        for part in (EPISODE, *PARTS.values())
        for mark in part.marks
        for kind in ([mark.kind + p for p in mark.parts.values()] if mark.by else [mark.kind])
    }
    assert kinds <= set(read_policy().kinds)


def test_the_published_samples_load_and_their_illegal_codes_are_reported(
    api: Callable[..., Landed],
) -> None:
    folder = shared_data("dfe_api/sample_payload_0.json").parent
    files = {path.stem: path.read_text() for path in sorted(folder.glob("*.json"))}
    landed = api(files.pop("sample_payload_0"), **files)
    assert [a["loaded"] for a in landed.accounts] == [1] * 5
    illegal = {(f["file"], f["value"]) for f in landed.findings if f["rule"] == "K-API-4"}
    assert illegal == {
        ("sample_payload_1.json", "BB"), ("sample_payload_1.json", "B2"),
        ("sample_payload_2.json", "ZZ"), ("sample_payload_2.json", "C3"),
        ("sample_payload_2.json", "E2"), ("sample_payload_2.json", "A"),
        ("sample_payload_3.json", "AA"), ("sample_payload_3.json", "D4"),
        ("sample_payload_3.json", "H2"), ("sample_payload_4.json", "A1"),
    }  # fmt: skip
