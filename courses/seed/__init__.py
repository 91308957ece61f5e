"""The teaching text that comes with the project, and the loader that makes pages of it."""
