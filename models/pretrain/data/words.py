"""The closed set of words of the prompts, as src/world/language/words.ts has it; a test of the product compares the two."""

import json
from pathlib import Path

import numpy as np

_FILE = Path(__file__).with_name("words.json")
VOCABULARY: list[str] = json.loads(_FILE.read_text())  # token ids are positions; 0 pads
MAX_WORDS = 12
_IDS = {word: i for i, word in enumerate(VOCABULARY)}
_OTHER = {"left": "right", "right": "left"}


def tokens_of(prompt: str) -> np.ndarray:
    """Token ids int64 [12], padded with 0; the empty prompt is all zeros. @raises ValueError for an unknown or 13th word."""
    words = prompt.split()
    unknown = [word for word in words if word not in _IDS]
    if unknown or len(words) > MAX_WORDS:
        raise ValueError(f"not a prompt of the sandbox (unknown: {unknown}, {len(words)} words): {prompt!r}")
    ids = np.zeros(MAX_WORDS, np.int64)
    ids[: len(words)] = [_IDS[word] for word in words]
    return ids


def mirrored(prompt: str) -> str:
    """What the prompt says of the same clip seen in a mirror."""
    return " ".join(_OTHER.get(word, word) for word in prompt.split())
