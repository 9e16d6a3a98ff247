import pytest

from kithkin.policy import describe_indicator, read_policy
from kithkin.policy.wording import say_value
from policy.conftest import SOUND


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        (
            "COUNT",
            (
                "COUNT: Victim of crime. Counts events recorded by police in which the person was the "
                "victim, aged 0 to 17 at the time, in the 365 days up to the as-of date. Asked of a "
                "person and a family. Raised when 2 or more. It is a risk indicator that may enter a "
                "score. Severity 4 of 5. Its weight halves every 365 days. Caution: it may stand for "
                "poverty and it marks a victim, who must not be treated as a suspect. Outside codes: "
                "Think Family Database 5A; Supporting Families outcome 6; children in need census "
                "factor 19B and 19C; level of need 3-4. Basis: a published rule. Note: As recorded. "
                "Kinds of event: Assault [police.crime.assault]; Robbery [police.crime.robbery]."
            ),
        ),
        (
            "RECENCY",
            (
                "Gives the days since the latest of events recorded by education, in the 90 days up to "
                "the as-of date. Asked of a person. Raised when 30 or less. It is a risk indicator that "
                "may be used only for a named purpose under a named legal gateway."
            ),
        ),
        (
            "FLAG",
            (
                "Says whether any of events recorded by police, is open on the as-of date and has been "
                "for at least 28 days, provided that one of these happened in the 90 days up to the "
                "as-of date: Absence [education.absence], unless one of these came later: Robbery "
                "[police.crime.robbery], the latest at least 7 days ago. Asked of a family. Raised when "
                "it is so. It is an indicator of context, not of risk, that is shown and never scored. "
                "Severity 2 of 5. Its weight does not fade."
            ),
        ),
        (
            "LATEST",
            (
                "Gives the value (sessions) of the latest of events recorded by education, with a value "
                "of 2 or more, in the 90 days up to the as-of date. Asked of a person. Raised when 10 "
                "or more."
            ),
        ),
        (
            "DISTINCT",
            (
                "Counts the different agencies behind events recorded by education and police, in the "
                "90 days up to the as-of date."
            ),
        ),
        (
            "RATIO",
            (
                "Divides the summed value of events recorded by education (Absence [education.absence]) "
                "by the summed value of events recorded by education (Sessions possible "
                "[education.possible]) (no value when that is below 40), in the 245 days up to the "
                "as-of date. Asked of a person. Raised when 0.05 or less. It is a protective indicator"
            ),
        ),
        (
            "CHANGE",
            (
                "Divides the number of events recorded by education, aged 5 to 16 at the time (Absence "
                "[education.absence]) by the number of events recorded by education in which the person "
                "was the victim (Sessions possible [education.possible]) (no value when that is below "
                "20), and gives the result for the 42 days up to the as-of date divided by the result "
                "for the 84 days before those."
            ),
        ),
    ],
)
def test_each_measure_is_said_in_plain_english(read_text, code, sentences):
    assert sentences in describe_indicator(read_text(SOUND), code)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'state = "open"\nopen_at_least_days = 28\n',
            "",
            "Says whether there are events recorded by police, in the 90 days",
        ),
        (
            'state = "open"\nopen_at_least_days = 28\n',
            'state = "overlaps"\n',
            "Says whether there are events recorded by police, open at some time or happening in the 90 days",
        ),
        (
            'with_kinds = ["education.absence"]',
            'with_kinds = ["police.flag.risk"]\nwith_state = "open"',
            "provided that one of these is open on the as-of date: Flag",
        ),
    ],
)
def test_a_flag_is_said_as_it_is_asked(read_text, old, new, said):
    assert old in SOUND
    assert said in describe_indicator(read_text(SOUND.replace(old, new, 1)), "FLAG")


def test_a_count_of_values_is_said_as_their_sum(read_text):
    weighed = 'kinds = ["education.absence", "education.possible"]\nweigh = "value"'
    policy = read_text(SOUND.replace('kinds = ["police.crime.*"]', weighed, 1))
    assert describe_indicator(policy, "COUNT").startswith(
        "COUNT: Victim of crime. Adds up the values (sessions) of events recorded by education in "
        "which the person was the victim, aged 0 to 17 at the time, in the 365 days"
    )


def test_an_age_without_limit_is_said_so(read_text):
    policy = read_text(SOUND.replace("ages = [0, 17]", "ages = [16, 120]", 1))
    assert "aged 16 or over at the time" in describe_indicator(policy, "COUNT")


def test_a_whole_branch_of_many_kinds_is_said_in_one():
    assert "all 26 kinds of police.crime." in describe_indicator(read_policy(), "POL-01")


def test_every_indicator_of_the_default_policy_can_be_described():
    policy = read_policy()
    texts = {code: describe_indicator(policy, code) for code in policy.indicators}
    assert all(text.startswith(f"{code}: ") for code, text in texts.items())
    assert not any(".." in text or "  " in text for text in texts.values())


def test_an_unknown_indicator_cannot_be_described():
    with pytest.raises(KeyError):
        describe_indicator(read_policy(), "POL-99")


@pytest.mark.parametrize(
    ("what", "value", "told"),
    [
        ("grade: 1 low or no apparent risk, 2 medium, 3 high", 2, "grade medium"),
        ("grade: 1 low, 2 high", 5, "grade 5"),
        ("score, 0 to 40", 12, "score 12"),
        ("hours", 3.98333, "4 hours"),
        ("hours", 38.3333, "38.3 hours"),
        ("positive answers", 1, "1 positive answer"),
        ("weeks of rent", 1, "1 weeks of rent"),
    ],
)
def test_a_value_is_told_in_the_words_of_its_kind(what: str, value: float, told: str) -> None:
    assert say_value(what, value) == told


def test_every_kind_with_a_value_can_tell_it() -> None:
    for kind in read_policy(None).kinds.values():
        assert kind.value is None or say_value(kind.value, 2)
