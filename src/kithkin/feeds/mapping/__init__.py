"""The declarative mapper: a TOML file says how an agency's files become canonical rows.

`reading.read_mapping` reads and checks such a file, `reader.read_by_mapping` reads a delivery
by it, `kinds.kinds_of` lists the kinds of event it can make, and `describe.describe_mapping`
says in tables what becomes of each column.
"""
