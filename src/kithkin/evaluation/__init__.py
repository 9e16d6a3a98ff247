"""How well Kithkin does what it does: measured against the truth, or against people who judged.

`linkage` judges who was taken for whom.
"""

from kithkin.evaluation.errors import EvaluationError

__all__ = ["EvaluationError"]
