"""What is true of a county and no pipeline may read: written to `truth/`, for judging alone.

`best_rankings` gives the best that anybody could have ranked; `write_truth` writes everything.
"""

from kithkin.simulation.truth.knowable import best_rankings
from kithkin.simulation.truth.writing import write_facts, write_rankings, write_truth

__all__ = ["best_rankings", "write_facts", "write_rankings", "write_truth"]
