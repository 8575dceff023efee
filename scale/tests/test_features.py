"""Files of features for the page: what is written, what is refused, and that the texts of docs/bring-your-own.md run."""

import re
from pathlib import Path

import pytest
import tiny
import torch
from conftest import ROOT
from diffusers import CogVideoXPipeline
from safetensors import safe_open

from tempered_features import check, save, token_times

TIMES = [0.0, 0.5]


def test_what_is_written_is_what_safetensors_reads(tmp_path: Path) -> None:
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        layers = {"block 1": torch.randn(2, 2, 3, 4).to(dtype), "block 2": torch.randn(2, 6, 5).to(dtype)}
        save(tmp_path / "x.safetensors", layers, name="mine", times=TIMES, grid=(3, 2))
        with safe_open(tmp_path / "x.safetensors", "pt") as file:
            assert file.metadata() == {"name": "mine", "frame_times_s": "0.0,0.5", "grid": "3x2"}
            for key, value in layers.items():
                assert torch.equal(file.get_tensor(f"features.{key}"), value)
        assert check(tmp_path / "x.safetensors") == {"features.block 1": (2, 2, 3, 4), "features.block 2": (2, 3, 2, 5)}


@pytest.mark.parametrize(
    ("features", "options", "sentence"),
    [
        (torch.zeros(1, 2, 2, 2, 3), {"times": TIMES}, "batch axis"),
        (torch.zeros(2, 5, 3), {"times": TIMES, "grid": (2, 2)}, "5 tokens a frame and the grid 2x2 has 4"),
        (torch.zeros(2, 4, 3), {"times": TIMES}, "needs a grid"),
        (torch.full((2, 1, 1, 1), torch.nan), {"times": TIMES}, "not finite"),
        (torch.zeros(2, 1, 1, 1), {"times": [0.5, 0.0]}, "later than the one before"),
        (torch.zeros(2, 1, 1, 1), {}, "give times="),
        (torch.zeros(2, 1, 1, 1, dtype=torch.float64), {"times": TIMES}, "use float32"),
        ({"a": torch.zeros(2, 1, 1, 1), "b": torch.zeros(3, 1, 1, 1)}, {"times": TIMES}, "share their frames"),
        (torch.zeros(2, 1, 1, 1), {"frames": torch.zeros(2, 16, 16, 3, dtype=torch.uint8)}, "need fps="),
    ],
)
def test_what_the_page_would_refuse_is_refused_here(tmp_path: Path, features, options, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        save(tmp_path / "x.safetensors", features, name="mine", **options)


def test_a_token_is_at_the_middle_of_its_frames() -> None:
    assert token_times(8, 8, 2) == [0.0625, 0.3125, 0.5625, 0.8125]
    assert token_times(9, 8, 4, first_alone=True) == [0, 2.5 / 8, 6.5 / 8]


def test_the_text_for_cogvideox_runs_on_diffusers_own_model(tmp_path: Path) -> None:
    text = (ROOT / "docs/bring-your-own.md").read_text()
    (code,) = re.findall(r"```python\n(# cogvideox\n.*?)```", text, re.DOTALL)
    names: dict = {}
    exec(code, names)
    tiny.write_model(tmp_path / "model")
    pipe = CogVideoXPipeline.from_pretrained(tmp_path / "model")
    video = torch.randint(0, 256, (tiny.FRAMES, tiny.SIDE, tiny.SIDE, 3), dtype=torch.uint8)
    names["write_cogvideox"](pipe, video, 8, tmp_path / "x.safetensors", block=tiny.BLOCK, ts=(100, 500))
    side = tiny.SIDE // 16
    assert check(tmp_path / "x.safetensors") == {f"features.block 2, t = {t}": (3, side, side, 64) for t in (100, 500)}
    # The block after which they are read, and the noise, are what was asked for.
    one, other = (names["cogvideox_features"](pipe, video, 8, block, 100) for block in (tiny.BLOCK, tiny.BLOCK + 1))
    assert not torch.allclose(one, other)
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        assert torch.equal(file.get_tensor("features.block 2, t = 100"), one.half())
        assert not torch.equal(file.get_tensor("features.block 2, t = 500"), one.half())
