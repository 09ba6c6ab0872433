"""`mmrag moderate`: what a policy says of files, of an index, and of labelled items."""
