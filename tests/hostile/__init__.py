"""Documents that attack whoever answers from them, made in code, and what they want to see said."""
