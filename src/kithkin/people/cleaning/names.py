"""One written name made comparable: plain capitals, its forms and variants, its sounds.

What is written around a name (titles, remarks, another name in brackets) is parted from it, and
what stands for "not known" becomes null, because a common placeholder would both look like
agreement and put thousands of records in one block. The words are data, in `names.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import jellyfish

from kithkin.people.rules import NameRules, Words, name_rules

# Marks that belong to a word: O'Neill is one word and Anne-Marie two.
_INSIDE = frozenset("'’‘`.ʼʻ´")
_BRACKETS = re.compile(r"[(\[{\"“]([^)\]}\"”]*)[)\]}\"”]?")
_NOT_LATIN = re.compile(r"[^A-Z]")
_BABY_OF = re.compile(r"^\s*b\s*/\s*o\b", re.IGNORECASE)  # as maternity wards write it
_VOWELS = "AEIOUY"
# A letter of a Latin alphabet read in the wrong encoding: "Ã©" for "é".
_MISREAD = re.compile(r"[ÃÂÄÅÐ].")


class ReadName(NamedTuple):
    """A name in plain capitals, its words parted by one space, and what else it gives."""

    name: str | None
    also: tuple[str, ...] = ()


def read_name(
    text: str | None, rules: NameRules, *, given: bool = False, surname: str | None = None
) -> ReadName:
    """Read one cell of a form that asks for a name.

    Parameters
    ----------
    given
        The cell asks for a given name, where words for a child not yet named ("Baby", "Twin
        two", "Baby of Sarah") are no name either.
    surname
        What the cell for the surname says; "Baby Smith" Smith has no given name.

    Returns
    -------
    ReadName
        `name` is null when the cell holds no name; `also` are other names of the person that the
        cell tells: "Katherine (Kate)", "Smith nee Jones".

    """
    if (text or "").strip() in rules.words.exactly:
        return ReadName(None)
    told = _BABY_OF.sub("Baby of ", text or "") if given else text or ""
    read = [_bare(words, rules.words) for words in _parted(told, rules)]
    if given:
        read = [_named(words, plain_words(surname or "", rules), rules.words) for words in read]
    names = [" ".join(words) for words in read if words]
    return ReadName(names[0], tuple(dict.fromkeys(names[1:]))) if names else ReadName(None)


def normalise_name(text: str | None, *, forename: bool, rules: NameRules) -> str | None:
    """Give a name in plain capitals, its parts parted by one space; null when it is no name."""
    return read_name(text, rules, given=forename).name


def speaks_of_unnamed_child(text: str | None, rules: NameRules) -> bool:
    """Say if a cell holds a word for a child not yet named."""
    words = plain_words(_BABY_OF.sub("Baby of ", text or ""), rules)
    return not rules.words.unnamed_child.isdisjoint(words)


def says_no_forename(text: str | None, rules: NameRules) -> bool:
    """Say if a cell for a forename says that the person has none: FNU, as visas do."""
    return " ".join(plain_words(text or "", rules)) in rules.words.no_forename


def plain_words(text: str, rules: NameRules) -> list[str]:
    """Give the words of a text in capitals, without accents."""
    if text.isascii():  # as no letter of `rules.letters` is: the quick way, one letter for one
        return text.upper().translate(_ASCII).split()
    plain = "".join(rules.letters.get(letter, letter) for letter in text)
    parted = unicodedata.normalize("NFKD", plain).upper()
    plain = "".join(rules.letters.get(letter, letter) for letter in parted)
    return "".join(map(_kept, plain)).split()


@lru_cache(maxsize=4096)
def _kept(letter: str) -> str:
    """Keep letters and figures; a mark above a Latin letter goes, a vowel sign of Hindi stays."""
    if unicodedata.combining(letter) or letter in _INSIDE:
        return ""
    if letter.isalnum():
        return letter
    return letter if unicodedata.category(letter).startswith("M") else " "


_ASCII = {code: _kept(chr(code)) for code in range(128)}


def _read_rightly(text: str) -> str:
    """Undo one reading of UTF-8 as Windows-1252; a name that is right does not survive the test."""
    if not _MISREAD.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def _parted(text: str, rules: NameRules) -> list[list[str]]:
    """Part the name from the names that follow in brackets or after "nee" and the like."""
    text = _read_rightly(text)
    told = [_BRACKETS.sub(" ", text), *_BRACKETS.findall(text)]
    return [part for one in told for part in _split(plain_words(one, rules), rules.words.also)]


def _split(words: list[str], also: frozenset[str]) -> list[list[str]]:
    """Split words before and after each of `also` that something follows; Nee is a surname too."""
    parts: list[list[str]] = [[]]
    for at, word in enumerate(words):
        if word in also and at + 1 < len(words):
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _bare(words: list[str], rules: Words) -> list[str]:
    """Drop what is written around a name; give no words when the whole is a placeholder."""
    words = [word for word in words if word not in rules.remarks] if len(words) > 1 else words
    while len(words) > 1 and words[0] in rules.titles:
        words = words[1:]
    while len(words) > 1 and words[-1] in rules.suffixes:
        words = words[:-1]
    whole = " ".join(words)
    if whole in rules.phrases or whole in rules.no_forename or rules.placeholders.issuperset(words):
        return []
    return [word for word in words if not word.isdecimal()] or []


def _named(words: list[str], surname: list[str], rules: Words) -> list[str]:
    """Drop the words for a child not yet named, and the mother's or family's name after them."""
    if all(word in rules.unnamed_child | rules.unnamed_beside for word in words):
        return []
    if rules.unnamed_child.isdisjoint(words):
        return words
    beside = rules.unnamed_child | rules.unnamed_beside
    rest = [word for word in words if word not in beside and len(word) > 1]
    of_mother = not rules.unnamed_of.isdisjoint(words)
    return [] if of_mother or set(rest) <= set(surname) else rest


@cache
def _variant_groups(surname: bool) -> Mapping[str, tuple[str, ...]]:
    told = name_rules().variants
    heads: defaultdict[str, list[str]] = defaultdict(list)
    for group in (*told.both, *(told.surnames if surname else told.given)):
        for name in group:
            heads[name].append(group[0])
    return {name: tuple(found) for name, found in heads.items()}


def variants(name: str, *, surname: bool = False) -> tuple[str, ...]:
    """Give the head of every group of variants that a name of one word belongs to."""
    return _variant_groups(surname).get(name, ())


def _with_variants(forms: Iterable[str], *, surname: bool = False) -> list[str]:
    """Give names with the heads of their groups of variants, sorted, each once."""
    forms = set(forms)
    return sorted(forms.union(*(variants(form, surname=surname) for form in forms)))


def joined(name: str) -> str:
    """Give a name as one word, so that Xiao Ming and Xiaoming are one."""
    return name.replace(" ", "")


def given_keys(*names: str | None) -> list[str]:
    """Give every whole name that the person may be called by, with variants.

    The words of a double name are not among them: Lily-Mae and Ellie-Mae, Muhammad Ali and
    Muhammad Hassan, Wei Ming and Wei Hong are sisters and brothers. See `given_words`.
    """
    forms = [joined(name) for name in names if name]
    return _with_variants([*forms, *(short for form in forms for short in without_praise(form))])


def without_praise(name: str) -> list[str]:
    """Give what someone is called whose name begins with praise of God: Oluwaseun, Seun.

    Such beginnings are `praise` of `names.toml`, longest first; what remains is as long as a name.
    """
    starts = (one for one in name_rules().words.praise if name.startswith(one))
    start = next(starts, name)
    return [name.removeprefix(start)] if len(name) >= len(start) + 4 else []


def given_words(*names: str | None) -> list[str]:
    """Give every word of the person's given names, with variants.

    For comparison with another's `given_keys`: Muhammad Ali may be recorded as Ali or as
    Muhammad; that both are words of his name makes not Ali and Muhammad one.
    """
    return _with_variants(word for name in names if name for word in name.split() if len(word) > 1)


def is_known(name: str | None) -> bool:
    """Say if a name, or each word of it, stands in the table of variants."""
    if name is None:
        return False
    return bool(variants(joined(name))) or all(variants(word) for word in name.split())


def goes_by_second_name(name: str | None) -> bool:
    """Say if a name is one that many bear before the name that they go by: Mohammed Hamza."""
    custom = name_rules().words.before_name
    return name is not None and not custom.isdisjoint({name, *variants(name)})


def surname_keys(*names: str | None) -> list[str]:
    """Give every form of a surname by which two records may agree, with variants.

    The whole, and each part that is neither a particle nor half a community's name, unless all
    are.
    """
    return sorted(set().union(*map(_surname_forms, filter(None, names))))


@lru_cache(maxsize=1 << 15)  # one surname stands beside many former ones
def _surname_forms(name: str) -> frozenset[str]:
    rules = name_rules().words
    parts = {
        part
        for part in name.split()
        if len(part) > 1 and part not in rules.particles and part not in rules.community
    }
    forms = {joined(name)} | parts
    forms.update(father for form in tuple(forms) for father in fathers_names(form))
    forms.update(folded_spelling(form) for form in tuple(forms))
    return frozenset(_with_variants(forms, surname=True))


def folded_spelling(surname: str) -> str:
    """Give a surname with spellings of other languages folded: Schewtschenko, Shevchenko.

    The folds are `spellings` of `names.toml`; a surname shorter than `least` stays as it is.
    """
    spellings = name_rules().spellings
    if len(surname) < spellings.least:
        return surname
    folded = f"^{surname}$"
    for written, read in spellings.folds:
        folded = folded.replace(written, read)
    return folded.strip("^$")


def fathers_names(surname: str) -> list[str]:
    """Give the father's names that a surname made of one may stand for: Olafsdottir, Olafur.

    The endings are `patronymics` of `names.toml`: what is cut off, and what is put in its place.
    """
    return [
        surname.removesuffix(cut) + put
        for cut, put in name_rules().words.patronymics
        if surname.endswith(cut) and len(surname) > len(cut) + 2
    ]


def sound(name: str | None) -> str | None:
    """Give the phonetic key of a name as one word; of a name not in Latin letters, the name.

    Metaphone, which drops vowels after the first letter as transliterations do (Mohammed,
    Muhammad; Hussain, Hossein), after spellings of other languages are folded (`sounds.folds`) and
    any vowels at the start are put alike (Umar, Omar; Aleksandr, Oleksandr).
    """
    if name is None:
        return None
    if _NOT_LATIN.search(name):
        return name
    folded = f"^{name}"
    for written, heard in name_rules().sounds.folds:
        folded = folded.replace(written, heard)
    folded = folded.removeprefix("^")
    rest = folded.lstrip(_VOWELS if folded[:1] != "Y" else "")
    start = "A" if len(rest) < len(folded) else rest[:1]
    inside = rest if start == "A" else rest[1:]
    return jellyfish.metaphone(start + inside.replace("Y", "I")) or name
