"""One linker on one set, in a process of its own: `python -m bench.linkage.one SET LINKER`."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pandas as pd

from bench.linkage import by_hand, ours, toolkit
from bench.linkage.judging import Judgement, best_judgement, judge, pairs_of, share_among
from bench.linkage.sets import LinkageSet, linkage_set

LINKERS = ("kithkin", "splink", "recordlinkage")


def main() -> None:
    """Print one line of JSON."""
    given, linker = linkage_set(sys.argv[1]), sys.argv[2]
    answer = {"kithkin": _kithkin, "splink": _splink, "recordlinkage": _recordlinkage}[linker]
    print(json.dumps({"set": given.name, "linker": linker} | answer(given)))


def _kithkin(given: LinkageSet) -> dict[str, Any]:
    began = time.perf_counter()
    done = ours.link(given)
    seconds = time.perf_counter() - began
    seen = ours.looked_at(given)
    account = done.people.account
    return _judged(given, judge(done.person, _true(given)), seen, seconds) | {
        "review": done.review,
        "model": f"{account.model}: {account.model_reason}",
        "errors": list(ours.errors(given, done, seen)),
    }


def _splink(given: LinkageSet) -> dict[str, Any]:
    began = time.perf_counter()
    done = by_hand.link(given)
    seconds = time.perf_counter() - began
    best = best_judgement(done.pairs, done.weight, _true(given))
    found = judge(done.person, _true(given))
    return _judged(given, found, done.pairs, seconds) | {"oracle_f1": best.f1}


def _recordlinkage(given: LinkageSet) -> dict[str, Any]:
    began = time.perf_counter()
    done = toolkit.link(given)
    seconds = time.perf_counter() - began
    return _judged(given, judge(done.person, _true(given)), done.pairs, seconds)


def _true(given: LinkageSet) -> Any:
    return pd.factorize(given.records["person"])[0]


def _judged(given: LinkageSet, found: Judgement, seen: Any, seconds: float) -> dict[str, Any]:
    true = pairs_of(_true(given))
    return {
        "records": len(given.records), "true_pairs": len(true),
        "precision": found.precision, "recall": found.recall, "f1": found.f1,
        "blocking_recall": share_among(true, seen, len(given.records)), "seconds": seconds,
    }  # fmt: skip


if __name__ == "__main__":
    main()
