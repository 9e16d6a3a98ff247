"""How near the county comes to what is published of England, figure by figure, and how hard it is.

`measure` counts each published figure in a county; `write_page` shows them with tolerance, pass or
miss, and pictures. That a synthetic county agrees with published totals proves only that the
machinery is set as intended; it says nothing about real children.
"""

from kithkin.simulation.calibration.figures import Figure, Measured, published_figures
from kithkin.simulation.calibration.hardness import Hardness, measure_hardness
from kithkin.simulation.calibration.measures.counting import Year
from kithkin.simulation.calibration.measuring import measure
from kithkin.simulation.calibration.page import write_page

__all__ = [
    "Figure",
    "Hardness",
    "Measured",
    "Year",
    "measure",
    "measure_hardness",
    "published_figures",
    "write_page",
]
