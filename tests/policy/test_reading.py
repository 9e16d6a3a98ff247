from pathlib import Path

import pytest

from kithkin.policy import PolicyError, Selection, read_policy
from policy.conftest import SOUND

TEN_MISTAKES = Path(__file__).parent / "ten_mistakes"


def test_ten_different_mistakes_are_told_in_one_reading():
    with pytest.raises(PolicyError) as caught:
        read_policy(TEN_MISTAKES)
    assert str(caught.value).splitlines() == [
        "10 mistakes in the policy:",
        "  indicators/unclosed.toml: not TOML: illegal character '\\n' (at line 2, column 16)",
        (
            '  kinds/police.toml: [kinds."police.crime.robbery"] gravity = 7: '
            "should be less than or equal to 5"
        ),
        (
            '  kinds/police.toml: [kinds."police.crime.theft"] gateway = "crime_and_disorde": '
            'unknown gateway; did you mean "crime_and_disorder"? use one of crime_and_disorder'
        ),
        (
            '  indicators/police.toml: [indicators."POL-01"] measure = "cuont": not allowed; '
            'did you mean "count"? '
            "use one of change, count, distinct, flag, latest, ratio, recency"
        ),
        (
            '  indicators/police.toml: [indicators."POL-02"] kinds = "police.crime.rpae": '
            'unknown kind; did you mean "police.crime.rape"?'
        ),
        (
            '  indicators/police.toml: [indicators."POL-02"] roles = "victm": '
            'unknown role; did you mean "victim"? use one of suspect, victim'
        ),
        (
            '  indicators/police.toml: [indicators."POL-03"] ages = [17, 10]: '
            "the first age is above the second; write [lowest, highest]"
        ),
        '  indicators/police.toml: [indicators."POL-03"] window_days: missing; give it a value',
        (
            '  indicators/more.toml: [indicators."POL-04"] threshold = {"at_least": 1, "at_most": 5}: '
            "give exactly one of at_least and at_most"
        ),
        (
            '  indicators/more.toml: [indicators."POL-04"] half_lfe_days = 0: '
            'unknown key; did you mean "half_life_days"? use one of ages, basis, cautions, codes, '
            "evidence, half_life_days, kinds, levels, measure, note, polarity, roles, severity, "
            "threshold, title, use, value_at_least, weigh, window_days"
        ),
    ]


