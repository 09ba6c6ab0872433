"""Generation: ranked nodes to an answer with verified citations."""
