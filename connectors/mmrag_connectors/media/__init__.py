"""What a cited place looks like: pages, pictures and frames with the region marked, thumbnails."""
