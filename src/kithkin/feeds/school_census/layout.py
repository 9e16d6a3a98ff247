"""The modules of the school census, its terms, and the rules by which it is judged.

Sources: DfE, School census guide (what each term's census collects, and for which period); DfE,
Working together to improve school attendance, August 2024 (absence codes); the files themselves
as the London pipeline receives them.
"""

from __future__ import annotations

import re

# A file's name: year, term, module, such as 2024_autumn_pupilonroll.csv.
NAME = re.compile(r"(?:.*/)?(\d{4})_(autumn|spring|summer)_([a-z0-9]+)\.csv", re.I)

PUPILS = {"pupilonroll": "pupilonrolltableid", "pupilnolongeronroll": "pupilnolongeronrolltableid"}

# What stands before `onroll` or `offroll` in the name of every other module.
MODULES = (
    "addresses", "fsmperiods", "senneeds", "termlyexclusions", "termlysessiondetails",
    "summerhalfterm2sessiondetails",
)  # fmt: skip

# Special needs provision: the kind it stands for, and whether the code has been retired.
SUPPORT, PLAN = "support", "education_health_care_plan"
PROVISION: dict[str, tuple[str | None, bool]] = {
    "N": (None, False),
    "K": (SUPPORT, False),
    "E": (PLAN, False),
    "A": (SUPPORT, True),  # School Action
    "P": (SUPPORT, True),  # School Action Plus
    "S": (PLAN, True),  # statement
}
SOCIAL_EMOTIONAL = "SEMH"

# Categories of exclusion: the kind, and whether the code has been retired.
EXCLUSIONS: dict[str, tuple[str, bool]] = {
    "SUSP": ("suspension", False),
    "PERM": ("permanent_exclusion", False),
    "FIXD": ("suspension", True),  # fixed period exclusion, the old name of a suspension
    "LNCH": ("lunchtime_exclusion", True),
}

# Which of an `enrolstatus` mean that the pupil belongs to the school; G is a guest.
GUEST = "G"

# Columns that must hold a code or a yes or no, and whose value a pipeline may have hashed.
CODED = {
    "moveoffrollflag": "yes or no", "moveonrollflag": "yes or no", "missingaddress": "yes or no",
    "duplicatenotfunded": "yes or no",
}  # fmt: skip
HASH = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]+)*", re.I)

DATES = ("dob", "entrydate", "leavingdate")

RULES: dict[str, str] = {
    "K-SC-ABSENCE": "An attendance code is not known; its sessions were left out",
    "K-SC-CODE": "A code is not known and was left out",
    "K-SC-CONFLICT": "Two pupils at different schools share a table id",
    "K-SC-DATE": "A date is not a valid date",
    "K-SC-DETAIL": "The details of absence come to more sessions than their total",
    "K-SC-ENDS-FIRST": "An end lies before its start; the start was loaded, the end left out",
    "K-SC-HASHED": "A hash stands where a code is due; it was left out",
    "K-SC-MODULE": "The module is none that is read",
    "K-SC-NUMBER": "A number of sessions is not a number",
    "K-SC-ORPHAN": "A row belongs to no pupil of this term's files",
    "K-SC-PUPIL": "A pupil row has no table id",
    "K-SC-RETIRED": "A code has been retired; it was read as what replaced it",
    "K-SC-START": "A row lacks the date on which it began",
    "K-SC-UNKNOWN-CODE": "Special needs provision is not a valid code",
    "K-SC-UPN": "The check letter of the unique pupil number is wrong",
    "K-SC-UPRN": "A property reference number is not a positive number; it was left out",
}
