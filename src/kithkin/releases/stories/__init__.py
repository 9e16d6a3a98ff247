"""What a release says of one person and theme, told for a person who must judge it.

`theme_story` gathers it, reasons first; `story_page` makes one page of HTML of it.
"""

from kithkin.releases.stories.gathering import theme_story
from kithkin.releases.stories.page import story_page
from kithkin.releases.stories.story import ThemeStory, others_shown

__all__ = ["ThemeStory", "others_shown", "story_page", "theme_story"]
