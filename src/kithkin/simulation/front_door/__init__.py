"""The front door and what follows: who is reported, what workers decide, what help prevents.

`run_front_door` lets the months pass and gives all tables of `care`. See `door` for the loop.
"""

from kithkin.simulation.front_door.running import run_front_door

__all__ = ["run_front_door"]
