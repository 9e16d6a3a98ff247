"""One linker on one set, in a process of its own: `python -m bench.linkage.one SET LINKER`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pandas as pd
from bench.linkage import by_hand, ours, toolkit
from bench.linkage.judging import Judgement, best_judgement, judge, pairs_of, share_among
from bench.linkage.sets import LinkageSet, linkage_set

Done = TypeVar("Done")
Took = dict[str, float]
LINKERS = ("kithkin", "splink", "recordlinkage")


def main() -> None:
    """Print one line of JSON."""
    given, linker = linkage_set(sys.argv[1]), sys.argv[2]
    answer = {"kithkin": _kithkin, "splink": _splink, "recordlinkage": _recordlinkage}[linker]
    print(json.dumps({"set": given.name, "linker": linker} | answer(given)))


def _kithkin(given: LinkageSet) -> dict[str, Any]:
    done, took = _timed(ours.link, given)
    seen = ours.looked_at(given, done)
    account = done.people.account
    return _judged(given, judge(done.person, _true(given)), seen, took) | {
        "review": done.review,
        "model": f"{account.model}: {account.model_reason}",
        "errors": list(ours.errors(given, done, seen)),
    }


def _splink(given: LinkageSet) -> dict[str, Any]:
    done, took = _timed(by_hand.link, given)
    best = best_judgement(done.pairs, done.weight, _true(given))
    found = judge(done.person, _true(given))
    return _judged(given, found, done.pairs, took) | {"oracle_f1": best.f1}


def _recordlinkage(given: LinkageSet) -> dict[str, Any]:
    done, took = _timed(toolkit.link, given)
    return _judged(given, judge(done.person, _true(given)), done.pairs, took)


def _timed(link: Callable[[LinkageSet], Done], given: LinkageSet) -> tuple[Done, Took]:
    """Link; give what came of it, seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    done = link(given)
    return done, {
        "seconds": time.perf_counter() - clock,
        "cpu_seconds": time.process_time() - processor,
    }


def _true(given: LinkageSet) -> Any:
    return pd.factorize(given.records["person"])[0]


def _judged(given: LinkageSet, found: Judgement, seen: Any, took: Took) -> dict[str, Any]:
    true = pairs_of(_true(given))
    return {
        "records": len(given.records), "true_pairs": len(true),
        "precision": found.precision, "recall": found.recall, "f1": found.f1,
        "blocking_recall": share_among(true, seen, len(given.records)),
    } | took  # fmt: skip


if __name__ == "__main__":
    main()
