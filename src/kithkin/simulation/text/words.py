"""The small words of the grammar: slots that stand for several, what may be known, and kin."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CHILDREN = 8
"""Children named in one text; a household with more has them in a second text."""

ENTITIES = ("child", "adult", "other", "address", "phone", "school", "date")

FACTS = (
    "unborn", "baby", "under5", "infant", "five_up", "eight_up", "eleven_up", "thirteen_up",
    "fifteen_up", "school", "one", "several", "girl", "boy", "mum", "dad", "care", "other",
    "couple", "apart", "suspect", "child_suspect", "named", "history", "severe", "place",
    "peer_suspect", "victim", "under11", "under8", "carer", "carer_suspect", "wrong", "handler",
    "so_da", "so_alc", "so_drug", "so_pmh", "so_neg", "so_phys", "so_emo", "so_cse", "so_cce",
    "so_csub", "so_cmh", "so_poor", "so_sex", "other_worker", "poor_home", "earlier_da", "visits",
    "seen_by_doctor", "domestic", "night", "gp", "hospital", "council", "legal", "allied",
    "disabled", "incident",
)  # fmt: skip
"""What must hold for a sentence to be used; positions are bits. See `scene.facts`."""

FORMS = ("kids", "many", "when", "flat", "phone", "ages", "later")
"""Numbers of a text that choose the form of a macro."""

KIN = (
    ("mum", "mother", "the mum"),
    ("dad", "father", "the dad"),
    ("mum's partner", "mother's partner", "the mum's boyfriend"),
    ("dad's partner", "father's partner", "the dad's girlfriend"),
    ("nan", "maternal grandmother", "the nan"),
    ("nan", "paternal grandmother", "the nan"),
    ("grandad", "maternal grandfather", "the grandad"),
    ("grandad", "paternal grandfather", "the grandad"),
    ("foster carer", "foster carer", "the foster carer"),
    ("carer", "carer", "the carer"),
    ("mum's ex", "mother's ex-partner", "the mum's ex"),
    ("dad's ex", "father's ex-partner", "the dad's ex"),
    ("older brother", "older brother", "the older brother"),
    ("older sister", "older sister", "the older sister"),
    ("a man known to the family", "adult male", "a man who goes there"),
    ("a woman known to the family", "adult female", "a woman who goes there"),
    ("another young person", "another young person", "another young one"),
    ("stepdad", "stepfather", "the stepdad"),
    ("stepmum", "stepmother", "the stepmum"),
    ("auntie", "aunt", "the auntie"),
    ("uncle", "uncle", "the uncle"),
    ("brother", "sibling", "the brother"),
    ("sister", "sibling", "the sister"),
)
"""As family and most workers say it, as police and doctors write it, as outsiders say it."""
KIN_NAMES = (
    "mother", "father", "mums_partner", "dads_partner", "nan_m", "nan_p", "grandad_m",
    "grandad_p", "foster", "carer", "mums_ex", "dads_ex", "older_brother", "older_sister", "man",
    "woman", "peer", "stepdad", "stepmum", "aunt", "uncle", "brother", "sister",
)  # fmt: skip

PRONOUNS = {
    "he": ("she", "he", "they"),
    "him": ("her", "him", "them"),
    "his": ("her", "his", "their"),
    "hers": ("hers", "his", "theirs"),
    "himself": ("herself", "himself", "themselves"),
    "was": ("was", "was", "were"),
    "has": ("has", "has", "have"),
    "is": ("is", "is", "are"),
    "does": ("does", "does", "do"),
    "s": ("s", "s", ""),
    "es": ("es", "es", ""),
}
UNNAMED = (
    "the little girl", "the little boy", "the girl", "the boy", "the teenage girl", "the teenage lad",
    "the baby",
)  # fmt: skip
A_CHILD = (
    "a little girl",
    "a little boy",
    "a girl",
    "a boy",
    "a teenage girl",
    "a teenage lad",
    "a baby",
)
UNITS = ("", " months", " weeks", " month", " week")
UNITS_OLD = (" years old", " months old", " weeks old", " month old", " week old", " year old")
UNITS_YO = ("yo", " month old", " week old")
YEARS = ("Nursery", "Reception", *(f"Year {year}" for year in range(1, 14)))
WEEKDAYS = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")
"""From the weekday of 1 January 1970."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
GENDERS = ("female", "male")
CHILD_NOUN = ("daughter", "son", "child")


@dataclass(frozen=True)
class Macro:
    """A slot that stands for others: in a span, or in one of several forms."""

    forms: tuple[str, ...]
    span: str = ""
    person: str = ""
    """Slot of `scene` that says whose name it is."""
    by: str = ""


