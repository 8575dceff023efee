"""A clip is made once, whoever asks; what is not the same clip or the same network is made anew."""

import os
from pathlib import Path

import pytest
import torch
from pretrain.nets.autoencoder import AutoencoderShape
from pretrain.nets.teacher import TeacherShape
from pretrain.objectives.codec import Pixels, standardise
from pretrain.objectives.reconstruction import Autoencoder, Reconstruction
from pretrain.objectives.remembered import Remembered, digest
from pretrain.objectives.targets import untrained


def asking(path: Path, asked: list[int]) -> Remembered:
    def make(frames: torch.Tensor) -> torch.Tensor:
        asked.append(len(frames))
        return Pixels().encode(frames)

    return Remembered(make, path, (256, 768))


def test_a_clip_is_made_once(tmp_path: Path) -> None:
    asked: list[int] = []
    frames, numbers = (torch.rand(3, 16, 64, 64, 3) * 255).to(torch.uint8), torch.tensor([7, 8, 9])
    first = asking(tmp_path / "folder" / "tokens", asked)(frames[:2], numbers[:2])
    another = asking(tmp_path / "folder" / "tokens", asked)
    again = another(frames[[2, 0]], numbers[[2, 0]])
    assert asked == [2, 1] and torch.equal(again[1], first[0])
    torch.testing.assert_close(again[0], Pixels().encode(frames)[2], atol=2e-3, rtol=0)  # float16, up to 3
    another(frames[:1], numbers[2:])  # another clip under a number that is there
    assert asked == [2, 1, 1]


def test_a_row_that_was_not_written_whole_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    frames, numbers = (torch.rand(1, 16, 64, 64, 3) * 255).to(torch.uint8), torch.tensor([2])
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, row, at: write(file, row[: len(row) // 2], at))
    with pytest.raises(OSError, match="no room on the disk"):
        asking(tmp_path / "tokens", asked)(frames, numbers)
    monkeypatch.undo()
    whole = asking(tmp_path / "tokens", asked)(frames, numbers)
    assert asked == [1, 1] and torch.equal(whole, asking(tmp_path / "tokens", asked)(frames, numbers)) and asked == [1, 1]


def test_a_cut_out_has_no_place(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="-3"):
        asking(tmp_path / "tokens", [])(torch.zeros(1, 16, 64, 64, 3, dtype=torch.uint8), torch.tensor([-3]))


def test_networks_are_told_apart() -> None:
    a, b = torch.zeros(4), torch.tensor([0.0, 0.0, 0.0, 1e-6])
    assert digest([a]) == digest([a.clone()]) != digest([b])
    assert len({digest([a]), digest([a.reshape(2, 2)]), digest([a[:2], a[2:]])}) == 3
    shapes = [TeacherShape(32, 1, heads) for heads in (2, 4)]  # whose tensors are the same, untrained
    two, four = (untrained(shape).state_dict().values() for shape in shapes)
    assert digest(two) == digest(four) and digest(two, shapes[0]) != digest(four, shapes[1])


def test_other_numbers_have_another_file(tmp_path: Path) -> None:
    asked: list[int] = []
    remembered = asking(tmp_path / "tokens", asked)
    frames, numbers = (torch.rand(1, 16, 64, 64, 3) * 255).to(torch.uint8), torch.tensor([0])
    for _ in range(2):
        remembered(frames, numbers)
        with torch.autocast("cpu", torch.bfloat16):
            remembered(frames, numbers)
    assert asked == [1, 1] and {path.name for path in tmp_path.iterdir()} == {"tokens-float32", "tokens-bfloat16"}


def test_another_decoder_is_the_same_codec() -> None:
    shape = AutoencoderShape((8, 8, 8, 8), 4)
    one, frames = Autoencoder(shape, Reconstruction()), torch.zeros(1, 16, 64, 64, 3, dtype=torch.uint8)
    name = standardise(one, frames).name
    torch.nn.init.normal_(one.decoder.straight.weight)
    assert standardise(one, frames).name == name
    torch.nn.init.normal_(one.encoder.straight.weight)
    assert standardise(one, frames).name != name
