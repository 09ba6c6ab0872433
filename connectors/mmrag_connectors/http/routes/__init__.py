"""The routes, a module for each kind; every module has a `router`."""
