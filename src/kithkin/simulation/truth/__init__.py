"""What is true of a county and no pipeline may read: written to `truth/`, for judging alone."""

from kithkin.simulation.truth.knowable import best_rankings

__all__ = ["best_rankings"]
