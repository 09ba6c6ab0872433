"""Doors between mmrag and other systems; the first ones come with version 0.6."""
