"""An index behind doors: asked by many at once, in this process or in one of its own."""
