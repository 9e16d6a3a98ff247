"""How often two human beings were taken for one, or one for two, and for whom more often.

`assess` judges a release against the truth; `sample_for_review` and `estimate` do so without it,
from pairs that people judged; `calibrate`
corrects stated probabilities by them; `write_page` and `write_estimate_page` show either.
"""

from kithkin.evaluation.linkage.calibrating import Calibrated, calibrate
from kithkin.evaluation.linkage.estimating import Estimate, estimate
from kithkin.evaluation.linkage.page import write_estimate_page, write_page
from kithkin.evaluation.linkage.quality import LinkageQuality, assess
from kithkin.evaluation.linkage.released import Released, read_released
from kithkin.evaluation.linkage.reviewed import Reviewed, read_reviewed
from kithkin.evaluation.linkage.sampling import Sample, sample_for_review
from kithkin.evaluation.linkage.sheet import write_sample
from kithkin.evaluation.linkage.truth import Truth, read_truth

__all__ = [
    "Calibrated",
    "Estimate",
    "LinkageQuality",
    "Released",
    "Reviewed",
    "Sample",
    "Truth",
    "assess",
    "calibrate",
    "estimate",
    "read_released",
    "read_reviewed",
    "read_truth",
    "sample_for_review",
    "write_estimate_page",
    "write_page",
    "write_sample",
]
