"""A synthetic county that sends what its agencies send, with the truth kept apart.

Nothing here describes a real person: only postcodes, deprivation and published rates are real.
`simulate` writes the county; nothing under its `truth` folder is read by the rest of Kithkin.
"""
