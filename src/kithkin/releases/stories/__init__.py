"""What a release says of one person and theme, told for a person who must judge it.

`theme_story` gathers it, reasons first; `story_page` makes one page of HTML of it.
"""
