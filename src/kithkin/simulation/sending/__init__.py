"""What agencies send: their registers of people with the mistakes in them, and the files.

Nothing written here carries a position in the world or any other truth: each agency knows people
by numbers of its own.
"""
