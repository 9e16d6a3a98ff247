"""The compiled catalogue of indicators: each one's value per person and family, at any date.

`store_facts` codes and sorts what is known; `values_on` and `history_on` answer every indicator
at one date or many; `portable.values_on` does the same as one expression on DuckDB or Spark.
"""

from kithkin.indicators.catalogue import Catalogue, CatalogueError
from kithkin.indicators.facts import store_facts
from kithkin.indicators.parts import Sources
from kithkin.indicators.stored import FactsFolder
from kithkin.indicators.sweep import history_on, values_on

__all__ = [
    "Catalogue",
    "CatalogueError",
    "FactsFolder",
    "Sources",
    "history_on",
    "store_facts",
    "values_on",
]
