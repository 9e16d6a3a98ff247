"""What a release says of one person and theme, or of a tie, told for a person who must judge it.

`theme_story` gathers it, reasons first; `story_page` makes one page of HTML of it. `tie_story` and
`tie_page` do the same for what ties two persons; `list_sensitivity` and `sensitivity_page` for how
much of a list rests on constants that people chose.
"""

from kithkin.releases.stories.gathering import theme_story
from kithkin.releases.stories.page import story_page
from kithkin.releases.stories.sensitivity_gathering import ListSensitivity, list_sensitivity
from kithkin.releases.stories.sensitivity_page import sensitivity_page
from kithkin.releases.stories.story import ThemeStory, others_shown
from kithkin.releases.stories.tie_gathering import tie_story
from kithkin.releases.stories.tie_page import tie_page
from kithkin.releases.stories.tie_story import TieStory

__all__ = [
    "ListSensitivity",
    "ThemeStory",
    "TieStory",
    "list_sensitivity",
    "others_shown",
    "sensitivity_page",
    "story_page",
    "theme_story",
    "tie_page",
    "tie_story",
]
