"""Fairness by group of a labelled attribute: who is found, who is shown, who is judged right."""
