"""Caches, features and shards: what is other than it seems is refused or left out, and never trained on."""

import csv
import json
import shutil
from pathlib import Path

import av
import pytest
import tiny as make
import torch
from conftest import Tiny, run
from safetensors.torch import load_file, save_file

import precompute
from tuning.data import SHARDS, ShardClips, VideoClips, frame_numbers, list_videos, open_clips, read_frames, write_shards
from tuning.recipe import Recipe, read_recipe


@pytest.fixture
def clips(tiny: Tiny, tmp_path: Path) -> Path:
    """A test's own folder of the three clips, with latents and text."""
    return shutil.copytree(tiny.clips, tmp_path / "clips")


def prepare(kinds: list[str], clips: Path, tiny: Tiny, *more: object) -> None:
    where = ["--data", clips, "--size", make.SIZE, "--model", tiny.model, "--dtype", "float32"]
    run(precompute.main, *kinds, *where, *more)


def test_two_that_write_the_same_file_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As neighbours of the same caption do, whose embeddings are one file."""
    path, save = tmp_path / "x.safetensors", save_file
    one, other = ({"prompt_embedding": torch.full((2,), value)} for value in (1.0, 2.0))

    def slowly(*arguments: object, **options: object) -> None:
        monkeypatch.setattr(precompute, "save_file", save)
        save(*arguments, **options)
        precompute.write(other, path)  # the other begins and ends before this one goes on

    monkeypatch.setattr(precompute, "save_file", slowly)
    precompute.write(one, path)
    assert torch.equal(load_file(path)["prompt_embedding"], one["prompt_embedding"])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_two_videos_of_one_name_are_refused(tmp_path: Path) -> None:
    """Their caches would be one, and pictures would be trained on with the other's latents."""
    film = make.SHIPPED / "chelsea.mp4"
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a.mov", "a.mp4", "b.mp4"):
        shutil.copy(film, folder / name)
    for name in "ab":
        (folder / f"{name}.txt").write_text("a cat")
    with pytest.raises(ValueError, match=r"a\.mov and .*a\.mp4 would share their caches, .*: rename one"):
        list_videos(folder, Recipe())
    table = tmp_path / "openvid/videos.csv"
    table.parent.mkdir()
    for rows, refused in ((("x/1.mp4", "y/1.mp4"), True), (("x/1.mp4", "x/1.mp4", "x/2.mp4"), False)):
        with table.open("w", newline="") as file:
            csv.writer(file).writerows([("video", "caption"), *((row, f"caption {i}") for i, row in enumerate(rows))])
        if refused:
            with pytest.raises(ValueError, match=r"x/1\.mp4 and .*y/1\.mp4 would share"):
                list_videos(table, Recipe())
        else:  # one video with two captions is one pair of caches
            for row in rows:
                path = table.parent / "videos" / row
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            assert len(list_videos(table, Recipe())) == 3


def test_a_film_cut_by_an_edit_list_has_the_frames_that_are_shown(tmp_path: Path) -> None:
    film, cut = make.SHIPPED / "chelsea.mp4", tmp_path / "cut.mp4"
    make.write_cut(film, cut, 6)
    with av.open(str(cut)) as container:
        assert container.streams.video[0].frames == 24
    numbers = frame_numbers(cut, 12)
    assert numbers == list(range(12))  # of 24 frames it would be every second one
    assert torch.equal(read_frames(cut, numbers), read_frames(film, [number + 6 for number in numbers]))


def test_a_portrait_film_stands_upright(tmp_path: Path) -> None:
    film = make.SHIPPED / "chelsea.mp4"
    make.write_turned(film, tmp_path / "turned.mp4")
    lying, upright = (read_frames(path, [0, 5]) for path in (film, tmp_path / "turned.mp4"))
    assert upright.shape == (2, 3, 320, 224)
    # Turned clockwise: the first row, from left to right, is the first column from the bottom up.
    assert torch.equal(upright[:, :, 0], lying[:, :, :, 0].flip(2))
    assert torch.equal(upright, lying.transpose(2, 3).flip(3))


