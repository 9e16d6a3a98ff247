"""Names written wrongly: by slips of the keyboard, by ear, without their marks, or in part.

Every function takes the names to be changed, all of them, and gives as many back. Work is on whole
arrays: letters are numbers in a table of a row a name (tests/simulation/test_sending_misspelling.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Letters = npt.NDArray[np.uint32]

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

SOUNDS = (
    ("ph", "f"), ("ck", "k"), ("ee", "ea"), ("ie", "ei"), ("ey", "y"), ("igh", "y"), ("ai", "ay"),
    ("ou", "u"), ("oo", "u"), ("ll", "l"), ("nn", "n"), ("tt", "t"), ("ss", "s"), ("mm", "m"),
    ("th", "t"), ("kh", "k"), ("sz", "sh"), ("cz", "ch"), ("rz", "z"), ("wski", "vski"),
    ("yi", "i"), ("ii", "i"), ("aa", "a"), ("dh", "d"), ("gh", "g"), ("qu", "kw"), ("x", "ks"),
    ("c", "k"), ("z", "s"), ("y", "i"), ("v", "w"), ("w", "v"), ("j", "y"), ("i", "e"), ("e", "a"),
    ("o", "u"), ("a", "e"), ("u", "o"),
)  # fmt: skip
"""How a spelling is heard and written down; only the first that fits but the capital is used."""


def mistyped(names: pa.StringArray, rng: np.random.Generator) -> pa.StringArray:
    """Slip once in each name: a neighbouring key, a letter left out, doubled, or two swapped.

    First letters are left alone, as they mostly are; names of two letters get a further one.
    """
    if not len(names):
        return names
    letters = _letters(names)
    length = (letters != 0).sum(axis=1)
    where = 1 + (rng.random(len(names)) * np.maximum(length - 2, 1)).astype(np.int64)
    slip = np.where(length < 3, 2, rng.integers(4, size=len(names)))
    rows = np.arange(len(names))
    same = letters[rows, where] == letters[rows, np.minimum(where + 1, letters.shape[1] - 1)]
    slip = np.where((slip == 3) & same, 2, slip)  # to swap them would change nothing
    column = np.arange(letters.shape[1])[None, :]
    at, kind = where[:, None], slip[:, None]
    source = column + ((kind == 1) & (column >= at)) - ((kind == 2) & (column > at))
    source = source + ((kind == 3) & (column == at)) - ((kind == 3) & (column == at + 1))
    changed = np.take_along_axis(letters, np.minimum(source, letters.shape[1] - 1), axis=1)
    rows = np.flatnonzero(slip == 0)
    changed[rows, where[rows]] = _neighbours(letters[rows, where[rows]], rng)
    return _names(changed)


def spelt_by_ear(names: pa.StringArray, rng: np.random.Generator) -> pa.StringArray:
    """Respell one sound in each name, one of those that it has; mistype names that have none."""
    if not len(names):
        return names
    text = names.to_numpy(zero_copy_only=False).astype(str)
    unique, which = np.unique(text, return_inverse=True)
    fits = np.array([[spelt in name[1:] for spelt, _ in SOUNDS] for name in unique.tolist()])
    # Rarer sounds come first and count for more, so that not every name changes its vowels.
    weight = np.linspace(2.0, 1.0, len(SOUNDS))
    chosen = (rng.random((len(text), len(SOUNDS))) * fits[which] * weight).argmax(axis=1)
    heard = np.asarray(fits.any(axis=1))[which]
    pairs = zip(text.tolist(), chosen.tolist(), strict=True)
    respelt = pa.array([f"{name[0]}{name[1:].replace(*SOUNDS[c], 1)}" for name, c in pairs])
    unheard = pa.array(~heard)
    return pc.replace_with_mask(respelt, unheard, mistyped(names.filter(unheard), rng))


def without_marks(names: pa.StringArray) -> pa.StringArray:
    """Write names without accents, apostrophes and hyphens."""
    plain = pc.replace_substring_regex(
        pc.utf8_normalize(names, form="NFD"), r"[\x{0300}-\x{036f}'’]", ""
    )
    for letter, other in (("-", " "), ("ł", "l"), ("Ł", "L"), ("ø", "o"), ("đ", "d")):
        plain = pc.replace_substring(plain, letter, other)
    return plain


def half_of(names: pa.StringArray, rng: np.random.Generator) -> pa.StringArray:
    """Write one part of double-barrelled names, the first or the last."""
    first = pc.replace_substring_regex(names, "-.*$", "")
    last = pc.replace_substring_regex(names, "^.*-", "")
    return pc.if_else(pa.array(rng.random(len(names)) < 0.5), first, last)


def last_letter_changed(postcodes: pa.StringArray, rng: np.random.Generator) -> pa.StringArray:
    """Give postcodes another last letter, one that may stand there."""
    allowed = np.frombuffer("ABDEFGHJLNPQRSTUWXYZ".encode("utf-32-le"), dtype=np.uint32)
    letters = _letters(postcodes)
    rows = np.arange(len(postcodes))
    last = (letters != 0).sum(axis=1) - 1
    drawn = rng.integers(len(allowed), size=len(postcodes))
    same = allowed[drawn] == letters[rows, last]
    letters[rows, last] = allowed[(drawn + same) % len(allowed)]
    return _names(letters)


def _neighbours(keys: Letters, rng: np.random.Generator) -> Letters:
    """Give for each letter one beside it on the keyboard; for others, an `e`."""
    table = np.full((2, 128), ord("e"), dtype=np.uint32)
    for row in KEYBOARD:
        for place, key in enumerate(row):
            table[0, ord(key)] = ord(row[place - 1] if place else row[1])
            table[1, ord(key)] = ord(row[place + 1] if place + 1 < len(row) else row[-2])
    lower = np.where((keys >= 65) & (keys <= 90), keys + 32, np.minimum(keys, 127))
    beside: Letters = table[rng.integers(2, size=len(keys)), lower]
    return beside


def _letters(names: pa.StringArray) -> Letters:
    """Lay names out, a row a name and a column a letter, with room for one more; 0 is no letter."""
    text = names.to_numpy(zero_copy_only=False).astype(str)
    width = text.dtype.itemsize // 4
    table = np.zeros((len(text), width + 1), dtype=np.uint32)
    table[:, :width] = np.ascontiguousarray(text).view(np.uint32).reshape(len(text), width)
    return table


def _names(letters: Letters) -> pa.StringArray:
    text = np.ascontiguousarray(letters).view(f"<U{letters.shape[1]}").reshape(len(letters))
    return pa.array(text, type=pa.string())
