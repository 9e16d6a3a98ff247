"""Codes of the returns for the words of the county."""

from __future__ import annotations

from kithkin.simulation.care import SOURCES

_SOURCE = {
    "police": "6", "school": "2A", "health_visitor": "3B", "hospital": "3E", "gp": "3A",
    "other_health": "3F", "council_service": "5B", "housing": "4", "youth_justice": "5B",
    "family": "1A", "neighbour": "1B", "anonymous": "9", "other_individual": "1D",
    "other_legal": "7", "other": "8", "unknown": "10",
}  # fmt: skip
SOURCE_CODES = tuple(_SOURCE[source] for source in SOURCES)
"""Code of `referral_source` by position in SOURCES."""

CLOSURES = tuple(f"RC{number}" for number in range(1, 10))
ADOPTED = ("E11", "E12")

_CONTACT_SOURCE = {
    "police": "g) Police", "school": "b) Schools", "council_service": "f) LA services",
    "housing": "e) Housing", "youth_justice": "f) LA services", "family": "a) Individual",
    "neighbour": "a) Individual", "other_individual": "a) Individual",
    "anonymous": "j) Anonymous", "other_legal": "h) Other legal agency", "other": "i) Other",
    "unknown": "k) Unknown",
}  # fmt: skip
CONTACT_SOURCES = tuple(_CONTACT_SOURCE.get(source, "d) Health services") for source in SOURCES)
"""Annex A's words by position in SOURCES."""
