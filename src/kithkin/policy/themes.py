"""What the policy says of themes: a kind of harm, what counts as evidence of it, and how much."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kithkin.policy.models import Ages, Cautions, Days, Frozen, Names, Selecting, SomeNames, Text
from kithkin.policy.networks import Nature, Positive

TrackName = Literal["victim", "perpetrator"]
TRACKS: tuple[TrackName, ...] = ("victim", "perpetrator")
PROPOSAL = "partnership proposal"


class Component(Selecting):
    """One line of evidence: which events count, for how long, and how much each.

    Parameters
    ----------
    kinds, roles, ages, value_at_least : which parts in events count (`Selecting`); ages are those
        at the event.
    weight : multiplies each event's gravity.
    window_days : an older event no longer counts; of what lasts, its end is so old.
    half_life_days : after so long an event counts half; what lasts counts in full while it is
        open, and fades from its end.
    at_most : the component gives no more points of evidence than this.
    variables : what the published models of Insight Bristol call it, if they have it.
    basis : where its constants come from.

    """

    title: Text
    weight: Positive = 1.0
    window_days: Days
    half_life_days: Days
    at_most: Positive
    variables: Names = ()
    basis: Text = PROPOSAL


class Track(Frozen):
    """Whose evidence counts on one side of a theme, and how it becomes an index.

    Parameters
    ----------
    ages : persons of this age on the as-of date have a score; without a date of birth nobody has.
    halfway : points of evidence at which the index is 50.
    components : by name.
    once : lists of components that may see one occasion twice, as a crime and as its mark. The
        components of a list together give no more than if each occasion counted once, by the
        event and component that give most.
    basis : where `ages` and `halfway` come from.

    """

    ages: Ages
    halfway: Positive
    once: tuple[SomeNames, ...] = ()
    basis: Text = PROPOSAL
    components: Annotated[dict[Text, Component], Field(min_length=1)]


class ThemeNetwork(Frozen):
    """How the network bears on a theme.

    Parameters
    ----------
    natures : of ties along which it does.
    floor : index from which a person is said to carry the theme.
    most_points : the network adds no more to a score.
    halfway : attention (points of index that reach a person) at which it adds half of them.
    kept : tie strength that stands for attention which a person does not pass on; the weaker all
        their ties together, the less of their index reaches anyone.
    onward : share of the attention of one step that goes on to the second; 0 ends it at one.
    emerging_points : from so many points of the network term, with no evidence of one's own, a
        person is emerging.
    basis : where these come from.

    """

    natures: Annotated[
        tuple[Nature, ...],
        Field(min_length=1),
        AfterValidator(lambda names: tuple(sorted(set(names)))),
    ]
    floor: Annotated[float, Field(strict=True, gt=0, le=100)]
    most_points: Annotated[float, Field(strict=True, ge=0, le=100)]
    halfway: Positive
    kept: Positive
    onward: Annotated[float, Field(strict=True, ge=0, lt=1)]
    emerging_points: Annotated[float, Field(strict=True, ge=0, le=100)]
    basis: Text = PROPOSAL


class Theme(Frozen):
    """A kind of harm, or a need, with a victim track and, for adults, a perpetrator track.

    Parameters
    ----------
    concern : "harm", or "need" for a theme that is about support and never a risk.
    never : cautions whose kinds may not count here.
    strengths : codes of protective indicators that stand beside the score.

    """

    name: Text
    title: Text
    description: Text
    concern: Literal["harm", "need"]
    never: Cautions = ()
    strengths: Names = ()
    victim: Track
    perpetrator: Track | None = None
    network: ThemeNetwork | None = None
    basis: Text

    def tracks(self) -> dict[TrackName, Track]:
        """Give the tracks that the theme has, victim first."""
        both: dict[TrackName, Track | None] = {
            "victim": self.victim, "perpetrator": self.perpetrator
        }  # fmt: skip
        return {name: track for name, track in both.items() if track is not None}


class Scoring(Frozen):
    """What all themes share.

    Parameters
    ----------
    harm_days_top : days of the crime harm index that stand for gravity 5; one day stands for 1,
        and between them gravity goes with the logarithm.
    adult : age from which a person is an adult.
    open_at_most_days : nothing that lasts counts as open for longer, since such a record may be one
        that nobody closed: from then on it fades as if it had ended. A kind may say its own.
    high_from : score from which it is high.
    trend_months : months of the person's own past against which a trend is judged.
    trend_points, trend_swings : a score is rising when it is above the mean of that past by more
        than so many points and by more than so many of its standard deviations (falling: below).

    """

    harm_days_top: Positive
    adult: Annotated[int, Field(strict=True, ge=16, le=21)]
    open_at_most_days: Days
    trend_months: Annotated[int, Field(strict=True, ge=1)]
    trend_points: Positive
    trend_swings: Positive
    high_from: Annotated[float, Field(strict=True, gt=0, le=100)]
    basis: dict[Text, Text] = Field(default_factory=dict)
