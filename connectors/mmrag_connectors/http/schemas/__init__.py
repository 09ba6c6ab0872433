"""What requests and responses of the HTTP API look like, and how that is documented."""
