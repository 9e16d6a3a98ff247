"""A synthetic county that sends what its agencies send, with the truth kept apart.

Nothing here describes a real person: only postcodes, deprivation and published rates are real.
`simulate_county` writes one to a folder; `make_county` makes one in memory. Nothing under the
folder's `truth` is read by the rest of Kithkin.
"""

from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.settings import SettingsError
from kithkin.simulation.writing import Written, simulate_county

__all__ = ["Plan", "SettingsError", "Written", "make_county", "simulate_county"]
