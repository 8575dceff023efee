"""Centre errors: paired by prompt, with intervals that cover and tests that can say no."""

import json
from pathlib import Path

import numpy as np
import pytest
from pretrain.errors import error_lines, error_table, interval, sign_flip
from pretrain.smoke import stand_in


def test_a_clip_against_itself_has_no_error() -> None:
    clip = stand_in(0, 0)
    about = clip.about | {"category": "solid-solid", "template": "collide"}
    real = type(clip)(clip.frames, clip.truth, about)
    (line,) = error_lines([real], [real])
    assert json.loads(line)["error"] == 0
    other = type(clip)(clip.frames, {}, about | {"prompt": "a small blue box"})
    with pytest.raises(ValueError, match="a small blue box"):
        list(error_lines([other], [real]))


def test_interval_and_p() -> None:
    draw = np.random.default_rng(1)
    low, high = interval(draw.normal(1, 1, 400))
    assert low < 1 < high and high - low == pytest.approx(4 / np.sqrt(400), rel=0.15)  # ± 1.96 σ / √n
    assert sign_flip(draw.normal(0.5, 1, 100)) < 0.01
    assert sign_flip(draw.normal(0, 1, 100)) > 0.05


def test_table(tmp_path: Path) -> None:
    for name, shift in (("first", 0.0), ("other", -1.0)):
        lines = [json.dumps({"error": 3 + shift + i % 2, "still": 7}) for i in range(40)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    table = error_table([tmp_path / "first.jsonl", tmp_path / "other.jsonl"])
    assert (
        "| first | 40 | 3.50 [" in table
        and "| 0.50 |" in table
        and "| other | 40 | -1.000 [-1.000, -1.000] | 0.0001 |" in table
    )
