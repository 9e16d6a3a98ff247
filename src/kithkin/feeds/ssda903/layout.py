"""The files of the SSDA903 return: the columns that tell each apart, and which hold dates.

Source: DfE, Children looked-after by local authorities in England, guide to the SSDA903
collection; the files SWEpisodes (from 2023-24) and DoLo (from 2026-27) among them.
"""

from __future__ import annotations

# A file is the first table here all of whose columns it has.
SIGNATURES: dict[str, frozenset[str]] = {
    "Episodes": frozenset(["CHILD", "DECOM", "RNE"]),
    "OC2": frozenset(["CHILD", "SDQ_SCORE"]),
    "OC3": frozenset(["CHILD", "IN_TOUCH"]),
    "AD1": frozenset(["CHILD", "DATE_INT"]),
    "PlacedAdoption": frozenset(["CHILD", "DATE_PLACED"]),
    "PrevPerm": frozenset(["CHILD", "PREV_PERM"]),
    "Missing": frozenset(["CHILD", "MIS_START"]),
    "Reviews": frozenset(["CHILD", "REVIEW"]),
    "SWEpisodes": frozenset(["CHILD", "SW_DECOM"]),
    "DoLo": frozenset(["CHILD", "DOLO_START"]),
    "UASC": frozenset(["CHILD", "DUC"]),
    "Header": frozenset(["CHILD", "SEX", "ETHNIC"]),
}

# Table and column of each date, with the sector's rule for one that cannot be read.
DATES: dict[str, dict[str, str]] = {
    "Header": {"DOB": "102", "MC_DOB": "K-903-DATE"},
    "Episodes": {"DECOM": "141", "DEC": "147"},
    "Reviews": {"DOB": "K-903-DATE", "REVIEW": "166"},
    "UASC": {"DOB": "K-903-DATE", "DUC": "104"},
    "OC2": {"DOB": "K-903-DATE"},
    "OC3": {"DOB": "K-903-DATE"},
    "AD1": {"DOB": "K-903-DATE", "DATE_INT": "112", "DATE_MATCH": "113"},
    "PlacedAdoption": {"DOB": "K-903-DATE", "DATE_PLACED": "115", "DATE_PLACED_CEASED": "116"},
    "PrevPerm": {"DOB": "K-903-DATE", "DATE_PERM": "K-903-DATE"},
    "Missing": {"DOB": "K-903-DATE", "MIS_START": "K-903-DATE", "MIS_END": "K-903-DATE"},
    "SWEpisodes": {"DOB": "K-903-DATE", "SW_DECOM": "K-903-DATE", "SW_DEC": "K-903-DATE"},
    "DoLo": {"DOB": "K-903-DATE", "DOLO_START": "K-903-DATE", "DOLO_END": "K-903-DATE"},
}

OTHERS = (
    "UPN MOTHER LS CIN PLACE PLACE_PROVIDER REC REASON_PLACE_CHANGE HOME_POST PL_POST URN "
    "REVIEW_CODE SDQ_REASON CONVICTED HEALTH_CHECK IMMUNISATIONS TEETH_CHECK HEALTH_ASSESSMENT "
    "SUBSTANCE_MISUSE INTERVENTION_RECEIVED INTERVENTION_OFFERED ACTIV ACCOM FOSTER_CARE "
    "NB_ADOPTR SEX_ADOPTR LS_ADOPTR REASON_PLACED_CEASED LA_PERM MISSING SW_ID SW_REASON"
)

# Every column of the return, so that headers in another case or spacing are known for what
# they are.
COLUMNS: frozenset[str] = frozenset().union(*SIGNATURES.values(), *DATES.values(), OTHERS.split())


def table_of(columns: frozenset[str]) -> str | None:
    """Say which table of the return has these columns; None when none has."""
    return next((name for name, needed in SIGNATURES.items() if needed <= columns), None)
