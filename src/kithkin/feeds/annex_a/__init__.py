"""Ofsted's Annex A: the workbook of eleven lists that an authority prepares for an inspection.

`read_annex_a` reads a delivery; `lists` says what each list holds, `headers.toml` what its
sheets and columns go by.
"""

from __future__ import annotations

from kithkin.feeds.annex_a.reader import read_annex_a
from kithkin.feeds.annex_a.sheets import RULES

__all__ = ["RULES", "read_annex_a"]
