"""The county's people and places, before anything happens to them.

`build_world` gives the whole world of a calendar, a number of people and a seed.
"""

from kithkin.simulation.population.building import build_world

__all__ = ["build_world"]
