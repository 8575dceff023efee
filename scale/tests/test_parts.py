"""Teacher, schedule, data and evaluation against what others have written."""

import csv
import json
import math
import shutil
import socket
import weakref
from functools import wraps
from pathlib import Path

import pytest
import torch
import webdataset
from accelerate.state import DistributedType, PartialState
from conftest import Tiny, run
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXDPMScheduler
from safetensors.torch import load, load_file, save_file
from tiny import CAPTIONS, CLIPS, SIZE
from transformers import VideoMAEConfig, VideoMAEModel

import evaluate
from tuning.average import Average
from tuning.data import ShardClips, VideoClips, fitted, frame_numbers, list_videos, open_clips, read_frames, teacher_view
from tuning.objective import alphas
from tuning.processes import PATIENCE, processes
from tuning.recipe import Recipe, read_recipe
from tuning.student import read_transformer
from tuning.teacher import DEVIATION, MEAN, VideoMAEv2, positions, read_teacher


def test_the_schedule_is_diffusers_and_the_methods(tiny: Tiny) -> None:
    theirs = CogVideoXDDIMScheduler.from_pretrained(tiny.model / "scheduler").alphas_cumprod
    torch.testing.assert_close(alphas().float(), theirs.float(), rtol=1e-4, atol=1e-7)  # theirs is made in float32
    stated = {0: 0.997454327643, 100: 0.728241932313, 500: 0.095328100863, 750: 0.010838901909, 998: 6.2308e-8, 999: 0.0}
    for t, value in stated.items():
        assert float(alphas()[t]) == pytest.approx(value, rel=1e-4 if t == 998 else 1e-9, abs=1e-15)


def test_the_teacher_is_transformers_videomae() -> None:
    """On the table's own grid; without the last norm, which a mean-pooling model has not."""
    config = VideoMAEConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        use_mean_pooling=True,
        layer_norm_eps=1e-6,
    )
    theirs, ours = VideoMAEModel(config).eval(), VideoMAEv2(32, 2, 2).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    named = theirs.state_dict()
    state = {f"patch_embed.proj.{n}": named[f"embeddings.patch_embeddings.projection.{n}"] for n in ("weight", "bias")}
    for i in range(2):
        of = {name.split(f"encoder.layer.{i}.")[1]: value for name, value in named.items() if f"encoder.layer.{i}." in name}
        inside = "attention.attention."
        state |= {
            f"blocks.{i}.attn.qkv.weight": torch.cat([of[f"{inside}{n}.weight"] for n in ("query", "key", "value")]),
            f"blocks.{i}.attn.q_bias": of[f"{inside}query.bias"],
            f"blocks.{i}.attn.v_bias": of[f"{inside}value.bias"],
        }
        names = {"attention.output.dense": "attn.proj", "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2"}
        names |= {"layernorm_before": "norm1", "layernorm_after": "norm2"}
        state |= {f"blocks.{i}.{ours_}.{n}": of[f"{name}.{n}"] for name, ours_ in names.items() for n in ("weight", "bias")}
    ours.load_state_dict(state)
    video = torch.rand(1, 16, 3, 224, 224)
    mean, deviation = (torch.tensor(v).reshape(3, 1, 1) for v in (MEAN, DEVIATION))
    with torch.no_grad():
        expected = theirs((video - mean) / deviation).last_hidden_state
    torch.testing.assert_close(ours(video).flatten(1, 2), expected, rtol=1e-4, atol=1e-4)


def test_positions_of_another_grid_are_the_tables_between() -> None:
    table = positions(8, 14, 14, 16).reshape(8, 14, 14, 16)
    more = positions(24, 14, 14, 16).reshape(24, 14, 14, 16)
    torch.testing.assert_close(more[1::3], table)  # the middle one of three
    torch.testing.assert_close(more[2], (2 * table[0] + table[1]) / 3)
    assert positions(24, 10, 15, 16).shape == (3600, 16)
    wide = positions(8, 10, 15, 16).reshape(8, 10, 15, 16)
    torch.testing.assert_close(wide, torch.einsum("ri,cj,fijw->frcw", bicubic(10), bicubic(15), table), rtol=1e-4, atol=1e-5)
    assert positions(24, 10, 15, 16) is positions(24, 10, 15, 16)  # a micro-batch need not make it again


def bicubic(size: int) -> torch.Tensor:
    """[size, 14]: weights of 14 values in each of `size` between them, by Keys' kernel with a = −0.75."""
    found = torch.zeros(size, 14)
    for i in range(size):
        at = (i + 0.5) * 14 / size - 0.5
        for k in range(math.floor(at) - 1, math.floor(at) + 3):
            x = abs(at - k)
            near, far = 1.25 * x**3 - 2.25 * x**2 + 1, -0.75 * (x**3 - 5 * x**2 + 8 * x - 4)
            found[i, min(max(k, 0), 13)] += near if x <= 1 else far
    return found


