"""Content moderation: policies, scores by contrast, word lists, calibration, reports."""
