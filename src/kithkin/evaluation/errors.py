"""What goes wrong in an evaluation."""


class EvaluationError(Exception):
    """A file to judge by cannot be used: says which, where (row, column, value), and the remedy."""
