"""From a fresh clone to a served site, with nothing but Python's standard library.

``./run`` starts this package with whatever Python the machine has, before any dependency
is installed. So nothing in here may import Django, the houses, or anything from a wheel.
"""
