"""What each network is trained by."""
