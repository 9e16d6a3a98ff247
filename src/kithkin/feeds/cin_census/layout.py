"""The elements of the census: which stand for a row of the account, and what each may hold.

Source: DfE schemas CIN_schema 2023 to 2026; the group PreProceedingsandFGDM as samples of
2026 and after carry it, which no published schema accepts yet.
"""

from __future__ import annotations

# Elements that are rows, and inside which other row they stand.
PARENTS: dict[str, str | None] = {
    "Child": None,
    "CINdetails": "Child",
    "Assessments": "CINdetails",
    "CINPlanDates": "CINdetails",
    "Section47": "CINdetails",
    "ChildProtectionPlans": "CINdetails",
}

# Elements that only hold others; what they hold belongs to the row around them.
GROUPS = frozenset(
    ["ChildIdentifiers", "ChildCharacteristics", "Disabilities", "FactorsIdentifiedAtAssessment",
     "Reviews", "PreProceedingsandFGDM"]
)  # fmt: skip

# Elements that may be repeated inside one row.
LISTS = frozenset(["Disability", "AssessmentFactors", "CPPreviewDate"])

CELLS = frozenset(
    ["LAchildID", "UPN", "FormerUPN", "UPNunknown", "PersonBirthDate", "ExpectedPersonBirthDate",
     "GenderCurrent", "Sex", "PersonDeathDate", "Ethnicity",
     "CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate", "ReasonForClosure",
     "DateOfInitialCPC", "ReferralNFA",
     "AssessmentActualStartDate", "AssessmentInternalReviewDate", "AssessmentAuthorisationDate",
     "CINPlanStartDate", "CINPlanEndDate",
     "S47ActualStartDate", "InitialCPCtarget", "ICPCnotRequired",
     "CPPstartDate", "CPPendDate", "InitialCategoryOfAbuse", "LatestCategoryOfAbuse",
     "NumberOfPreviousCPP",
     "PPStartDate", "LBPSentDate", "FGDMMeetingOffer", "FGDMMeetingFac", "InitialPPMeetingDate",
     "ReviewMeetingsCount", "StepDecisionDate", "PPOutcome", "CourtAppDate", "LetterInitCPDate"]
)  # fmt: skip

DATES = (
    "PersonBirthDate", "ExpectedPersonBirthDate", "PersonDeathDate", "CINreferralDate",
    "CINclosureDate", "DateOfInitialCPC", "AssessmentActualStartDate",
    "AssessmentInternalReviewDate", "AssessmentAuthorisationDate", "CINPlanStartDate",
    "CINPlanEndDate", "S47ActualStartDate", "InitialCPCtarget", "CPPstartDate", "CPPendDate",
    "PPStartDate", "LBPSentDate", "InitialPPMeetingDate", "StepDecisionDate", "CourtAppDate",
    "LetterInitCPDate",
)  # fmt: skip

# The date that a row cannot do without: any of these will do.
NEEDED: dict[str, tuple[str, ...]] = {
    "CINdetails": ("CINreferralDate",),
    "Assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
    "CINPlanDates": ("CINPlanStartDate",),
    "Section47": ("S47ActualStartDate", "DateOfInitialCPC"),
    "ChildProtectionPlans": ("CPPstartDate",),
}

# From the census of this year on, `Sex` (M, F, U) takes the place of `GenderCurrent` (0, 1, 2, 9).
SEX_SINCE = 2025
