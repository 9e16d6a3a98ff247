"""What each agency sees of people's lives: the tables behind its files, part seen and late.

Each module yields `AgencyFile` tables of one contract; `everyday` streams the bulk of dated rows.
"""
