"""Clips in files, the stream of training clips, and where their tokens go."""

import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from pretrain.config import Data, Training, read
from pretrain.data import shards as shards_module
from pretrain.data.centres import centre_error, centres, moved, still
from pretrain.data.clips import Clip, parse, read_stream, serialise, write_shard
from pretrain.data.shards import Shards, fill, templates
from pretrain.data.stream import Stream, batches, bodies, in_mirror
from pretrain.data.texture import texture_clip
from pretrain.data.tracks import liquid_tracks, tracks
from pretrain.data.words import VOCABULARY, mirrored, tokens_of
from pretrain.measures.evaluation import evenly
from pretrain.measures.matching import correspondence, queries
from pretrain.nets.layers import tubelets
from pretrain.objectives.targets import raw_pixels


def disc(colour: tuple[int, int, int] = (214, 44, 52), grain: bool = True) -> Clip:
    """A disc of radius 7 that goes 2 px right a frame over grey, painted by the palette's rule."""
    y, x = np.mgrid[:64, :64] + 0.5
    rng = np.random.default_rng(0)
    grey = 150 + (rng.normal(0, 8, (64, 64, 1)) if grain else 0)
    frames, mask, center = [], [], []
    for t in range(16):
        cx, cy = 15 + 2 * t, 30.5
        inside = np.clip(7 - np.hypot(x - cx, y - cy) + 0.5, 0, 1)[..., None]
        frames.append(inside * (np.array(colour) + 15 * np.sin(x - cx)[..., None]) + (1 - inside) * grey)
        mask.append(np.hypot(x - cx, y - cy) < 7)
        center.append([[cx, cy]])
    truth = {
        "center": np.array(center, np.float32),
        "angle": np.zeros((16, 1), np.float32),
        "mask": np.array(mask).astype(np.uint8),
    }
    objects = json.dumps([{"kind": "solid", "colour": "red"}])
    about = {"prompt": "a large red ball bounces on the floor to the left", "objects": objects}
    return Clip(np.array(frames).round().astype(np.uint8), truth, about)


def test_records_and_shards_give_back_what_they_took(tmp_path: Path) -> None:
    clips = [texture_clip(0, i) for i in range(3)]
    stream = b"".join(struct.pack("<I", len(r)) + r for r in map(serialise, clips))
    path = tmp_path / "a.shard"
    assert write_shard(path, read_stream(io.BytesIO(stream))) == 3
    shards = Shards(tmp_path.parent, tmp_path.name)
    for i, clip in enumerate(clips):
        assert np.array_equal(shards[i].frames, clip.frames) and shards[i].about == clip.about
        assert all(np.array_equal(shards[i].truth[name], tensor) for name, tensor in clip.truth.items())
    with pytest.raises(ValueError, match="ends inside a record"):
        list(read_stream(io.BytesIO(stream[:-1])))
    with pytest.raises(ValueError, match="a clip needs frames"):
        parse(serialise(Clip(clips[0].frames[0], {}, {})))
    assert len(Shards(tmp_path.parent, f"{tmp_path.name}/[ab]")) == 3
    for part in ("nothing", f"{tmp_path.name}/[bc]"):
        with pytest.raises(FileNotFoundError, match="pretrain cache"):
            Shards(tmp_path.parent, part)


def test_a_cache_grows_within_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, int]] = []

    def world(split: str, template: str, first: int, count: int) -> Iterator[Clip]:
        made.append((first, count))
        return (texture_clip(0, i) for i in range(first, first + count))

    monkeypatch.setattr(shards_module, "world_clips", world)
    monkeypatch.setattr(shards_module, "SHARD", 4)
    had = []
    for clips in (2, 2, 6, 3):  # as many again does nothing; fewer takes nothing away
        fill(tmp_path / "held-out-solids", "held-out", ["drop"], clips)
        had.append(len(Shards(tmp_path, "held-out-*")))
    assert had == [2, 2, 6, 6] and made == [(0, 2), (0, 4), (4, 2)]
    assert len(evenly(tmp_path, 6, "held-out-*")) == 6
    with pytest.raises(ValueError, match=r"7 clips of held-out-\* are asked for and \S+ has 6"):
        evenly(tmp_path, 7, "held-out-*")


def stream_of(folder: Path, **data: object) -> Stream:
    """A stream over four cut-outs and a disc."""
    if not folder.exists():
        folder.mkdir()
        write_shard(folder / "a.shard", [disc(), *(texture_clip(0, i) for i in range(4))])
    return Stream(Shards(folder.parent, folder.name), read(Data, {"world": "x", **data}), seed=3)


