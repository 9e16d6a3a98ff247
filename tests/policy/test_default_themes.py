import tomllib

import pytest

from kithkin.policy import default_policy_folder, describe_theme, describe_tie, read_policy
from kithkin.policy.networks import EventTie
from kithkin.policy.themes import PROPOSAL, Scoring

THEMES = {
    "cse", "cce", "serious_violence", "hate", "domestic_abuse", "neglect", "missing", "self_harm",
    "substance", "education", "going_without",
}  # fmt: skip
HIGHEST_GRAVITY = 5


@pytest.fixture(scope="module")
def policy():
    return read_policy()


def components(policy):
    """Every line of evidence with its theme and track."""
    return [
        (theme, track_name, track, name, component)
        for theme in policy.themes.values()
        for track_name, track in theme.tracks().items()
        for name, component in track.components.items()
    ]


def test_every_theme_is_there_and_a_need_is_no_risk(policy):
    assert set(policy.themes) == THEMES
    needs = {name for name, theme in policy.themes.items() if theme.concern == "need"}
    assert needs == {"education", "going_without"}


def test_every_constant_of_scoring_has_its_basis(policy):
    assert set(policy.scoring.basis) == set(Scoring.model_fields) - {"basis"}


def test_every_line_of_evidence_says_why_it_is_there(policy):
    for theme, track, _, name, component in components(policy):
        assert component.basis != PROPOSAL, (theme.name, track, name)
    for theme in policy.themes.values():
        assert all(track.basis != PROPOSAL for track in theme.tracks().values())
        assert theme.network is None or theme.network.basis != PROPOSAL


def test_every_theme_says_what_of_it_is_proposed(policy):
    assert all("proposals" in theme.basis for theme in policy.themes.values())


def test_unproven_information_alone_never_makes_a_score_high(policy):
    unproven = {name for name, kind in policy.kinds.items() if kind.unproven}
    for theme in policy.themes.values():
        for track in theme.tracks().values():
            lines = [c for c in track.components.values() if unproven & {*c.kinds}]
            assert all({*line.kinds} <= unproven for line in lines)  # so that a cap is all theirs
            points = sum(line.at_most for line in lines)
            assert 100 * (1 - 2 ** (-points / track.halfway)) < policy.scoring.high_from


def test_a_known_victim_stands_above_anybody_whom_the_network_alone_could_raise(policy):
    for name in ("cse", "cce"):
        theme = policy.themes[name]
        flag = theme.victim.components["flags"].weight * HIGHEST_GRAVITY
        assert 100 * (1 - 2 ** (-flag / theme.victim.halfway)) > theme.network.most_points


def test_no_network_adds_more_than_a_quarter(policy):
    networks = [theme.network for theme in policy.themes.values() if theme.network]
    assert max(network.most_points for network in networks) == 25


def test_what_stands_for_poverty_counts_in_no_theme_of_exploitation_or_violence(policy):
    never = {name for name, theme in policy.themes.items() if "poverty" in theme.never}
    assert never == THEMES - {"neglect", "education", "going_without"}
    going_without = policy.themes["going_without"].victim.components.values()
    assert all(policy.kinds[kind].poverty_proxy for line in going_without for kind in line.kinds)


def test_no_kind_that_marks_a_victim_counts_against_anybody(policy):
    for theme, track, _, name, component in components(policy):
        if track == "perpetrator":
            assert not any(policy.roles[role].harmed for role in component.roles)
            cautions = {c for kind in component.kinds for c in policy.kinds[kind].cautions}
            assert "victim_status" not in cautions, (theme.name, name)
            assert component.ages[0] >= 18


def test_a_flag_of_exploitation_marks_a_victim_and_so_does_an_older_co_suspect(policy):
    marked = {name for name, k in policy.kinds.items() if "victim_status" in k.stands_for()}
    assert {
        "police.flag.child_sexual_exploitation", "police.flag.child_criminal_exploitation",
        "exploitation.flag.child_sexual_exploitation", "police.marker.older_co_suspect",
    } <= marked  # fmt: skip


@pytest.mark.parametrize("caution", ["disability", "ethnicity"])
def test_kinds_stand_for_what_the_catalogue_cautions_of_their_indicators(policy, caution):
    for code, indicator in policy.indicators.items():
        if caution in indicator.cautions:
            counted = {
                kind
                for selection in indicator.selections()
                for kind in selection.kinds
                if policy.kinds[kind].gravity
            }
            silent = {k for k in counted if caution not in policy.kinds[k].stands_for()}
            assert not silent, code


def test_only_ties_of_the_harming_side_carry_to_a_perpetrator_score(policy):
    carrying = {name for name, rule in policy.ties.items() if rule.perpetrator_network}
    assert carrying == {"co_suspects", "co_detained"}
    roles = {role for name in carrying for role in policy.ties[name].roles}
    assert roles == {"suspect", "charged", "detainee"}


def test_no_tie_is_made_of_a_shared_professional_a_witness_or_two_victims(policy):
    for rule in policy.ties.values():
        assert rule.nature != "professional"
        if isinstance(rule, EventTie):
            assert "witness" not in {*rule.roles, *rule.other_roles}
            assert not ("victim" in rule.roles and not rule.other_roles)


def test_an_unproven_tie_is_believed_half_and_weighs_less_than_one_grave_occasion(policy):
    for rule in policy.ties.values():
        if isinstance(rule, EventTie) and any(policy.kinds[kind].unproven for kind in rule.kinds):
            assert all(policy.kinds[kind].unproven for kind in rule.kinds)
            assert rule.reliability == 0.5
            assert rule.at_most <= HIGHEST_GRAVITY


def test_a_school_of_a_thousand_gives_a_tie_next_to_nothing(policy):
    school = policy.ties["school"]
    assert school.source == "membership"
    assert school.weight / 999 < 0.1


def test_a_family_of_six_in_one_home_is_tied_no_more_than_kin(policy):
    home = policy.ties["household"]
    assert home.weight / 5 < policy.ties["sibling"].weight
    assert home.at_most <= policy.ties["sibling"].at_most


def test_every_theme_stands_in_a_file_of_its_name(policy):
    for path in (default_policy_folder() / "themes").glob("*.toml"):
        assert list(tomllib.loads(path.read_text(encoding="utf-8"))["themes"]) == [path.stem]


def test_every_theme_and_tie_of_the_default_policy_can_be_described(policy):
    texts = {name: describe_theme(policy, name) for name in policy.themes}
    texts |= {name: describe_tie(policy, name) for name in policy.ties}
    assert all(text.startswith(f"{name}: ") for name, text in texts.items())
    assert not any(".." in text or "  " in text for text in texts.values())
