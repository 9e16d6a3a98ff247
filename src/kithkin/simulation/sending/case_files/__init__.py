"""The case files of children's social care, from which its dataset and its returns are written.

`open_case_files` opens them as they stand on a day; `practice` and `health` hold what follows from
decisions by custom: visits, reviews, checks, missing episodes, leaving care.
"""

from kithkin.simulation.sending.case_files.files import CaseFiles, Kept, open_case_files

__all__ = ["CaseFiles", "Kept", "open_case_files"]
