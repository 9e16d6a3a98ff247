"""From person records to comparable ones: names, dates, numbers and places made alike."""

from kithkin.people.cleaning.comparable import ComparableTable, comparable_records

__all__ = ["ComparableTable", "comparable_records"]
