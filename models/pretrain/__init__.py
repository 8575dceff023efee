"""Pre-training of the sandbox's own pair: a small VideoMAEv2, a video autoencoder and a small CogVideoX."""
