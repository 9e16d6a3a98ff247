"""Names of many communities, read from the boxes of a form."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.people.cleaning.names import (
    folded_spelling,
    given_keys,
    given_words,
    goes_by_second_name,
    is_known,
    normalise_name,
    plain_words,
    read_name,
    sound,
    surname_keys,
    without_praise,
)
from kithkin.people.rules import name_rules

RULES = name_rules()
GROUPS = RULES.variants.both + RULES.variants.given + RULES.variants.surnames


def forename(text: str | None, surname: str | None = None) -> str | None:
    return read_name(text, RULES, given=True, surname=surname).name


def surname(text: str | None) -> str | None:
    return read_name(text, RULES).name


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Łukasz", "LUKASZ"),
        ("Ștefan", "STEFAN"),
        ("İbrahim", "IBRAHIM"),
        ("Işıl", "ISIL"),
        ("Nguyễn Đức", "NGUYEN DUC"),
        ("Søren", "SOREN"),
        ("Grœßæ", "GROESSAE"),
        ("Zoë-Renée", "ZOE RENEE"),
        ("Олександр", "OLEKSANDR"),
        ("Άννα", "ANNA"),
        ("محمد", "MHMD"),
        ("JosÃ©", "JOSE"),
        ("João", "JOAO"),
        ("  Mr  John ", "JOHN"),
        ("Dr", "DR"),
        ("Robert Jr.", "ROBERT"),
        ("ʻAisha", "AISHA"),
        ("O’Neill", "ONEILL"),
        ("D'Arcy", "DARCY"),
        ("Aylin\u00a0Su", "AYLIN SU"),
        ("Na", "NA"),
        ("A", "A"),
    ],
)
def test_names_lose_accents_titles_and_punctuation(written: str, plain: str) -> None:
    assert forename(written) == plain


@pytest.mark.parametrize("written", ["अमित", "张伟", "ਗੁਰਪ੍ਰੀਤ"])
def test_a_script_that_is_not_written_in_latin_stays_whole_and_meets_its_like(written: str) -> None:
    name = forename(written)
    assert name is not None
    assert " " not in name
    assert sound(name) == name


@pytest.mark.parametrize(
    "written",
    [
        None, "", "  ", "-", ".", "?", "Unknown", "not known", "N/A", "NA", "NIL", "FNU", "LNU",
        "First Name Unknown", "Baby", "Baby Girl", "Twin 2", "Twin One", "Infant Male", "Triplet C",
        "Unborn", "Baby of Sarah", "B/O Sarah", "Baby Smith", "Twin 1 Smith", "Baby Boy SMITH",
    ],
)  # fmt: skip
def test_what_stands_for_not_known_or_not_yet_named_is_no_forename(written: str | None) -> None:
    assert forename(written, surname="Smith") is None


def test_a_named_baby_keeps_the_name() -> None:
    assert forename("Baby Noah", surname="Smith") == "NOAH"


def test_a_surname_may_be_a_word_that_no_forename_may_be() -> None:
    assert surname("Child") == "CHILD"
    assert surname("Unknown") is None


@pytest.mark.parametrize(
    ("written", "name", "also"),
    [
        ("Katherine (Kate)", "KATHERINE", ("KATE",)),
        ('Katherine "Kate"', "KATHERINE", ("KATE",)),
        ("Smith nee Jones", "SMITH", ("JONES",)),
        ("Smith (née Jones)", "SMITH", ("JONES",)),
        ("Smith aka Jones", "SMITH", ("JONES",)),
        ("Smith (DO NOT USE)", "SMITH", ()),
        ("ZZ Duplicate Khan", "KHAN", ()),
        ("Nee", "NEE", ()),
    ],
)
def test_another_name_in_the_same_box_is_kept_apart(
    written: str, name: str, also: tuple[str, ...]
) -> None:
    assert read_name(written, RULES) == (name, also)


ONE_PERSON = [
    ("Mohammed", "Muhammad"), ("Mohammed", "Mohd"), ("Aisha", "Ayesha"), ("Yusuf", "Youssef"),
    ("Hussain", "Hossein"), ("Abdirahman", "Abdul Rahman"), ("Khadija", "Hatice"),
    ("Oluwaseun", "Seun"), ("Chukwuemeka", "Emeka"), ("Gurpreet", "Gurprit"), ("Laxmi", "Lakshmi"),
    ("Oleksandr", "Aleksandr"), ("Kateryna", "Ekaterina"), ("Malgorzata", "Gosia"),
    ("Xiao Ming", "Xiaoming"), ("Katherine", "Kate"), ("William", "Bill"), ("Niamh", "Neve"),
    ("Tesfay", "Tesfaye"), ("Ellie", "Eleanor"), ("Ella", "Eleanor"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ONE_PERSON)
def test_two_spellings_or_forms_of_one_name_share_a_key(one: str, other: str) -> None:
    assert set(given_keys(forename(one))) & set(given_keys(forename(other)))


SIBLINGS = [
    ("Ali", "Alia"), ("Ali", "Aliyah"), ("Jayden", "Kayden"), ("Jayden", "Hayden"), ("Ella", "Ellie"),
    ("Hassan", "Hussain"), ("Mohammed", "Ahmed"), ("Mohammed", "Mahmoud"), ("Amina", "Amira"),
    ("Zara", "Zahra"), ("Sara", "Zara"), ("Fatima", "Fatoumata"), ("Salma", "Salim"),
    ("Oluwaseun", "Oluwaseyi"), ("Damilola", "Damilare"), ("Taiwo", "Kehinde"),
    ("Harpreet", "Gurpreet"), ("Manjit", "Ranjit"), ("Chidi", "Chidinma"),
    ("Wei Ming", "Wei Hong"), ("Muhammad Ali", "Muhammad Hassan"), ("Lily-Mae", "Ellie-Mae"),
    ("Lily-Mae", "Lily-Rose"), ("Abdul Karim", "Abdul Rahim"), ("Maria Ana", "Maria Elena"),
    ("Emily", "Emma"), ("Emily", "Emilia"), ("Daniel", "Danielle"), ("Sean", "Ian"),
    ("Jack", "Ian"), ("Henry", "Harrison"), ("Julie", "Julia"), ("Sophie", "Sophia"),
    ("Amelia", "Emilia"), ("Natalia", "Nadia"), ("Ayaan", "Aryan"), ("Isabella", "Isabel"),
    ("Eva", "Eve"), ("Olivia", "Oliver"), ("Mia", "Maya"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SIBLINGS)
def test_names_that_a_brother_and_sister_may_have_share_no_key(one: str, other: str) -> None:
    assert not set(given_keys(forename(one))) & set(given_keys(forename(other)))


@pytest.mark.parametrize(
    ("whole", "used"),
    [
        ("Muhammad Ali", "Ali"),
        ("Mohd Ali", "Mohammed"),
        ("Anne-Marie", "Marie"),
        ("Wei Ming", "Ming"),
    ],
)
def test_a_double_name_meets_each_of_its_words_but_by_no_shared_key(whole: str, used: str) -> None:
    assert set(given_words(forename(whole))) & set(given_keys(forename(used)))
    assert not set(given_keys(forename(whole))) & set(given_keys(forename(used)))


def test_a_double_name_of_known_words_is_known() -> None:
    assert is_known("MOHAMMED ALI")
    assert not is_known("MOHAMMED QWERTY")
    assert not is_known(None)


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("Van der Smith-Jones", ["JONES", "SMITH", "VANDERSMITHJONES"]),
        ("Kaur Gill", ["GILL", "KAURGILL"]),
        ("Kaur", ["KAUR"]),
        ("Al-Hassan", ["ALHASSAN", "HASSAN"]),
        ("bin Yusuf", ["BINYUSUF", "YUSUF"]),
        ("García Márquez", ["GARCIA", "GARCIAMARQUEZ", "MARQUEZ"]),
        ("Nguyen Thi", ["NGUYEN", "NGUYENTHI"]),
        ("Ng", ["NG"]),
        ("Muhammad", ["MOHAMMED", "MUHAMMAD"]),
        ("Chowdhury", ["CHOUDHURY", "CHOVDHURI", "CHOWDHURY"]),
        ("O'Brien", ["OBRIEN"]),
    ],
)
def test_a_surname_agrees_by_its_parts_but_not_by_particles_or_half_a_communitys_name(
    written: str, keys: list[str]
) -> None:
    assert surname_keys(surname(written)) == keys


def test_a_former_surname_is_a_key_as_well() -> None:
    assert surname_keys("MOORE", None, "DODD") == ["DODD", "MOORE"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UMAR", "OMAR"), ("YOUSSEF", "YUSUF"), ("MOHAMMED", "MUHAMMAD"), ("ZAINAB", "ZEINEB"),
        ("CHOUDHURY", "CHAUDHRY"), ("KOWALSKI", "KOVALSKY"), ("OLEKSANDR", "ALEKSANDR"),
        ("SZCZEPAN", "SHCHEPAN"), ("XIAOMING", "HSIAOMING"), ("GURPREET", "GURPRIT"),
        ("OLUWASEUN", "OLUVASEUN"), ("TSEGAY", "SEGAY"), ("CATHERINE", "KATHERINE"),
        ("SMITH", "SMYTH"), ("NGUYEN", "NGUEN"),
    ],
)  # fmt: skip
def test_spellings_that_sound_alike_have_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_names_that_sound_unlike_have_two() -> None:
    names = ["SMITH", "KHAN", "NOWAK", "OKAFOR", "WARSAME", "TRAN", "KAUR"]
    assert all(sound(one) != sound(other) for one, other in combinations(names, 2))


def test_a_name_that_begins_with_praise_of_god_is_also_what_follows() -> None:
    assert without_praise("OLUWADAMILOLA") == ["DAMILOLA"]
    assert "DAMILOLA" in given_keys("OLUWADAMILOLA")
    assert "EBUKA" in given_keys("CHUKWUEBUKA")
    assert without_praise("OLUSA") == [], "too short to be two parts"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("KOWALENKO", "KOVALENKO"), ("SCHEWTSCHENKO", "SHEVCHENKO"), ("ELSHARKAWY", "AL SHARKAWI"),
        ("CZERNENKO", "TCHERNENKO"), ("CHOUKRI", "CHUKRI"),
    ],
)  # fmt: skip
def test_a_surname_carried_from_one_language_into_another_is_one(name: str, other: str) -> None:
    assert set(surname_keys(name)) & set(surname_keys(other))


def test_a_short_surname_is_not_folded() -> None:
    assert folded_spelling("WALSH") == "WALSH"
    assert not set(surname_keys("WADE")) & set(surname_keys("VADE"))


def test_some_names_are_borne_before_the_one_that_somebody_goes_by() -> None:
    assert goes_by_second_name("MOHAMMED")
    assert goes_by_second_name("MUHAMMAD")
    assert not goes_by_second_name("DANIEL")
    assert not goes_by_second_name(None)


def test_no_name_stands_twice_in_one_group_of_variants() -> None:
    assert [group for group in GROUPS if len(set(group)) < len(group)] == []


def test_names_of_variants_are_written_as_names_are_read() -> None:
    names = {name for group in GROUPS for name in group}
    assert {
        name for name in names if normalise_name(name, forename=False, rules=RULES) != name
    } == set()


@given(st.text(max_size=30), st.text(max_size=12))
def test_any_text_can_be_read_and_a_name_that_was_read_stays_as_it_is(
    text: str, family: str
) -> None:
    for given_name in (True, False):
        name = read_name(text, RULES, given=given_name, surname=family).name
        if name is not None:
            assert name == " ".join(name.split())
            assert read_name(name, RULES).name in (name, None)
            assert sound(name.replace(" ", ""))


@given(st.lists(st.sampled_from(["ANNE MARIE", "MOHD ALI", "KATE", "WEI MING"]), max_size=4))
def test_keys_do_not_depend_on_the_order_of_names(names: list[str]) -> None:
    assert given_keys(*names) == given_keys(*reversed(names))
    assert surname_keys(*names) == surname_keys(*reversed(names))


def test_an_icelandic_surname_stands_for_the_fathers_name() -> None:
    assert {"OLAFUR", "OLAF", "OLAFS"} <= set(surname_keys("OLAFSDOTTIR"))
    assert {"SIGURDUR", "SIGURDAR"} <= set(surname_keys("SIGURDARDOTTIR"))
    assert set(surname_keys("GUNNARSSON")) & set(surname_keys("GUNNARSDOTTIR"))
    assert surname_keys("SON") == ["SON"]


def test_letters_that_are_read_otherwise_are_none_of_plain_english() -> None:
    assert not [letter for letter in RULES.letters if letter.isascii()]
    assert plain_words("D'Arcy-St. John\t2", RULES) == ["DARCY", "ST", "JOHN", "2"]