def test_a_file_that_is_no_teacher_says_so(tmp_path: Path, tiny: Tiny) -> None:
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"no VideoMAEv2: it has no model.patch_embed"):
        read_teacher(tmp_path / "other.safetensors")
    cut = load_file(tiny.teacher)
    del cut["model.blocks.1.attn.q_bias"]
    save_file(cut, tmp_path / "cut.safetensors")
    with pytest.raises(ValueError, match=r"missing \['blocks.1.attn.q_bias'\]"):
        read_teacher(tmp_path / "cut.safetensors")


def test_videorepas_layout_is_read_unchanged(tiny: Tiny, tmp_path: Path) -> None:
    root, recipe = tmp_path / "finetune", read_recipe(tiny.recipe, [])
    (root / "openvid/videos").mkdir(parents=True)
    with (root / "openvid/openvid_3.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("video", "caption"), *((f"{name}.mp4", caption) for name, caption in CLIPS.items())])
    for name in CLIPS:
        shutil.copy(tiny.clips / f"{name}.mp4", root / "openvid/videos")
    with pytest.raises(ValueError, match=r"3 of 3 clips .* such as big-buck-bunny.mp4: run precompute.py"):
        VideoClips(root / "openvid/openvid_3.csv", recipe)
    shutil.copytree(tiny.clips / "cache", root / "cache/openvid")
    ours, theirs = VideoClips(tiny.clips, recipe), VideoClips(root / "openvid/openvid_3.csv", recipe)
    assert (root / f"cache/openvid/video_latent/cogvideox-t2v/{SIZE}/chelsea.safetensors").exists()
    for i in range(3):
        for name, value in ours[i].items():
            assert torch.equal(value, theirs[i][name])


def test_shards_are_webdatasets(tiny: Tiny) -> None:
    ours = ShardClips(tiny.shards)
    shards = [str(path) for path in sorted(tiny.shards.glob("*.tar"))]
    for i, sample in enumerate(webdataset.WebDataset(shards, shardshuffle=False)):
        assert json.loads(sample["json"])["caption"] == CAPTIONS[i]
        clip = load(sample["safetensors"])
        assert clip["view"].shape == (8, 3, 32, 48) and clip["view"].dtype == torch.uint8
        assert all(torch.equal(value, clip[name]) for name, value in ours[i].items())
    assert i + 1 == len(ours) == 3
    with pytest.raises(ValueError, match=r"are \[16, 3, 12, 18\], the recipe wants \[16, 3, 18, 18\]"):
        open_clips(tiny.shards, read_recipe(tiny.recipe, ["height=144"]))


def test_frames_are_the_wanted_ones(tiny: Tiny, tmp_path: Path) -> None:
    bunny, video = (one.path for one in list_videos(tiny.clips, Recipe())[:2])
    every = read_frames(video, list(range(24)))
    assert torch.equal(read_frames(video, [0, 3, 3, 23]), every[[0, 3, 3, 23]])
    assert frame_numbers(video, 9) == list(range(0, 18, 2)) and frame_numbers(bunny, 49) == list(range(0, 98, 2))
    assert frame_numbers(video, 26) == [*range(24), 23, 23]
    with pytest.raises(ValueError, match="has no frame 24"):
        read_frames(video, [24])
    # 320 × 224 px: 48 columns are cut on each side; then nothing is left to resize.
    torch.testing.assert_close(fitted(every, 224, 224), every[:, :, :, 48:272].float())
    assert teacher_view(fitted(every[:9], 96, 144), Recipe(frames=9, height=96, width=144)).shape == (8, 3, 32, 48)
    shutil.copy(video, tmp_path / "clip.mp4")
    with pytest.raises(ValueError, match=r"1 of 1 videos have no caption, such as clip.mp4"):
        list_videos(tmp_path, Recipe())


def test_checkpoints_draw_the_same_prompts_from_the_same_noise(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prompts.csv").write_text(f'caption,upsampled_caption\n"{CAPTIONS[0]}","{CAPTIONS[1]}"\n{CAPTIONS[2]},\n')
    assert evaluate.read_prompts(tmp_path / "prompts.csv") == [(CAPTIONS[0], CAPTIONS[1]), (CAPTIONS[2], CAPTIONS[2])]
    (tmp_path / "prompts.txt").write_text(f"{CAPTIONS[0]}\n{CAPTIONS[2]}\n")
    (tmp_path / "detailed.txt").write_text(f"{CAPTIONS[1]}\n{CAPTIONS[2]}\n")
    drawn, write = {}, evaluate.write_video
    monkeypatch.setattr(evaluate, "write_video", lambda f, path: (drawn.update({path.resolve(): f}), write(f, path)))
    spaced, tiled, step = set(), [], CogVideoXDPMScheduler.step

    @wraps(step)  # the pipeline asks the signature whether it takes a generator
    def seen(self: CogVideoXDPMScheduler, *arguments: object, **options: object) -> object:
        spaced.add(self.config.timestep_spacing)
        return step(self, *arguments, **options)

    monkeypatch.setattr(CogVideoXDPMScheduler, "step", seen)
    monkeypatch.setattr(AutoencoderKLCogVideoX, "enable_tiling", lambda self: tiled.append(self))
    command = ["--prompts", "prompts.txt", "--detailed", "detailed.txt", "--out", ".", "--model", tiny.model]
    command += ["--size", SIZE, "--steps", 2]
    monkeypatch.chdir(tmp_path)
    run(evaluate.main, f"one={tiny.model}", f"two={tiny.model}", *command, "--dtype", "float32")
    first, second, again = (drawn[tmp_path / name] for name in ("one/0000.mp4", "one/0001.mp4", "two/0000.mp4"))
    # As VideoREPA's own 2B is drawn.
    how = json.loads((tmp_path / "one/drawn.json").read_text())
    assert how["scheduler"] == "CogVideoXDPMScheduler"
    assert how["prompts"] == evaluate.digest(prompt.encode() for prompt in (CAPTIONS[1], CAPTIONS[2]))
    assert spaced == {"trailing"} and len(tiled) == 1
    assert (first == again).all() and not (first == second).all()
    seen = read_frames(tmp_path / "two/0000.mp4", list(range(9))).permute(0, 2, 3, 1) / 255
    assert float((seen - torch.from_numpy(again)).abs().mean()) < 0.05  # what H.264 and half the colour leave of noise
    with (tmp_path / "two.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["caption"] for row in rows] == [CAPTIONS[0], CAPTIONS[2]]
    assert all(Path(row["videopath"]).exists() and Path(row["videopath"]).is_absolute() for row in rows)
    (tmp_path / "one/0001.mp4").unlink()
    drawn.clear()
    run(evaluate.main, f"one={tiny.model}", *command, "--dtype", "float32")
    assert list(drawn) == [tmp_path / "one/0001.mp4"] and (drawn[tmp_path / "one/0001.mp4"] == second).all()
    # What is there must have been drawn by the same weights, prompts and options.
    other = tmp_path / "other"
    read_transformer(str(tiny.model)).half().save_pretrained(other / "transformer")
    for checkpoint, more, words in (
        (tiny.model, ("--steps", 3), r"one holds videos that were drawn otherwise \(steps=3 for 2\)"),
        (other, (), r"drawn otherwise \(transformer=\w{16} for \w{16}\)"),
    ):
        with pytest.raises(SystemExit, match=words):
            run(evaluate.main, f"one={checkpoint}", *command, "--dtype", "float32", *more)
    (tmp_path / "one/drawn.json").unlink()
    with pytest.raises(SystemExit, match=r"one holds videos, and no drawn\.json says what drew them"):
        run(evaluate.main, f"one={tiny.model}", *command, "--dtype", "float32")


def test_a_detailed_prompt_is_drawn_and_the_judge_reads_the_caption(tmp_path: Path) -> None:
    """As VideoREPA draws videophy.txt by videophy_detailed.txt."""
    short, long = tmp_path / "videophy.txt", tmp_path / "videophy_detailed.txt"
    short.write_text("a cat\n\na cup \n")
    long.write_text("a grey cat on a chair\na cup of coffee\n\n")
    assert evaluate.read_prompts(short) == [("a cat", "a cat"), ("a cup", "a cup")]
    assert evaluate.read_prompts(short, long) == [("a cat", "a grey cat on a chair"), ("a cup", "a cup of coffee")]
    long.write_text("a grey cat on a chair\n")
    with pytest.raises(SystemExit, match=r"videophy\.txt has 2 captions and .*videophy_detailed\.txt 1 prompts"):
        evaluate.read_prompts(short, long)
    (tmp_path / "prompts.csv").write_text("caption\na cat\n")
    with pytest.raises(SystemExit, match="leave out --detailed"):
        evaluate.read_prompts(tmp_path / "prompts.csv", long)


def test_the_average_makes_one_copy_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of weights in bfloat16, as ZeRO-2 has them."""
    weights = {str(i): torch.full((4,), float(i), dtype=torch.bfloat16) for i in range(3)}
    average, made, alive, as_float = Average(weights, 0.5), [], [], torch.Tensor.float

    def watched(tensor: torch.Tensor) -> torch.Tensor:
        alive.append(sum(one() is not None for one in made))
        copy = as_float(tensor)
        made.append(weakref.ref(copy))
        return copy

    monkeypatch.setattr(torch.Tensor, "float", watched)
    for weight in weights.values():
        weight += 8
    average.update()
    assert alive == [0, 0, 0]
    for i, value in enumerate(average.values):  # the first step decays by 1 / 10
        torch.testing.assert_close(value, torch.full((4,), 0.1 * i + 0.9 * (i + 8)))


def test_processes_wait_for_each_other_for_longer_than_torch_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the group of `accelerate launch`; a processor has to be told, as in on_cpu.py."""
    monkeypatch.setattr(PartialState, "_prepare_backend", lambda *_, **__: ("gloo", DistributedType.MULTI_GPU))
    monkeypatch.setattr(PartialState, "set_device", lambda state: setattr(state, "device", torch.device("cpu")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    alone = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    for name, value in alone.items():
        monkeypatch.setenv(name, value)
    try:
        processes().wait_for_everyone()
        group = torch.distributed.group.WORLD
        assert group._get_backend(torch.device("cpu")).options._timeout == PATIENCE
    finally:
        torch.distributed.destroy_process_group()
        PartialState._reset_state()
