"""What becomes of people: latent states month by month, and what happens to them and with whom.

`live` gives the lives, happenings and participants of a world, before any help is given.
"""

from kithkin.simulation.lives.living import live

__all__ = ["live"]
