"""From a feeds folder to an immutable, hashed, dated release, and what can be asked of one.

`run` makes a release; `verify` re-hashes it, `reproduce` makes it again and compares every byte,
`compare` says who and what changed between two, `explain` lists the records behind a value.
"""

from kithkin.engine.progress import Progress, SilentProgress
from kithkin.releases.checking import Verification, reproduce, verify
from kithkin.releases.comparing import Comparison, compare
from kithkin.releases.explaining import Explanation, PersonNotFoundError, explain
from kithkin.releases.looks import read_looks, record_look
from kithkin.releases.pipeline import RunOptions, run
from kithkin.releases.summarising import Summary, summarise
from kithkin.releases.workspace import Release, ReleaseError, Workspace

__all__ = [
    "Comparison",
    "Explanation",
    "PersonNotFoundError",
    "Progress",
    "Release",
    "ReleaseError",
    "RunOptions",
    "SilentProgress",
    "Summary",
    "Verification",
    "Workspace",
    "compare",
    "explain",
    "read_looks",
    "record_look",
    "reproduce",
    "run",
    "summarise",
    "verify",
]
