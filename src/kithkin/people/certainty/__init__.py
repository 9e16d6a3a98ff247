"""How sure linkage is: of a pair, of a person, and of what is counted over persons.

`fit_calibration` corrects stated probabilities by what people said of pairs; `person_certainty`
gives a person's; `draw_worlds` gives other persons that the records could as well be.
"""

from kithkin.people.certainty.calibration import (
    CALIBRATION,
    CALIBRATION_FILE,
    STATED,
    Calibration,
    CalibrationError,
    read_calibration,
)
from kithkin.people.certainty.fitting import JudgedPairs, fit_calibration
from kithkin.people.certainty.persons import person_certainty
from kithkin.people.certainty.standing import JOINED, STANDINGS, standing_of
from kithkin.people.certainty.worlds import Range, draw_worlds, middle_95

__all__ = [
    "CALIBRATION",
    "CALIBRATION_FILE",
    "JOINED",
    "STANDINGS",
    "STATED",
    "Calibration",
    "CalibrationError",
    "JudgedPairs",
    "Range",
    "draw_worlds",
    "fit_calibration",
    "middle_95",
    "person_certainty",
    "read_calibration",
    "standing_of",
]
