"""Centre errors: paired by prompt, with intervals that cover and tests that can say no."""

import json
from pathlib import Path

import numpy as np
import pytest
from pretrain.measures.errors import error_lines, error_table, interval, read_errors, sign_flip
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
        lines = [json.dumps({"prompt": f"clip {i % 20}", "error": 3 + shift + i % 2, "still": 7}) for i in range(40)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    table = error_table([tmp_path / "first.jsonl", tmp_path / "other.jsonl"])
    assert (
        "| first | 40 | 3.50 [" in table
        and "| 0.50 |" in table
        and "| other | 40 | -1.000 [-1.000, -1.000] | 0.0001 |" in table
    )


def test_runs_of_several_seeds_are_averaged_clip_by_clip(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    clips = np.tile(draw.normal(3, 1, 50), 3)  # each run errs alike, but for a little
    lines = [
        json.dumps({"prompt": f"clip {i % 50}", "error": e + 0.01 * draw.normal(), "still": 7}) for i, e in enumerate(clips)
    ]
    path = tmp_path / "runs.jsonl"
    path.write_text("\n".join(lines))
    widths = [np.ptp(interval(read_errors(path, seeds))) for seeds in (1, 3)]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(3), rel=0.05) and "| runs | 50 |" in error_table([path], 3)
    with pytest.raises(ValueError, match="150 clips"):
        read_errors(path, 4)
    path.write_text("\n".join(lines[:50] + lines[51:100] + lines[50:51]))
    with pytest.raises(ValueError, match="same clips"):
        read_errors(path, 2)
