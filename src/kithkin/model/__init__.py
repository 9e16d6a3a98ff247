"""The canonical tables, code sets with validity dates, identifiers and dates.

Every agency's file becomes these tables; nothing later in the pipeline knows a source format.
"""
