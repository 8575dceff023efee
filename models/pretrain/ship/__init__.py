"""Files that the page reads, with their cards."""
