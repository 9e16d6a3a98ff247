"""How well and how fast records are linked, beside other linkers on the same records.

`python -m bench.linkage` links public sets with known truth; `python -m bench.linkage.scale` a
simulated county of a million records. Both run each linker in a process of its own.
"""
