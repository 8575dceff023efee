"""The paper's fine-tuning of CogVideoX-2B: what train.py, precompute.py, evaluate.py and export.py are made of."""