def _child(k: int) -> dict[str, Macro]:
    me = f"k{k}"
    return {
        f"{me}.name": Macro((f"{{{me}.first}}",), "child", me),
        f"{me}.full": Macro((f"{{{me}.first}} {{{me}.last}}",), "child", me),
        f"{me}.FULL": Macro((f"{{{me}.first}} {{{me}.LAST}}",), "child", me),
        f"{me}.LASTFIRST": Macro((f"{{{me}.LAST}} {{{me}.first}}",), "child", me),
        f"{me}.dob": Macro((f"{{{me}.dd}}/{{{me}.mm}}/{{{me}.yyyy}}",), "date"),
        f"{me}.birth": Macro((f"{{{me}.dob_or_due}} {{{me}.dob}}",)),
        f"{me}.age": Macro((f"{{{me}.agen}}{{{me}.unit}}",)),
        f"{me}.aged": Macro((f"{{{me}.agen}}{{{me}.unit_old}}",)),
        f"{me}.yo": Macro((f"{{{me}.agen}}{{{me}.unit_yo}}",)),
    }


def _list(item: str, joint: str = " and ") -> tuple[str, ...]:
    """Give the forms for one to eight children."""
    forms = []
    for many in range(1, MOST_CHILDREN + 1):
        items = [item.replace("#", f"k{k}") for k in range(1, many + 1)]
        forms.append(joint.join([", ".join(items[:-1]), items[-1]]) if many > 1 else items[0])
    return tuple(forms)


def _adult(who: str, span: str = "adult") -> dict[str, Macro]:
    return {
        f"{who}.first": Macro((f"{{{who}.forename}}",), span, who),
        f"{who}.full": Macro((f"{{{who}.forename}} {{{who}.surname}}",), span, who),
        f"{who}.FULL": Macro((f"{{{who}.forename}} {{{who}.SURNAME}}",), span, who),
        f"{who}.last": Macro((f"{{{who}.surname}}",), span, who),
        f"{who}.dob": Macro((f"{{{who}.dd}}/{{{who}.mm}}/{{{who}.yyyy}}",), "date"),
    }


def _date(who: str) -> dict[str, Macro]:
    return {
        f"{who}.date": Macro((f"{{{who}.dd}}/{{{who}.mm}}/{{{who}.yyyy}}",), "date"),
        f"{who}.short": Macro((f"{{{who}.d}}/{{{who}.m}}",), "date"),
        f"{who}.long": Macro((f"{{{who}.d}} {{{who}.month}} {{{who}.yyyy}}",), "date"),
        f"{who}.monthly": Macro((f"{{{who}.month}} {{{who}.yyyy}}",), "date"),
    }


MACROS: dict[str, Macro] = {
    **{name: made for k in range(1, MOST_CHILDREN + 1) for name, made in _child(k).items()},
    **{name: made for who in ("carer", "other", "victim", "suspect") for name, made in _adult(who).items()},
    **{name: made for who in ("peer", "stranger", "staff", "me", "wrong") for name, made in _adult(who, "other").items()},
    **{name: made for who in ("h", "p", "t") for name, made in _date(who).items()},
    "c": Macro(("{k1.name}",)),
    "C": Macro(("{K1.name}", "{He}"), by="later"),
    **{f"c.{name}": Macro((f"{{k1.{name}}}",)) for name in ("full", "FULL", "age", "aged", "yo", "dob", "birth")},
    "K1.name": Macro(("{K1.first}",), "child", "k1"),
    "kids": Macro(("the kids", *_list("{#.name}")), by="kids"),
    "Kids": Macro(("The kids", "{K1.name}", *_list("{#.name}")[1:]), by="kids"),
    "children": Macro(("the children", *_list("{#.name}")), by="kids"),
    "Children": Macro(("The children", "{K1.name}", *_list("{#.name}")[1:]), by="kids"),
    "child_or_children": Macro(("child", *["children"] * 7), by="many"),
    "Child_or_children": Macro(("Child", *["Children"] * 7), by="many"),
    "kid_or_kids": Macro(("kid", *["kids"] * 7), by="many"),
    "all": Macro(("", " both", *[" all"] * 6), by="many"),
    "roll": Macro(_list("{#.full} ({#.birth})"), by="many"),
    "roll.age": Macro(_list("{#.full} ({#.age})"), by="many"),
    "roll.police": Macro(_list("{#.FULL} ({#.due}{#.dob})", ", "), by="many"),
    "roll.names": Macro(_list("{#.full}"), by="many"),
    "roll.first": Macro(_list("{#.name} ({#.age})"), by="many"),
    "ages": Macro(("{a_child}{about_age}", *["{many_word} {kid_or_kids}"] * 7), by="many"),
    "about_age": Macro((" about {k1.agen}", ""), by="ages"),
    "when": Macro(("today", "yesterday", "on {h.weekday}", "on {h.date}"), by="when"),
    "When": Macro(("Today", "Yesterday", "On {h.weekday}", "On {h.date}"), by="when"),
    "address": Macro(("{a.number} {a.street}", "Flat {a.flat}, {a.number} {a.street}"), "address"),
    "address.lines": Macro(("{a.number} {a.street}", "Flat {a.flat}, {a.number} {a.street}"), by="flat"),
    "address.short": Macro(("{address.lines}",), "address"),
    "address.full": Macro(("{address.lines}, {a.town} {a.postcode}",), "address"),
    "school": Macro(("{k1.school}",), "school"),
    "time": Macro(("{hh}:{min}",)),
    "phone": Macro(("{phone.number}",), "phone"),
    "phone.number": Macro(("01632 960{nnn}", "07700 900{nnn}"), by="phone"),
}  # fmt: skip
del MACROS["address"]
