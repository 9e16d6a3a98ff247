from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kithkin.simulation.sending import misspelling
from kithkin.simulation.sending.variants import nicknames, spellings

NAMES = pa.array(["Mohammed", "Katarzyna", "Stephenson", "Łukasz", "O'Brien", "Smith-Jones"] * 50)


def rng():
    return np.random.default_rng(11)


def edits(a: str, b: str) -> int:
    """Count the insertions, deletions, substitutions and swaps between two words."""
    rows = [list(range(len(b) + 1))]
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def test_a_mistyped_name_is_one_slip_away_and_keeps_its_first_letter():
    wrong = misspelling.mistyped(NAMES, rng()).to_pylist()
    assert {edits(a, b) for a, b in zip(NAMES.to_pylist(), wrong, strict=True)} == {1}
    assert all(a[0] == b[0] for a, b in zip(NAMES.to_pylist(), wrong, strict=True))


def test_slips_are_of_all_four_kinds():
    wrong = misspelling.mistyped(pa.array(["Stephen"] * 200), rng()).to_pylist()
    assert {len(name) for name in wrong} == {6, 7, 8}
    assert any(sorted(name) == sorted("Stephen") for name in wrong)


def test_very_short_names_stay_readable():
    assert misspelling.mistyped(pa.array(["Jo", "Al"]), rng()).to_pylist() == ["Joo", "All"]


def test_a_name_spelt_by_ear_always_differs_and_keeps_its_first_letter():
    heard = misspelling.spelt_by_ear(NAMES, rng()).to_pylist()
    assert all(a != b and a[0] == b[0] for a, b in zip(NAMES.to_pylist(), heard, strict=True))


def test_a_sound_is_written_as_it_is_heard():
    heard = set(misspelling.spelt_by_ear(pa.array(["Stephen"] * 300), rng()).to_pylist())
    assert "Stefen" in heard


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Łukasz", "Lukasz"), ("O'Brien", "OBrien"), ("João", "Joao"), ("Smith-Jones", "Smith Jones")],
)
def test_marks_are_lost(name, plain):
    assert misspelling.without_marks(pa.array([name])).to_pylist() == [plain]


def test_half_of_a_double_barrelled_name_is_left():
    halves = misspelling.half_of(pa.array(["Smith-Jones"] * 50), rng()).to_pylist()
    assert set(halves) == {"Smith", "Jones"}


def test_a_postcode_with_another_last_letter_is_another_postcode():
    wrong = misspelling.last_letter_changed(pa.array(["GL1 1AA"] * 500), rng()).to_pylist()
    assert "GL1 1AA" not in wrong
    assert {code[:-1] for code in wrong} == {"GL1 1A"}
    assert not {code[-1] for code in wrong} & set("CIKMOV")


def test_no_names_at_all_are_no_trouble():
    none = pa.array([], pa.string())
    for wrong in (misspelling.mistyped, misspelling.spelt_by_ear, misspelling.half_of):
        assert len(wrong(none, rng())) == 0


@pytest.mark.parametrize(
    ("find", "name", "allowed"),
    [
        (nicknames, "William", {"Will", "Bill", "Billy", "Liam"}),
        (nicknames, "Katarzyna", {"Kasia"}),
        (spellings, "Ahmed", {"Ahmad", "Achmed"}),
        (spellings, "Dmytro", {"Dmitri", "Dmitry"}),
    ],
)
def test_names_of_many_communities_have_variants(find, name, allowed):
    words = [pa.array(["Xyz", name])]

    def add(more):
        words.append(more)
        return np.arange(2, 2 + len(more), dtype=np.int32)

    variants = find(words[0], add)
    assert variants.has(np.array([0, 1, -1, 5], np.int32)).tolist() == [False, True, False, False]
    drawn = variants.draw(np.ones(200, np.int32), rng())
    assert set(pa.concat_arrays(words).take(pa.array(drawn)).to_pylist()) == allowed
