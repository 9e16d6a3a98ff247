"""Published figures carry a source and one bound, and are those of the department's files."""

import csv

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from kithkin.simulation.calibration.figures import (
    Figure,
    Measured,
    published_figures,
    source_titles,
)
from kithkin.simulation.calibration.hardness import area_under_curve, average_precision
from kithkin.simulation.calibration.measuring import MEASURES
from tests.shared_data import shared_data

FROM_FILES = [figure for figure in published_figures() if figure.file]


def test_there_are_at_least_thirty_each_measured_and_with_a_source() -> None:
    figures = published_figures()
    assert len(figures) >= 30
    assert len({figure.code for figure in figures}) == len(figures)
    assert {figure.measure for figure in figures} == set(MEASURES)
    assert {figure.source for figure in figures} <= set(source_titles())


@pytest.mark.parametrize("figure", FROM_FILES, ids=lambda figure: figure.code)
def test_a_figure_is_that_of_the_departments_file(figure: Figure) -> None:
    assert figure.file is not None
    path = shared_data(f"dfe_stats/{figure.file.name}")
    with path.open(encoding="utf-8-sig") as rows:
        national = next(
            row
            for row in csv.DictReader(rows)
            if row["time_period"] == "2025" and row["geographic_level"] == "National"
        )
    value = float(national[figure.file.column])
    if figure.file.over:
        value = 100 * value / float(national[figure.file.over])
    assert figure.published == pytest.approx(value, abs=0.05)


def test_a_value_agrees_within_its_bound_and_nan_never_does() -> None:
    figure = published_figures()[0]
    low, high = figure.allowed
    assert Measured(figure, low, 0).agrees
    assert not Measured(figure, high * 1.001, 0).agrees
    assert not Measured(figure, float("nan"), 0).agrees


def test_a_figure_with_two_bounds_or_none_is_refused() -> None:
    values = published_figures()[0].model_dump()
    for change in ({"margin": 1.0}, {"tolerance": None}):
        with pytest.raises(ValueError, match="either a tolerance or a margin"):
            Figure.model_validate(values | change)


def test_the_area_and_the_precision_are_those_of_scikit_learn() -> None:
    draws = np.random.default_rng(3)
    truth = draws.random(500) < 0.2
    scores = np.round(draws.normal(truth, 2.0), 1)  # with ties
    assert area_under_curve(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
    untied = draws.normal(truth, 2.0)
    assert average_precision(truth, untied) == pytest.approx(average_precision_score(truth, untied))
