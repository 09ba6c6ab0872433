"""Where files come from: folders, archives, web addresses and remote file systems."""