def test_a_position_of_the_stream_is_always_the_same_clip(tmp_path: Path) -> None:
    forwards, backwards = (stream_of(tmp_path / "s", texture=0.3, tracks="world") for _ in range(2))
    ahead = [forwards[p] for p in range(12)]
    for p in reversed(range(12)):
        item = backwards[p]
        assert all(torch.equal(item[n].nan_to_num(), ahead[p][n].nan_to_num()) for n in item)
    assert len({item["frames"].sum().item() for item in ahead}) > 5


def test_an_item_says_which_bodies_are_in_the_clip() -> None:
    red = disc()
    assert {name: t.tolist() for name, t in bodies(red).items()} == {"colours": [0, -1], "solid": [True, False]}
    objects = [{"kind": "fluid", "colour": "blue"}, {"kind": "solid", "colour": "orange"}]
    two = Clip(red.frames, red.truth, {"objects": json.dumps(objects)})
    assert {name: t.tolist() for name, t in bodies(two).items()} == {"colours": [4, 1], "solid": [False, True]}
    assert bodies(texture_clip(0, 0))["colours"].tolist() == [-1, -1]


def test_an_epoch_shows_every_clip_once_and_the_mirror_turns_words(tmp_path: Path) -> None:
    plain = stream_of(tmp_path / "s", mirror=False)
    assert len({plain[p]["frames"].sum().item() for p in range(5)}) == 5
    left, right = (tokens_of(f"a large red ball bounces on the floor to the {side}").tolist() for side in ("left", "right"))
    words = {True: left, False: right}
    seen: set[bool] = set()
    for p in range(30):
        item = stream_of(tmp_path / "s")[p]
        if item["words"].any():  # the disc: it goes right, so its prompt is wrong, but the mirror must turn both
            goes_right = bool(item["frames"][15, 30, :32].float().std() < item["frames"][15, 30, 32:].float().std())
            assert item["words"].tolist() == words[goes_right]
            seen.add(goes_right)
    assert seen == {True, False}


def test_processes_and_resumed_runs_share_the_stream(tmp_path: Path) -> None:
    stream = stream_of(tmp_path / "s")
    training = read(Training, {"seed": 0, "steps": 3, "batch": 4, "rate": 0.1})
    whole = [batch["frames"] for batch in batches(stream, training, 0)]
    halves = [[batch["frames"] for batch in batches(stream, training, 0, rank, 2)] for rank in range(2)]
    assert all(torch.equal(torch.cat([a, b]), c) for a, b, c in zip(*halves, whole, strict=True))
    (last,) = (batch["frames"] for batch in batches(stream, training, 2))
    assert torch.equal(last, whole[2])
    with pytest.raises(ValueError, match="does not split"):
        batches(stream, training, 0, 0, 3)


def test_tokens_are_followed_in_the_mirror() -> None:
    places, body = tracks(disc())
    turned, same_body = tracks(in_mirror(disc()))
    grid = lambda a: a.reshape(8, 8, 8, -1)[:, :, ::-1].reshape(a.shape)  # noqa: E731
    # What a centre shows is read from pixel 4 of 8, in the mirror from pixel 3: at the disc's edge they may differ.
    same = grid(same_body) == body
    assert same.mean() > 0.98
    both = same[:, None, None] & ~np.isnan(places) & ~np.isnan(grid(turned))
    assert both.mean() > 0.9 and both[body == 1].mean() > 0.5
    apart = np.abs(grid(turned) - (places * [-1, 1] + [64, 0]))
    assert apart[both].max() < 1e-4


def test_words() -> None:
    assert tokens_of("a red ball")[:4].tolist() == [VOCABULARY.index(w) for w in ("a", "red", "ball")] + [0]
    assert mirrored("a ball moves to the left") == "a ball moves to the right"
    with pytest.raises(ValueError, match="unknown: \\['cat'\\]"):
        tokens_of("a cat")


def test_tracks_land_on_the_same_colours() -> None:
    """A cut-out's or background's spot keeps its colour where it goes; where it was, the colour changes."""
    along, apart = [], []
    for index in range(6):
        clip = texture_clip(5, index)
        places, body = tracks(clip)
        for i in np.flatnonzero(body > 0):
            f, x, y = i // 64, i % 8 * 8 + 4, i % 64 // 8 * 8 + 4
            for g in range(8):
                u, v = places[i, g]
                if g != f and 1 < u < 62 and 1 < v < 62:
                    there = clip.frames[2 * g, round(v) - 1 : round(v) + 1, round(u) - 1 : round(u) + 1].mean((0, 1))
                    here, old = (clip.frames[2 * h, y - 1 : y + 1, x - 1 : x + 1].mean((0, 1)) for h in (f, g))
                    along.append(np.abs(there - here).mean())
                    apart.append(np.abs(old - here).mean())
    assert len(along) > 100 and np.mean(along) < 8 < 25 < np.mean(apart)


