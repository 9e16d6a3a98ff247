"""The declarative mapper: a TOML file says how an agency's files become canonical rows.

`read_mapping` reads and checks such a file, `read_by_mapping` reads a delivery with it,
`describe_mapping` says in tables what becomes of each column.
"""
