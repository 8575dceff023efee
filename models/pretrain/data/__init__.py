"""Clips: the world's and our own, on disk and as a stream of batches, and what is known of them."""
