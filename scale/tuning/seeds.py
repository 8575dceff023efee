"""States of generators that are functions of numbers."""

import numpy as np


def state_of(*numbers: int) -> int:
    """For `torch.Generator().manual_seed`, which on the CPU reads the lower 32 bits of its seed only."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint32)[0])
