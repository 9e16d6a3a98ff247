import pytest

from kithkin.policy import describe_scoring, describe_theme, describe_tie
from policy.test_themes import HURT, THEMES, changed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "together",
            (
                "together: Suspected together. Ties two persons when both were a suspect on one "
                "occasion, as peers. An occasion gives the gravity of its gravest kind, shared among "
                "the others who count; half of it is left after 365 days. The rule gives a tie no more "
                "than 10. Where more than 20 people count, nobody is tied and it is reported. It may "
                "carry to a perpetrator score. Basis: a proposal. Kinds of event: Fight at home "
                "[police.fight.home]; Street fight [police.fight.street]."
            ),
        ),
        (
            "against",
            (
                "against: Suspected of harming the other. Ties whoever was a suspect to whoever was "
                "hurt on one occasion, one way, as peers. An occasion gives 1 (weight 2, believed to "
                "50%) times the gravity of its gravest kind, shared among the others who count; half "
                "of it is left after 700 days. The rule gives a tie no more than 8. Not on an occasion "
                "with any of: Fight at home [police.fight.home]. Where more than 9 people count, "
                "nobody is tied and it is reported. It never carries to a perpetrator score. Basis: a "
                "proposal. Kinds of event: Street fight [police.fight.street]."
            ),
        ),
        (
            "home",
            (
                "home: Living together. Ties two persons who lived at one address together for at "
                "least 28 days, as family. It gives 6, shared among the others who count, for as long "
                "as it lasts; half of it is left after 360 days once one has left. The rule gives a "
                "tie no more than 4. Where more than 12 people count, nobody is tied and it is "
                "reported. It never carries to a perpetrator score. Basis: a proposal."
            ),
        ),
        (
            "kin",
            (
                "kin: Brother or sister. Ties two persons when an agency recorded the one as sibling "
                "of the other, as family. It gives 4 for as long as it is recorded; half of it is left "
                "after 730 days once it has ended. The rule gives a tie no more than 5. It never "
                "carries to a perpetrator score. Basis: a proposal."
            ),
        ),
        (
            "class",
            (
                "class: At one school. Strengthens the tie of two persons of one place, where another "
                "rule ties them, as peers. It gives 60, shared among the others who count, for as long "
                "as it lasts; half of it is left after 300 days once one has left."
            ),
        ),
    ],
)
def test_each_source_of_ties_is_said_in_plain_english(read_text, name, said):
    assert describe_tie(read_text(THEMES), name).startswith(said)


def test_a_theme_is_said_in_plain_english(read_text):
    assert describe_theme(read_text(THEMES), "fights").split("\n\n") == [
        (
            "fights: Fights. A person is hurt in fights. It is a theme of harm. It never counts what "
            "may stand for poverty or information that nobody has proved. Strengths shown beside it: "
            "Good attendance [RATIO]. Basis: a proposal."
        ),
        (
            "Who may be harmed, or be in need: persons aged 0 to 17 on the as-of date. 10 points of "
            "evidence make an index of 50, twice as many 75. Basis: partnership proposal.\n"
            "An occasion counts once in hurt and known together, by what gives most.\n"
            "- hurt: Hurt in a fight. Counts events recorded by police in which the person was hurt, "
            "in the 730 days up to the as-of date. Each gives 1.5 times its gravity, half of that "
            "after 180 days. At most 20 points, an index of 75 by themselves. In Insight Bristol's "
            "models: Fights_C and Fights_R. Basis: a published rule. Kinds of event: Fight at home "
            "[police.fight.home]; Street fight [police.fight.street].\n"
            "- known: Flagged. Counts events recorded by police, aged 0 to 17 at the time, in the "
            "1095 days up to the as-of date. Each gives its gravity, half of that after 365 days. What "
            "lasts counts in full while it is open, and its days from its end. At "
            "most 10 points, an index of 50 by themselves. Basis: partnership proposal. Kinds of "
            "event: Flag of exploitation [police.exploited]."
        ),
        (
            "Who may harm: persons aged 18 or over on the as-of date. 12 points of evidence make an "
            "index of 50, twice as many 75. Basis: partnership proposal.\n"
            "- suspect: Suspect in a fight. Counts events recorded by police in which the person was "
            "a suspect, aged 18 or over at the time, with a value of 2 or more, in the 730 days up to "
            "the as-of date. Each gives its gravity, half of that after 365 days. At most 15 points, "
            "an index of 58 by themselves. Basis: partnership proposal. Kinds of event: Fight at home "
            "[police.fight.home]."
        ),
        (
            "Network: along ties of the nature family and peer. A person's index reaches each of the "
            "others in proportion to their tie, against all their ties and 10 of strength that is "
            "passed on to nobody; 25% of it goes on to those at two steps. It adds at most 25 points, "
            "half of that when 30 points of others' index arrive, and the less the more evidence "
            "there is of one's own. Whoever has an index of 20 or more counts as carrying the theme. "
            "Without evidence of one's own, 5 points of network make a person emerging. Basis: "
            "partnership proposal."
        ),
    ]


def test_a_need_is_said_to_be_no_risk(read_text):
    about, _, network = describe_theme(read_text(THEMES), "meals").split("\n\n")
    assert "It is a theme of need: about support, never a risk, and without a network." in about
    assert "It has no perpetrator score." in about
    assert network == "Network: none. Nobody's score is changed by whom they know."


def test_a_network_of_one_step_is_said_so(read_text):
    text = changed("[themes.fights.network]", "onward = 0.25", "onward = 0")
    assert "none of it goes on to a second step" in describe_theme(read_text(text), "fights")


def test_lines_of_evidence_that_can_weigh_most_are_said_first(read_text):
    said = describe_theme(read_text(changed(HURT, "at_most = 20", "at_most = 9")), "fights")
    assert said.index("- known: ") < said.index("- hurt: ")


def test_each_constant_of_scoring_is_said_with_its_basis(read_text):
    assert describe_scoring(read_text(THEMES)).splitlines() == [
        (
            "A crime's gravity goes with the logarithm of its days of harm: 1 for one day, 5 for 5475. "
            "Basis: not given."
        ),
        "Adults are 18 or over. Basis: the law.",
        (
            "What lasts counts in full while it is open, and fades from its end. Nothing counts as "
            "open for more than 500 days, where its kind does not say otherwise: a record open for so "
            "long may be one that nobody closed. Basis: not given."
        ),
        "A score is high from 60. Basis: not given.",
        "A trend is judged against the person's own last 12 months. Basis: not given.",
        (
            "A score is rising when it is more than 10 points above the mean of that past, and falling "
            "when as many below. Basis: not given."
        ),
        "And then only when that is more than 2 of its standard deviations. Basis: not given.",
    ]


@pytest.mark.parametrize("describe", [describe_theme, describe_tie])
def test_what_the_policy_does_not_have_cannot_be_described(read_text, describe):
    with pytest.raises(KeyError):
        describe(read_text(THEMES), "nowhere")
