"""Tests of the first screens per role."""
