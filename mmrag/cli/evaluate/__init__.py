"""`mmrag eval`: measures on one's own index and labels."""