def test_the_sound_policy_is_read(read_text):
    policy = read_text(SOUND)
    assert len(policy.kinds) == 6
    assert len(policy.indicators) == 7
    assert policy.left_out["NET"].reason == "needs ties"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            'title = "Robbery"\n',
            'title = "Robbery"\nopen_at_most_days = 9\n',
            (
                '[kinds."police.crime.robbery"] open_at_most_days = 9: '
                "this kind does not last, so it is never open; remove it"
            ),
        ),
        (
            'kinds = ["education.absence"]\nvalue_at_least = 2',
            'kinds = ["police.crime.assault"]',
            (
                '[indicators.LATEST] kinds = "police.crime.assault": '
                "this kind carries no value; use one that does, or count"
            ),
        ),
        (
            'kinds = ["police.crime.*"]',
            'kinds = ["police.crime.*"]\nvalue_at_least = 2',
            (
                '[indicators.COUNT] kinds = "police.crime.assault": '
                "this kind carries no value; use one that does, or count"
            ),
        ),
        (
            'numerator = { kinds = ["education.absence"], weigh = "value" }',
            'numerator = { kinds = ["police.flag.risk"], weigh = "value" }',
            (
                '[indicators.RATIO] numerator.kinds = "police.flag.risk": '
                "this kind carries no value; use one that does, or count"
            ),
        ),
        (
            'kinds = ["police.crime.*"]',
            'kinds = ["education.absence", "police.crime.robbery"]\nweigh = "value"',
            (
                '[indicators.COUNT] kinds = "police.crime.robbery": '
                "this kind carries no value; use one that does, or count"
            ),
        ),
        (
            'kinds = ["police.flag.risk"]\nstate = "open"',
            'kinds = ["police.crime.robbery"]\nstate = "open"',
            (
                '[indicators.FLAG] kinds = "police.crime.robbery": '
                'this kind does not last, so it is never open; drop "open"'
            ),
        ),
        (
            'with_kinds = ["education.absence"]',
            'with_kinds = ["education.absence"]\nwith_state = "open"',
            (
                '[indicators.FLAG] with_kinds = "education.absence": '
                'this kind does not last, so it is never open; drop "open"'
            ),
        ),
        (
            'with_kinds = ["education.absence"]',
            'with_state = "open"',
            (
                '[indicators.FLAG] with_state = "open": '
                "there are no with_kinds; give them or remove this"
            ),
        ),
        (
            'state = "open"\n',
            "",
            (
                "[indicators.FLAG] open_at_least_days = 28: "
                'only with state = "open"; give that or remove this'
            ),
        ),
        (
            "settled_days = 7\nwindow_days = 90\nthreshold = { at_least = 1 }",
            "settled_days = 7\nwindow_days = 90\nthreshold = { at_least = 2 }",
            (
                '[indicators.FLAG] threshold = {"at_least": 2.0}: '
                "a flag is 0 or 1; write { at_least = 1 }"
            ),
        ),
        (
            'unless_later = ["police.crime.robbery"]',
            'unless_later = ["police.crim.*"]',
            '[indicators.FLAG] unless_later = "police.crim.*": unknown kind; ',
        ),
        (
            "threshold = { at_most = 30 }",
            "threshold = {}",
            "[indicators.RECENCY] threshold = {}: give exactly one of at_least and at_most",
        ),
        (
            "half_life_days = 0",
            "half_life_days = -1",
            "[indicators.FLAG] half_life_days = -1: should be greater than or equal to 0",
        ),
        (
            "window_days = 365",
            'window_days = "365"',
            '[indicators.COUNT] window_days = "365": should be a valid integer',
        ),
        (
            "compare = ",
            "window_days = 126\ncompare = ",
            "[indicators.CHANGE] window_days = 126: unknown key; ",
        ),
        (
            'cautions = ["victim_status", "poverty"]',
            'cautions = ["victim_status", "povertie"]',
            '[indicators.COUNT] cautions.1 = "povertie": not allowed; did you mean "poverty"?',
        ),
        (
            'kinds = ["education.possible"], weigh = "value"',
            'kinds = ["education.possible"], wiegh = "value"',
            (
                '[indicators.RATIO] denominator.wiegh = "value": unknown key; did you mean "weigh"? '
                "use one of ages, kinds, roles, value_at_least, weigh"
            ),
        ),
        (
            'kinds = ["education.absence"]\nwindow_days',
            'kinds = ["education.absence"]\nroles = ["suspect"]\nwindow_days',
            (
                '[indicators.RECENCY] roles = "suspect": none of its kinds has this role; '
                "use one of victim"
            ),
        ),
        (
            'kinds = ["police.crime.*"]',
            'kinds = "police.crime.*"',
            '[indicators.COUNT] kinds = "police.crime.*": should be a list',
        ),
        (
            'agency = "police"',
            'agency = "polise"',
            (
                '[kinds."police.crime.assault"] agency = "polise": unknown agency; '
                'did you mean "police"? use one of education, police'
            ),
        ),
        (
            'retention = "short"',
            'retention = "long"',
            (
                '[kinds."police.crime.assault"] retention = "long": unknown retention; '
                "use one of short"
            ),
        ),
        (
            'after = ["police.crime.robbery"]',
            'after = ["police.crime_again"]',
            (
                '[kinds."police.crime_again"] derived: '
                "derived from itself, directly or through others; break the circle"
            ),
        ),
        (
            'after = ["police.crime.robbery"]',
            'after = ["police.crime.burglary"]',
            '[kinds."police.crime_again"] derived.after = "police.crime.burglary": unknown kind; ',
        ),
        (
            "within_days = 365 }",
            "within_days = 365, wihtin = 3 }",
            (
                '[kinds."police.crime_again"] derived.wihtin = 3: unknown key; '
                "use one of after, event, within_days"
            ),
        ),
        (
            "threshold = { at_most = 30 }",
            "threshold = { at_mots = 30 }",
            '[indicators.RECENCY] threshold.at_mots = 30: unknown key; did you mean "at_most"? ',
        ),
        (
            'title = "Robbery"',
            'title = "Robbery"\nname = "robbery"',
            (
                '[kinds."police.crime.robbery"] name = "robbery": unknown key; '
                "the table's own name says it, so remove this"
            ),
        ),
        (
            '[left_out."NET"]',
            '[left_out."FLAG"]',
            "[left_out.FLAG]: is also an indicator, in policy.toml; keep one of the two",
        ),
        (
            "[left_out.",
            "[leftout.",
            '[leftout]: unknown table; did you mean "left_out"? ',
        ),
        (
            SOUND[: SOUND.index("[agencies")],
            "",
            "policy.toml: [policy]: missing; every policy has a name, a version and a description",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(mistakes_in, old, new, mistake):
    told = mistakes_in((old, new))
    assert any(quoteless(mistake) in quoteless(line) for line in told), told


def quoteless(text: str) -> str:
    """Quotes round a plain code come and go with its letters; they are not what is tested."""
    for code in ("COUNT", "RECENCY", "FLAG", "LATEST", "RATIO", "CHANGE"):
        text = text.replace(f'."{code}"', f".{code}")
    return text


def test_the_same_name_in_two_files_is_told_with_both(tmp_path: Path):
    (tmp_path / "a.toml").write_text(SOUND)
    (tmp_path / "b.toml").write_text('[roles.victim]\ntitle = "V"\nphrase = "v"\ndescription = "v"')
    with pytest.raises(PolicyError) as caught:
        read_policy(tmp_path)
    assert "b.toml: [roles.victim]: already in a.toml; keep one of the two" in str(caught.value)


def test_a_circle_of_derived_kinds_is_found_through_several_steps(mistakes_in):
    told = mistakes_in(
        (
            '[kinds."education.absence"]\n',
            (
                '[kinds."education.absence"]\n'
                'derived = { event = ["police.crime_again"], after = ["police.flag.risk"], '
                "within_days = 9 }\n"
            ),
        ),
        ('after = ["police.crime.robbery"]', 'after = ["education.absence"]'),
    )
    assert len(told) == 2
    assert all("derived from itself" in line for line in told)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path):
    (tmp_path / "policy.toml").write_bytes(b'[policy]\nname = "\xe9"')
    with pytest.raises(PolicyError, match="not UTF-8 at byte 17; save the file as UTF-8"):
        read_policy(tmp_path)


