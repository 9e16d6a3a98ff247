from pathlib import Path

import pytest

from kithkin.policy import PolicyError, diff_policies
from policy.conftest import SOUND

THEMES = SOUND + "\n" + (Path(__file__).parent / "themes.toml").read_text()
SUSPECT = "[themes.fights.perpetrator.components.suspect]"
HURT = "[themes.fights.victim.components.hurt]"


@pytest.fixture
def told(read_text):
    """The mistakes, one a line, of the policy with some text below a heading replaced."""

    def mistakes(heading: str, old: str, new: str) -> list[str]:
        with pytest.raises(PolicyError) as caught:
            read_text(changed(heading, old, new))
        return [str(mistake).removeprefix("policy.toml: ") for mistake in caught.value.mistakes]

    return mistakes


def changed(heading: str, old: str, new: str) -> str:
    before, found, after = THEMES.partition(f"{heading}\n")
    assert found
    table, rest = after.split("\n\n", 1) if "\n\n" in after else (after, "")
    assert old in table
    return f"{before}{found}{table.replace(old, new, 1)}\n\n{rest}"


def test_ties_themes_and_scoring_are_read(read_text):
    policy = read_text(THEMES)
    assert policy.scoring.harm_days_top == 5475
    assert policy.scoring.basis == {"adult": "the law"}
    assert {name: rule.source for name, rule in policy.ties.items()} == {
        "against": "events", "class": "membership", "home": "household", "kin": "relationship",
        "together": "events",
    }  # fmt: skip
    assert list(policy.themes) == ["fights", "meals"]
    assert list(policy.themes["fights"].tracks()) == ["victim", "perpetrator"]
    assert policy.themes["meals"].network is None


def test_a_star_is_written_out_in_ties_and_in_components(read_text):
    policy = read_text(THEMES)
    below = ("police.fight.home", "police.fight.street")
    assert policy.ties["together"].kinds == below
    assert policy.themes["fights"].victim.components["hurt"].kinds == below


def test_a_basis_left_unsaid_is_a_proposal_and_not_a_source(read_text):
    theme = read_text(THEMES).themes["fights"]
    assert theme.victim.components["hurt"].basis == "a published rule"
    assert theme.victim.components["known"].basis == "partnership proposal"