def test_a_clip_without_truth_cannot_be_followed() -> None:
    clip = disc()
    bare = Clip(clip.frames, {"mask": clip.truth["mask"]}, {"template": "collide"})
    with pytest.raises(ValueError, match=r"one of collide lacks center, angle: remove its shards"):
        tracks(bare)


def test_tracks_of_a_disc() -> None:
    clip = disc()
    places, body = tracks(clip)
    i = 3 * 8 + 1  # frame 0, row 3, column 1: centre (12, 28), on the disc
    assert body[i] == 1 and np.allclose(places[i], [[12 + 4 * f, 28] for f in range(8)])
    assert body[0] == 0 and np.allclose(places[0], [[4, 4]] * 8)
    liquid = Clip(clip.frames, clip.truth, {"objects": json.dumps([{"kind": "fluid", "colour": "red"}])})
    assert tracks(liquid)[1][i] == -1
    query = queries(clip, 4)
    assert len(query) > 3 and np.allclose(query[query[:, 0] == i], [[i, 4, 28, 28]])


def test_liquid_is_followed_by_its_own_tracks() -> None:
    clip = disc()
    places, body = tracks(clip)
    objects = {"objects": json.dumps([{"kind": "fluid", "colour": "red"}])}
    liquid = Clip(clip.frames, clip.truth | {"tracks": places}, objects)
    followed, of = liquid_tracks(liquid)
    # What shows the disc, as liquid, and nothing else: where the file says, in every frame.
    assert np.array_equal(of, np.where(body > 0, body, -1))
    assert np.array_equal(followed[of > 0], places[body > 0], equal_nan=True) and np.isnan(followed[of < 0]).all()
    assert np.array_equal(queries(liquid, 4, liquid_tracks), queries(clip, 4)) and len(queries(liquid, 4)) == 0
    assert correspondence(raw_pixels, [liquid], follow=liquid_tracks)["queries"] == len(queries(clip, 4))
    assert (liquid_tracks(Clip(clip.frames, clip.truth | {"tracks": places}, clip.about))[1] == -1).all()
    with pytest.raises(ValueError, match="npm run world -- --tracks"):
        liquid_tracks(clip)


def test_matching_knows_good_features_from_bad_ones() -> None:
    clip = disc(grain=False)
    good = correspondence(raw_pixels, [clip])
    flat = correspondence(lambda video: torch.ones(1, 512, 4), [clip])
    noise = correspondence(lambda video: torch.randn(1, 512, 64), [clip])
    assert good["argmax"] == 1 and good["soft 0.02"] == 1
    assert flat["argmax"] < 0.5 and flat["soft 0.02"] < 0.7 and flat["cosine 1%"] == pytest.approx(1)
    assert noise["argmax"] < 0.5 and abs(noise["cosine mean"]) < 0.01
    assert good["same place"] < 0.7


def test_centres_by_colour() -> None:
    clip = disc()
    found = centres(clip.frames, ["red"])
    assert np.abs(found - clip.truth["center"]).max() < 0.15  # px; 8-bit rounding and the cut at a quarter share
    assert centre_error(clip.frames, clip) == 0
    assert centre_error(still(clip), clip) == pytest.approx(2 * np.mean(np.arange(1, 13)), abs=0.2)
    gone = np.full_like(clip.frames, 150)
    assert centre_error(gone, clip) == 16
    assert moved(clip.frames, clip) == pytest.approx(2, abs=0.05)  # px a frame, which is how far the disc goes
    assert moved(still(clip), clip) == 0 and moved(gone, clip) == 0


def test_centres_of_two_bodies() -> None:
    red, blue = disc(), disc((40, 102, 212))
    below = np.roll(blue.frames, 20, axis=1)
    both = np.where(np.roll(blue.truth["mask"], 20, axis=1)[..., None] > 0, below, red.frames)
    found = centres(both, ["red", "blue"])
    assert np.abs(found[:, 0] - red.truth["center"][:, 0]).max() < 0.3
    assert np.abs(found[:, 1] - (red.truth["center"][:, 0] + [0, 20])).max() < 0.3


def test_raw_pixels_are_tubelets_without_their_mean() -> None:
    video = torch.rand(1, 16, 3, 64, 64)
    patches = tubelets(video, 2, 8).flatten(1, 2)
    assert torch.allclose(raw_pixels(video) + patches.mean(dim=2, keepdim=True), patches)


def test_templates_are_the_worlds_own() -> None:
    found = templates()
    assert set(found["solids"]) >= {"collide", "bounce"} and set(found["liquids"]) >= {"mix", "float"}
    assert not set(found["solids"]) & set(found["liquids"])
