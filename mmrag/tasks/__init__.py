"""What embeddings are good for besides searching."""
