"""Training: contrastive losses, a small trainer, and the tiny model made with it."""