@pytest.mark.parametrize(
    ("heading", "old", "new", "mistake"),
    [
        # scoring
        (
            "[scoring]",
            "adult = 18",
            "adult = 15",
            "[scoring] adult = 15: should be greater than or equal to 16",
        ),
        (
            "[scoring]",
            '{ adult = "the law" }',
            '{ adlut = "the law" }',
            (
                '[scoring] basis = "adlut": unknown constant; did you mean "adult"? use one of adult, '
                "harm_days_top, high_from, open_at_most_days, trend_months, trend_points, trend_swings"
            ),
        ),
        ("[scoring]", "high_from = 60\n", "", "[scoring] high_from: missing; give it a value"),
        (
            "[themes.fights.victim]",
            'once = [["hurt", "known"]]',
            'once = [["hurt", "konwn"]]',
            (
                '[themes.fights] victim.once = "konwn": unknown component; did you mean "known"? use one '
                "of hurt, known"
            ),
        ),
        (
            "[themes.fights.victim]",
            'once = [["hurt", "known"]]',
            'once = [["hurt", "known"], ["hurt"]]',
            (
                '[themes.fights] victim.once = "hurt": also in another list, so it would count less '
                "twice; keep it in one"
            ),
        ),
        # ties
        (
            "[ties.together]",
            'source = "events"',
            'source = "evnts"',
            (
                '[ties.together] source = "evnts": not allowed; did you mean "events"? use one of events, '
                "household, membership, relationship"
            ),
        ),
        (
            "[ties.together]",
            'source = "events"\n',
            "",
            "[ties.together] source: missing; use one of events, household, membership, relationship",
        ),
        (
            "[ties.together]",
            '"police.fight.*"',
            '"police.fihgt.street"',
            (
                '[ties.together] kinds = "police.fihgt.street": unknown kind; did you mean '
                '"police.fight.street"?'
            ),
        ),
        ("[ties.kin]", "weight = 4", "wieght = 4", None),
        (
            "[ties.together]",
            'roles = ["suspect"]',
            'roles = ["suspct"]',
            (
                '[ties.together] roles = "suspct": unknown role; did you mean "suspect"? use one of hurt, '
                "subject, suspect, victim, witness"
            ),
        ),
        (
            "[ties.against]",
            'roles = ["suspect"]',
            'roles = ["suspect", "victim"]',
            (
                '[ties.against] roles = "victim": none of its kinds has this role; use one of hurt, '
                "subject, suspect, witness"
            ),
        ),
        (
            "[ties.against]",
            'other_roles = ["hurt"]',
            'other_roles = ["victim"]',
            (
                '[ties.against] other_roles = "victim": none of its kinds has this role; use one of hurt, '
                "subject, suspect, witness"
            ),
        ),
        (
            "[ties.against]",
            'other_roles = ["hurt"]',
            'other_roles = ["hurt", "suspect"]',
            (
                '[ties.against] other_roles = "suspect": also in roles, so the tie would have no '
                "direction; keep it in one of the two"
            ),
        ),
        (
            "[ties.against]",
            'unless_kinds = ["police.fight.home"]',
            'unless_kinds = ["police.fight.street"]',
            (
                '[ties.against] unless_kinds = "police.fight.street": also in kinds, so it would never '
                "tie anybody; keep it in one of the two"
            ),
        ),
        (
            "[ties.against]",
            'unless_kinds = ["police.fight.home"]',
            'unless_kinds = ["police.fight.hoem"]',
            (
                '[ties.against] unless_kinds = "police.fight.hoem": unknown kind; did you mean '
                '"police.fight.home"?'
            ),
        ),
        (
            "[ties.together]",
            'roles = ["suspect"]',
            'roles = ["suspect", "hurt"]',
            (
                '[ties.together] roles = "hurt": whoever has this role was harmed, which never counts '
                "against them; remove it"
            ),
        ),
        (
            "[ties.against]",
            "reliability = 0.5",
            "perpetrator_network = true",
            (
                '[ties.against] other_roles = "hurt": whoever has this role was harmed, which never counts '
                "against them; remove it"
            ),
        ),
        (
            "[ties.together]",
            'nature = "peer"',
            'nature = "family"',
            (
                '[ties.together] nature = "family": a rule with perpetrator_network ties peers; write '
                '"peer" or remove that'
            ),
        ),
        (
            "[ties.home]",
            "least_days = 28",
            "least_days = 28\nperpetrator_network = true",
            (
                '[ties.home] perpetrator_network = true: only a rule with source = "events" shows who was '
                "on the harming side; remove this"
            ),
        ),
        (
            "[ties.together]",
            'kinds = ["police.fight.*"]\nroles = ["suspect"]',
            'kinds = ["police.fight.*", "police.exploited"]\nroles = ["suspect", "subject"]',
            (
                '[ties.together] kinds = "police.exploited": whom it is about may be the one harmed (its '
                "cautions say so); remove it"
            ),
        ),
        (
            "[ties.against]",
            'kinds = ["police.fight.street"]',
            'kinds = ["police.fight.street", "police.crime_again"]',
            (
                '[ties.against] kinds = "police.crime_again": made from other kinds, and ties come of '
                "recorded ones only; name police.crime.assault"
            ),
        ),
        (
            "[ties.against]",
            'kinds = ["police.fight.street"]',
            'kinds = ["police.fight.street", "education.roll"]',
            (
                '[ties.against] kinds = "education.roll": its gravity is 0, so it would never count; give '
                "it a gravity or remove it"
            ),
        ),
        (
            "[ties.class]",
            '"education.roll"',
            '"police.fight.street"',
            (
                '[ties.class] kinds = "police.fight.street": this kind does not last, so nobody belongs by '
                "it; remove it"
            ),
        ),
        (
            "[ties.kin]",
            '["sibling"]',
            '["sibling", "cousin"]',
            '[ties.kin] relationships = "cousin": unknown relationship; use one of sibling',
        ),
        (
            "[ties.kin]",
            "most_people = 2",
            "most_people = 1",
            "[ties.kin] most_people = 1: should be greater than or equal to 2",
        ),
        (
            "[ties.kin]",
            'title = "Brother or sister"',
            'title = "At one school"',
            '[ties.kin] title = "At one school": also the title of class; tell the two apart',
        ),
        (
            "[ties.kin]",
            'title = "Brother or sister"',
            'title = "Kin"\nname = "kin"',
            '[ties.kin] name = "kin": unknown key; the table\'s own name says it, so remove this',
        ),
        # components
        (
            HURT,
            '"police.fight.*"',
            '"police.fihgt.*"',
            (
                '[themes.fights] victim.components.hurt.kinds = "police.fihgt.*": unknown kind; did you mean '
                '"police.fight.home"?'
            ),
        ),
        (
            HURT,
            '["hurt"]',
            '["hrt"]',
            (
                '[themes.fights] victim.components.hurt.roles = "hrt": unknown role; did you mean "hurt"? '
                "use one of hurt, subject, suspect, victim, witness"
            ),
        ),
        (
            HURT,
            '["hurt"]',
            '["victim"]',
            (
                '[themes.fights] victim.components.hurt.roles = "victim": none of its kinds has this role; '
                "use one of hurt, subject, suspect, witness"
            ),
        ),
        (HURT, "window_days = 730", "window_dyas = 730", None),
        (
            HURT,
            "half_life_days = 180",
            "half_life_days = 731",
            (
                "[themes.fights] victim.components.hurt.half_life_days = 731: longer than window_days, so "
                "an event would end while it still counts more than half; lengthen the window or shorten "
                "this"
            ),
        ),
        (
            HURT,
            "window_days = 730",
            "window_days = 1099",
            (
                "[themes.fights] victim.components.hurt.window_days = 1099: longer than its records are "
                "kept (short: 3 years); shorten it"
            ),
        ),
        (
            HURT,
            "weight = 1.5",
            "weight = 1.5\nvalue_at_least = 2",
            (
                '[themes.fights] victim.components.hurt.kinds = "police.fight.street": this kind carries no '
                "value; use one that does, or count"
            ),
        ),
        (
            HURT,
            '"police.fight.*"',
            '"police.fight.*", "education.roll"',
            (
                '[themes.fights] victim.components.hurt.kinds = "education.roll": its gravity is 0, so it '
                "would never count; give it a gravity or remove it"
            ),
        ),
        (
            HURT,
            'title = "Hurt in a fight"',
            'title = "Flagged"',
            (
                '[themes.fights] victim.components.known.title = "Flagged": also the title of hurt; tell '
                "the two apart"
            ),
        ),
        # what a theme never counts
        (
            HURT,
            '"police.fight.*"]\nroles = ["hurt"]',
            '"police.fight.*", "education.meals"]',
            (
                '[themes.fights] victim.components.hurt.kinds = "education.meals": stands for poverty, '
                "which this theme never counts; remove it"
            ),
        ),
        (
            HURT,
            '"police.fight.*"]\nroles = ["hurt"]',
            '"police.fight.*", "police.tip"]',
            (
                '[themes.fights] victim.components.hurt.kinds = "police.tip": stands for '
                "unproven_information, which this theme never counts; remove it"
            ),
        ),
        (
            "[themes.fights]",
            '["poverty", "unproven_information"]',
            '["ethnicity"]',
            (
                '[themes.fights] victim.components.known.kinds = "police.exploited": stands for ethnicity, '
                "which this theme never counts; remove it"
            ),
        ),
        # strengths, need, network
        (
            "[themes.fights]",
            '["RATIO"]',
            '["COUNT"]',
            (
                '[themes.fights] strengths = "COUNT": not a protective indicator, so no strength; remove '
                "it"
            ),
        ),
        (
            "[themes.fights]",
            '["RATIO"]',
            '["RATOI"]',
            (
                '[themes.fights] strengths = "RATOI": unknown indicator; did you mean "RATIO"? use one of '
                "CHANGE, COUNT, DISTINCT, FLAG, LATEST, RATIO, RECENCY"
            ),
        ),
        (
            "[themes.meals]",
            'title = "Going without"',
            'title = "Fights"',
            '[themes.meals] title = "Fights": also the title of fights; tell the two apart',
        ),
        (
            "[themes.fights.network]",
            '["peer", "family"]',
            '["professional"]',
            (
                '[themes.fights] network.natures = "professional": no rule makes such ties; use one of '
                "family, peer"
            ),
        ),
        (
            "[themes.fights.network]",
            "emerging_points = 5",
            "emerging_points = 26",
            (
                "[themes.fights] network.emerging_points = 26.0: above most_points, so nobody would ever be "
                "emerging; lower it"
            ),
        ),
        (
            "[themes.fights.network]",
            "onward = 0.25",
            "onward = 1",
            "[themes.fights] network.onward = 1: should be less than 1",
        ),
        # perpetrators
        (
            "[themes.fights.perpetrator]",
            "[18, 120]",
            "[16, 120]",
            (
                "[themes.fights] perpetrator.ages = [16, 120]: nobody under 18 has a perpetrator score; "
                "begin at 18"
            ),
        ),
        (
            SUSPECT,
            'roles = ["suspect"]\n',
            "",
            (
                "[themes.fights] perpetrator.components.suspect.roles: missing; say in which roles a "
                "person was on the harming side"
            ),
        ),
        (
            SUSPECT,
            '["suspect"]',
            '["suspect", "hurt"]',
            (
                '[themes.fights] perpetrator.components.suspect.roles = "hurt": whoever has this role was '
                "harmed, which never counts against them; remove it"
            ),
        ),
        (
            SUSPECT,
            "ages = [18, 120]",
            "ages = [17, 120]",
            (
                "[themes.fights] perpetrator.components.suspect.ages = [17, 120]: what was done as a child "
                "never counts here; begin at 18"
            ),
        ),
        (
            SUSPECT,
            "ages = [18, 120]\n",
            "",
            (
                "[themes.fights] perpetrator.components.suspect.ages: missing; what was done as a child "
                "never counts here; begin at 18"
            ),
        ),
        (
            SUSPECT,
            (
                'kinds = ["police.fight.home"]\nroles = ["suspect"]\nages = [18, 120]\n'
                "value_at_least = 2"
            ),
            'kinds = ["police.exploited"]\nroles = ["subject"]\nages = [18, 120]',
            (
                '[themes.fights] perpetrator.components.suspect.kinds = "police.exploited": whom it is '
                "about may be the one harmed (its cautions say so); remove it"
            ),
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(told, heading, old, new, mistake):
    if mistake is None:  # a key misspelt: one is unknown, one is missing
        wrong, right = new.split(" =")[0], old.split(" =")[0]
        said = told(heading, old, new)
        assert any(f"{wrong} = " in one and f'did you mean "{right}"?' in one for one in said)
        assert right != "window_days" or any("window_days: missing" in one for one in said)
        return
    assert told(heading, old, new) == [mistake]


@pytest.mark.parametrize(("heading", "key"), [("[ties.together]", "roles"), (SUSPECT, "roles")])
def test_only_roles_of_the_harming_side_count_against_anybody(told, heading, key):
    [said] = told(heading, '["suspect"]', '["suspect", "witness"]')
    assert said.endswith(
        f'{key} = "witness": not a role of the harming side; use one of subject, suspect'
    )


def test_a_role_is_not_on_both_sides(told):
    assert told("[roles.hurt]", "harmed = true", "harmed = true\nharming = true")[0].endswith(
        "a role is harmed or harming, not both; keep one of the two"
    )


def test_an_adult_age_below_18_lets_no_child_have_a_perpetrator_score(read_text):
    text = changed("[scoring]", "adult = 18", "adult = 16").replace("[18, 120]", "[17, 120]")
    with pytest.raises(PolicyError, match="nobody under 18 has a perpetrator score"):
        read_text(text)


def test_an_adult_age_above_18_holds_for_perpetrator_scores(read_text):
    with pytest.raises(PolicyError, match="nobody under 21 has a perpetrator score; begin at 21"):
        read_text(changed("[scoring]", "adult = 18", "adult = 21"))


@pytest.mark.parametrize("key", ["perpetrator", "network"])
def test_a_need_has_no_perpetrator_and_no_network(told, key):
    said = told("[themes.fights]", 'concern = "harm"', 'concern = "need"')
    problem = 'a theme of concern "need" is about support, so it has none; remove it'
    assert f"[themes.fights] {key}: {problem}" in said
    assert len(said) == 2


def test_several_mistakes_in_one_theme_are_told_together(told):
    new = 'roles = ["hurt"]\nages = [16, 120]'
    said = told(SUSPECT, 'roles = ["suspect"]\nages = [18, 120]', new)
    assert len(said) == 2


def test_a_policy_without_scoring_says_so(read_text):
    before, _, after = THEMES.partition("[scoring]\n")
    with pytest.raises(PolicyError, match=r"scoring.toml: \[scoring\]: missing; every policy has"):
        read_text(before + after.split("\n\n", 1)[1])


@pytest.mark.parametrize(
    ("heading", "old", "new", "change"),
    [
        (
            "[scoring]",
            "trend_points = 10",
            "trend_points = 12",
            "[scoring] trend_points: 10.0 became 12.0",
        ),
        ("[scoring]", '"the law"', '"custom"', '[scoring] basis.adult: "the law" became "custom"'),
        (
            "[ties.together]",
            "at_most = 10",
            "at_most = 9",
            '[ties."together"] at_most: 10.0 became 9.0',
        ),
        (
            HURT,
            "weight = 1.5",
            "weight = 2",
            '[themes."fights"] victim.components.hurt.weight: 1.5 became 2.0',
        ),
        (
            "[themes.fights]",
            '["poverty", "unproven_information"]',
            '["poverty"]',
            '[themes."fights"] never: ["poverty", "unproven_information"] became ["poverty"]',
        ),
        (
            "[themes.fights.network]",
            "most_points = 25",
            "most_points = 20",
            '[themes."fights"] network.most_points: 25.0 became 20.0',
        ),
        (
            '[kinds."police.exploited"]',
            'cautions = ["victim_status", "ethnicity"]',
            'cautions = ["victim_status"]',
            (
                '[kinds."police.exploited"] cautions: ["ethnicity", "victim_status"] became '
                '["victim_status"]'
            ),
        ),
    ],
)
def test_any_change_of_meaning_changes_the_hash_and_is_told(read_text, heading, old, new, change):
    before, after = read_text(THEMES), read_text(changed(heading, old, new))
    assert before.hash != after.hash
    assert [str(told) for told in diff_policies(before, after)] == [change]


@pytest.mark.parametrize(
    ("heading", "old", "new"),
    [
        ("[themes.fights.network]", '["peer", "family"]', '["family", "peer", "peer"]'),
        (
            "[themes.fights]",
            '"poverty", "unproven_information"',
            '"unproven_information", "poverty"',
        ),
        (HURT, '"Fights_C", "Fights_R"', '"Fights_R", "Fights_C"'),
        (HURT, '"police.fight.*"', '"police.fight.street", "police.fight.home"'),
        ("[themes.fights.victim.components.known]", "at_most = 10", "at_most = 10.0\nweight = 1"),
        (
            "[themes.fights.victim.components.known]",
            "at_most = 10",
            'at_most = 10\nbasis = "partnership proposal"',
        ),
        (
            "[ties.together]",
            "perpetrator_network = true",
            "perpetrator_network = true\nreliability = 1",
        ),
    ],
)
def test_another_way_to_write_the_same_is_the_same_policy(read_text, heading, old, new):
    assert read_text(changed(heading, old, new)).hash == read_text(THEMES).hash


def test_the_order_of_tables_does_not_change_the_hash(read_text):
    tables = THEMES.split("\n\n")
    assert read_text("\n\n".join(reversed(tables))).hash == read_text(THEMES).hash
