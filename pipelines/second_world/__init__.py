"""The invented world of the second archive, on which answers are fitted: a town on a river."""