def test_what_cannot_be_read_is_left_out_and_named(tiny: Tiny, clips: Path, capsys: pytest.CaptureFixture) -> None:
    recipe = read_recipe(tiny.recipe, [])
    for name, content in {"broken.mp4": b"no film", "silent.mkv": b""}.items():
        (clips / name).write_bytes(content)
        (clips / name).with_suffix(".txt").write_text(make.CAPTIONS[0])
    capsys.readouterr()
    prepare(["latents", "text", "teacher", "shards"], clips, tiny, "--teacher", tiny.teacher, "--to", clips / "shards")
    said = capsys.readouterr().out
    assert "2 of 5 videos cannot be read and are left out: broken.mp4, silent.mkv" in said
    left = VideoClips(clips, recipe)
    assert [video.path.stem for video in left.videos] == sorted(make.CLIPS) and len(ShardClips(clips / "shards")) == 3
    # It is tried again when the file that says so is removed.
    shutil.copy(clips / "chelsea.mp4", clips / "broken.mp4")
    for restored in (False, True):
        if restored:
            (clips / f"cache/unreadable/{make.SIZE}/broken.txt").unlink()
        prepare(["latents", "text", "teacher"], clips, tiny, "--teacher", tiny.teacher)
        assert len(VideoClips(clips, recipe)) == 3 + restored
    # A film that has become shorter than its latents' frame numbers say.
    make.write_cut(clips / "chelsea.mp4", clips / "broken.mp4", 12)
    shutil.rmtree(clips / "cache/teacher")
    prepare(["teacher"], clips, tiny, "--teacher", tiny.teacher)
    assert "has no frame" in (clips / f"cache/unreadable/{make.SIZE}/broken.txt").read_text()
    assert len(VideoClips(clips, recipe)) == 3


def test_a_video_that_is_not_there_yet_is_not_unreadable(tiny: Tiny, tmp_path: Path) -> None:
    table = tmp_path / "openvid/videos.csv"
    (table.parent / "videos").mkdir(parents=True)
    table.write_text("video,caption\nchelsea.mp4,a cat\ncoffee.mp4,a cup\n")
    shutil.copy(tiny.clips / "chelsea.mp4", table.parent / "videos")
    for kind in ("latents", "teacher"):
        with pytest.raises(
            SystemExit, match=r"1 of 2 videos of .*videos\.csv are not there, such as .*coffee\.mp4: fetch them"
        ):
            prepare([kind], table, tiny, "--teacher", tiny.teacher)
    assert not list(tmp_path.rglob("unreadable"))


def test_teacher_features_before_latents_are_refused_by_name(tiny: Tiny, tmp_path: Path) -> None:
    make.write_clips(tmp_path)
    with pytest.raises(
        SystemExit, match=r"3 of 3 videos have no latents yet, .* big-buck-bunny\.mp4: run precompute.py latents"
    ):
        prepare(["teacher"], tmp_path, tiny, "--teacher", tiny.teacher)


def test_kept_features_are_the_teachers_or_refused(tiny: Tiny, clips: Path, tmp_path: Path) -> None:
    recipe, shards, other = read_recipe(tiny.recipe, []), tmp_path / "shards", tmp_path / "other.safetensors"
    make.write_teacher(other, seed=2)
    prepare(["teacher", "shards"], clips, tiny, "--teacher", tiny.teacher, "--to", shards)
    for data in (clips, shards):
        for teacher in (tiny.teacher, None):
            assert "teacher" in open_clips(data, recipe, teacher)[0]
        with pytest.raises(ValueError, match=r"are others \(teacher \w{16} for \w{16}\)"):
            open_clips(data, recipe, other)
        with pytest.raises(ValueError, match=r"are others \(view 3 for 1\)"):
            open_clips(data, read_recipe(tiny.recipe, ["view=1"]), tiny.teacher)
    with pytest.raises(SystemExit, match=r"are others \(teacher"):
        prepare(["teacher"], clips, tiny, "--teacher", other)
    # Of another teacher, of nobody known, and of some clips only.
    kept = list_videos(clips, recipe)[1].teacher
    for metadata in ({"teacher": "0", "view": "3"}, None):
        save_file(load_file(kept), kept, metadata=metadata)
        with pytest.raises(ValueError, match="are features of different teachers or views"):
            open_clips(clips, recipe)
    kept.unlink()
    with pytest.raises(ValueError, match=r"1 of 3 clips of .* have no teacher features .* such as chelsea\.mp4"):
        open_clips(clips, recipe)


def test_shards_are_packed_to_the_end_or_refused(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips, folder = VideoClips(tiny.clips, read_recipe(tiny.recipe, [])), tmp_path / "shards"
    write_shards(clips, folder, per_shard=1)
    assert len(ShardClips(folder)) == len(list(folder.glob("*.tar"))) == 3
    write_shards(clips, folder, per_shard=2)  # none of those before stays
    assert len(ShardClips(folder)) == 3 and json.loads((folder / SHARDS).read_text()) == {"clips": 3, "origin": None}
    (folder / "clips-00001.tar").rename(folder / "gone")
    with pytest.raises(ValueError, match=r"hold 2 clips, of 3 by shards\.json: one is missing"):
        ShardClips(folder)
    read = VideoClips.__getitem__

    def killed(self: VideoClips, i: int) -> object:
        if i == 2:
            raise KeyboardInterrupt
        return read(self, i)

    monkeypatch.setattr(VideoClips, "__getitem__", killed)
    with pytest.raises(KeyboardInterrupt):
        write_shards(clips, folder, per_shard=2)
    with pytest.raises(ValueError, match=r"has no shards\.json: its shards were not packed to the end"):
        ShardClips(folder)
