"""The fixture county: a dozen families, small enough to draw, as a real feeds folder."""
