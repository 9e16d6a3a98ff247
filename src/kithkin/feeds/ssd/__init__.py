"""The Standard Safeguarding Dataset as a dump of CSV files, one a table.

`read_standard_safeguarding_dataset` reads a delivery; `tables` says what each table holds, `steps` what marks cannot say.
"""

from __future__ import annotations

from kithkin.feeds.ssd.dump import RULES
from kithkin.feeds.ssd.reader import read_standard_safeguarding_dataset

__all__ = ["RULES", "read_standard_safeguarding_dataset"]