def test_an_empty_folder_is_told(tmp_path: Path):
    with pytest.raises(PolicyError, match=r"no \.toml files; point to a policy folder"):
        read_policy(tmp_path)


def test_defaults_fill_the_kinds_of_their_own_file_only(tmp_path: Path):
    (tmp_path / "a.toml").write_text(SOUND)
    (tmp_path / "b.toml").write_text(
        '[defaults]\nagency = "police"\ngravity = 2\nroles = ["victim"]\nretention = "short"\n'
        'gateway = "safeguarding"\n[kinds]\n"x.y" = { title = "X" }\n'
        '"x.z" = { title = "Z", gravity = 5 }'
    )
    (tmp_path / "c.toml").write_text('[kinds]\n"x.w" = { title = "W" }')
    with pytest.raises(PolicyError) as caught:
        read_policy(tmp_path)
    assert {mistake.file for mistake in caught.value.mistakes} == {"c.toml"}
    (tmp_path / "c.toml").unlink()
    kinds = read_policy(tmp_path).kinds
    assert (kinds["x.y"].gravity, kinds["x.z"].gravity) == (2, 5)


def test_defaults_without_kinds_are_a_mistake(mistakes_in):
    told = mistakes_in(*[("[kinds.", "[roles.") for _ in range(6)], added="[defaults]\ngravity = 1")
    assert any("[defaults]: defaults are for the kinds of the same file" in line for line in told)


@pytest.mark.parametrize(
    ("added", "mistake"),
    [
        ("[roles]\nwitness = 3", "[roles] witness = 3: not a table"),
        ("defaults = 3", "defaults = 3: not a table; write [defaults]"),
        ("roles = 3", "roles = 3: not a table; write [roles]"),
    ],
)
def test_a_value_where_a_table_belongs_is_told(tmp_path: Path, added: str, mistake: str):
    (tmp_path / "a.toml").write_text(SOUND)
    (tmp_path / "b.toml").write_text(added)
    with pytest.raises(PolicyError) as caught:
        read_policy(tmp_path)
    assert mistake in str(caught.value)


def test_a_star_stands_for_all_kinds_below_and_no_others(read_text):
    policy = read_text(SOUND)
    assert policy.indicators["COUNT"].selections() == (
        Selection(
            kinds=("police.crime.assault", "police.crime.robbery"), roles=("victim",), ages=(0, 17)
        ),
    )


def test_every_indicator_comes_down_to_selections(read_text):
    policy = read_text(SOUND)
    absence, robbery = ("education.absence",), ("police.crime.robbery",)
    flag = policy.indicators["FLAG"]
    assert flag.selections() == (
        Selection(kinds=("police.flag.risk",)),
        Selection(kinds=absence),
        Selection(kinds=robbery),
    )
    assert flag.with_selection == Selection(kinds=absence)
    assert flag.unless_later_selection == Selection(kinds=robbery)
    change = policy.indicators["CHANGE"]
    assert change.numerator.selection == Selection(kinds=absence, ages=(5, 16))
    assert change.denominator.selection == Selection(
        kinds=("education.possible",), roles=("victim",)
    )
    assert change.window_days == 126
    assert policy.indicators["LATEST"].selection == Selection(kinds=absence, value_at_least=2)
    # FLAG 3, COUNT, LATEST and DISTINCT 1 each, RATIO and CHANGE 3 between them; others are shared.
    asked = {selection for i in policy.indicators.values() for selection in i.selections()}
    assert len(asked) == 9


def test_a_threshold_includes_its_own_value(read_text):
    indicators = read_text(SOUND).indicators
    two_or_more, thirty_or_less = indicators["COUNT"].threshold, indicators["RECENCY"].threshold
    assert [two_or_more.reached(value) for value in (1, 2, 3)] == [False, True, True]
    assert [thirty_or_less.reached(value) for value in (29, 30, 31)] == [True, True, False]


def test_codes_follow_the_alphabet(read_text):
    policy = read_text(SOUND)
    assert [policy.kind_code(name) for name in sorted(policy.kinds)] == list(range(6))
    assert (policy.role_code("suspect"), policy.role_code("victim")) == (0, 1)
    assert (policy.agency_code("education"), policy.agency_code("police")) == (0, 1)
    with pytest.raises(KeyError):
        policy.kind_code("police.crime.treason")
