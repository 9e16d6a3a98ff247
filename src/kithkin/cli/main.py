"""Puts the commands together and says what went wrong in words."""

from __future__ import annotations

import errno
import os
import sys

import duckdb
import typer

from kithkin.cli import (
    evaluating,
    listing,
    matching,
    people,
    policy,
    releases,
    running,
    simulating,
    varying,
)
from kithkin.cli.output import errors
from kithkin.engine import EngineError
from kithkin.evaluation import EvaluationError
from kithkin.feeds import FeedError, FeedsRefused
from kithkin.indicators import CatalogueError
from kithkin.people.arriving import MatchingIndexError, NotComparedError
from kithkin.people.certainty import CalibrationError
from kithkin.people.deciding import DecisionError
from kithkin.people.identity import RegisterError
from kithkin.people.pairs.model import ModelError
from kithkin.policy import PolicyError
from kithkin.releases import ReleaseError
from kithkin.simulation import SettingsError

FORESEEN = (
    CalibrationError,
    CatalogueError,
    DecisionError,
    EngineError,
    EvaluationError,
    FeedError,
    FeedsRefused,
    MatchingIndexError,
    ModelError,
    NotComparedError,
    PolicyError,
    RegisterError,
    ReleaseError,
    SettingsError,
)
STOPPED = 130  # the shell's status for a command ended by Ctrl-C
FULL = {errno.ENOSPC: "The disk is full.", errno.EDQUOT: "Your share of the disk is full.",
        errno.EFBIG: "The disk takes no file of this size."}  # fmt: skip

app = typer.Typer(
    name="kithkin",
    help="Brings a safeguarding partnership's records together, finds who needs a second look, "
    "and says why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(running.demo)
app.command()(simulating.simulate)
app.command()(running.check)
app.command()(running.run)
app.command()(running.explain)
app.command()(varying.sensitivity)
app.command()(listing.lists)
app.command()(listing.groups)
app.command()(listing.places)
app.add_typer(releases.app, name="releases")
people.app.command()(matching.why)
people.app.command()(matching.find)
app.add_typer(people.app, name="people")
app.add_typer(policy.app, name="policy")
app.add_typer(evaluating.app, name="evaluate")


def main() -> None:
    """Run a command; exit 1 with a message for a foreseen error, 130 for Ctrl-C."""
    try:
        app(standalone_mode=True)
    except FORESEEN as error:
        _fail(str(error))
    except SystemExit as end:
        if end.code == STOPPED:
            _stop()
        raise
    except (KeyboardInterrupt, duckdb.InterruptException):
        _stop()
    except OSError as error:
        _fail(_of_the_disk(error))
    except duckdb.OutOfMemoryException as error:
        _fail(f"The memory allowed is too little; give more with --memory. ({_first_line(error)})")
    except duckdb.IOException as error:
        _fail(_of_the_engine(error))


def _stop() -> None:
    errors.print("Stopped. The last release is as it was; the same command goes on from here.")
    sys.exit(STOPPED)


def _fail(message: str) -> None:
    errors.print(message, markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


def _of_the_disk(error: OSError) -> str:
    if error.errno in FULL:
        return (
            f"{FULL[error.errno]} The last release is as it was. Free some space, or give a "
            "--workspace on another disk, and run the same command again."
        )
    return f"{error.filename or 'A file'}: {error.strerror or error}."


def _of_the_engine(error: duckdb.IOException) -> str:
    """DuckDB tells the system's error in words alone."""
    for number in FULL:
        if os.strerror(number) in str(error):
            return _of_the_disk(OSError(number, os.strerror(number)))
    return f"A file cannot be read or written: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
