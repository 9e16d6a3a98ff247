"""The command line: `kithkin run`, `check`, `explain`, `releases`, `policy`, `simulate`, `demo`.

It parses, calls and prints; it holds no analysis. `main` turns every foreseen error into a
message and exit status 1, and leaves the last good release as it was.
"""

from kithkin.cli.main import main

__all__ = ["main"]
