"""The networks: teacher, autoencoder, student, projector."""
