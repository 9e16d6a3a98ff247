"""How referral texts are written: how long, how well spelt, and how much the referrer knows."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from kithkin.simulation.settings.sections import Section


class Voice(BaseModel):
    """How one kind of referrer writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    open: float = Field(ge=0)
    incident: float = Field(ge=0)
    witness: float = Field(ge=0)
    quote: float = Field(ge=0)
    say: float = Field(ge=0)
    history: float = Field(ge=0)
    detail: float = Field(ge=0)
    strength: float = Field(ge=0)
    filler: float = Field(ge=0)
    close: float = Field(ge=0)
    """Mean number of sentences of each kind in a text of usual length."""
    spread: float = Field(ge=0, le=1.5)
    """Standard deviation of the log of a text's length."""
    curt: float = Field(ge=0, le=1)
    """Share of texts that say next to nothing."""
    copied: float = Field(ge=0, le=1)
    """Share of texts with earlier texts about the child that have one of them pasted in."""
    named: float = Field(ge=0, le=1)
    """Share who know the children's names."""
    knows: float = Field(ge=0, le=1)
    """Share who know of an earlier happening, where there was one."""
    consent: tuple[float, float, float, float]
    """Shares of consent given, refused, not sought, and not spoken of."""
    misspelt: float = Field(ge=0, le=0.5)
    """Share of words misspelt, in the mean text."""
    styles: tuple[float, float, float, float, float]
    """Shares of texts as in STYLES: plain, lower case, no stops, capitals, texting."""


class TextSettings(Section):
    """The shares and rates of referral texts."""

    FILE: ClassVar[str] = "text.toml"

    mention_true: float = Field(ge=0)
    """How readily a matter that is so is mentioned, as a weight."""
    mention_false: float = Field(ge=0)
    """How readily a matter that is not so is mentioned."""
    weights: dict[str, float]
    """How readily a concept is mentioned, where not 1."""
    assertions_true: tuple[float, float, float, float, float, float]
    """Of mentioned matters that are so: present, negated, alleged, historical, hypothetical,
    said of another person. Negated here is the referrer's mistake."""
    assertions_false: tuple[float, float, float, float, float, float]
    """The same of matters that are not so. Present here is the referrer's mistake."""
    contradiction: float = Field(ge=0, le=1)
    """Share of texts in which the matter told of is denied in another sentence."""
    wrong_name: float = Field(ge=0, le=1)
    """Share of referrers who give a child another name than its own."""
    respelt: float = Field(ge=0, le=1)
    """Share of texts that spell a forename, or the surname, another common way, where it has one."""
    known_as: float = Field(ge=0, le=1)
    """Share of texts that call a child by the name friends use, where it has one."""
    header_of_copy: float = Field(ge=0, le=1)
    """Share of pasted texts with a line that says so."""
    voices: dict[str, Voice]
