"""The paper's fine-tuning of CogVideoX-2B: what the programs beside it are made of."""
