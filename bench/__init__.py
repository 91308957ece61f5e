"""Measurements, started by ``./run bench NAME``; each module is one, with ``main()`` at its end."""
