"""Brings a safeguarding partnership's records together, finds who needs a second look, says why."""

from importlib.metadata import version

__version__ = version("kithkin")
