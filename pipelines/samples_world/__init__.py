"""The invented world of the sample folder: one module per file or family of files."""
