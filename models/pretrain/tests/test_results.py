"""Per-clip results: gathered, written, read, and made into tables."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pretrain.data.clips import Clip, read_stream
from pretrain.measures.errors import error_lines
from pretrain.measures.evaluation import Measures
from pretrain.measures.judged import EDITS, MADE, made_clips, write_stream
from pretrain.measures.results import (
    Results,
    agreement,
    difference_table,
    estimate,
    gather,
    read_results,
    share_table,
    tables,
    values,
    without_errors,
    write_results,
)
from pretrain.nets.student import Student, StudentShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.diffusion import Diffusion, StudentObjective
from pretrain.smoke import stand_in


def error_line(clip: int, noise: int, error: float) -> str:
    about = {"clip": clip, "noise": noise, "category": "solid-solid", "template": "collide", "prompt": f"clip {clip}"}
    return json.dumps(about | {"error": error, "still": 7.0})


def verdict_line(clip: int, joint: bool | None) -> str:
    said = {"prompt": f"clip {clip}", "sa": 1.0, "pc": 0.5 if joint else 0.49, "joint": bool(joint), "discarded": None}
    return json.dumps(said if joint is not None else said | {"discarded": "nothing to read"})


def arm(results: Results, name: str, run: int, shift: float, holds: float, noises: int = 3, judge: str = "new") -> None:
    """30 clips; clip c errs by c / 10 + shift and holds where c / 30 is below a share."""
    order = [(clip, noise) for clip in range(30) for noise in range(noises)]
    errors = [error_line(clip, noise, clip / 10 + shift + noise - (noises - 1) / 2) for clip, noise in order]
    verdicts = [verdict_line(clip, None if clip == 29 else clip / 30 < holds) for clip, _ in order]
    gather(results, name, run, errors, verdicts, judge)


def test_noises_are_averaged_clip_by_clip_and_what_is_unreadable_fails() -> None:
    results = Results({}, [])
    arm(results, "student", 0, 3, 0.5)
    assert values(results, "student", "error") == pytest.approx(3 + np.arange(30)[None] / 10)
    joint = values(results, "student", "Joint*", "new")
    assert joint[0, 29] == 0 and joint.mean() == 15 / 30
    row = next(line for line in share_table(results, "new").splitlines() if line.startswith("| student |"))
    assert "| 1 × 30 × 3 |" in row and "| 96.7 [" in row and "| 50.0 [" in row and "4.45 [" in row


def test_a_file_gives_back_what_it_took_in_the_same_bytes(tmp_path: Path) -> None:
    one, two = Results({"split": "held-out"}, []), Results({"split": "held-out"}, [])
    for results, order in ((one, ("nothing", "other")), (two, ("nothing", "other", "other"))):
        for name in order:
            arm(results, name, 0, 3, 0.5)
    for results, path in ((one, tmp_path / "a.csv.gz"), (two, tmp_path / "b.csv.gz")):
        write_results(results, path)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert read_results(tmp_path / "a.csv.gz") == one
    assert "split: held-out" in tables(tmp_path / "a.csv.gz")


def test_verdicts_alone_make_a_table_of_agreement() -> None:
    results = Results({}, [])
    for name, holds in (("real", 30), ("codec", 27)):
        said = [json.dumps(json.loads(verdict_line(clip, clip < holds)) | {"category": "mix"}) for clip in range(30)]
        gather(results, name, 0, without_errors(said), said, "new")
    assert "| codec, mix | 1 × 30 × 1 |" in share_table(results, "new") and "| – | – |" in share_table(results, "new")
    table = difference_table(results, "new")
    assert "centre error" not in table and "| codec | Joint*, % | clips of one run | -10.0 [" in table and "| 90.0 |" in table


def test_another_judges_verdicts_stand_beside_the_first_ones() -> None:
    results = Results({}, [])
    old, new = "2026-11-25", "2026-11-29"
    arm(results, "student", 0, 3, 0.2, judge=new)
    arm(results, "student", 0, 3, 0.5, judge=old)
    assert results.judges == [old, new]  # by date, not as they came
    shares = lambda: [estimate(values(results, "student", "Joint*", judge)).mean for judge in results.judges]  # noqa: E731
    assert shares() == pytest.approx([15 / 30, 6 / 30])
    arm(results, "student", 0, 2, 0.7, judge=new)  # made anew: the older judge never saw these clips
    assert shares() == pytest.approx([np.nan, 21 / 30], nan_ok=True)


@pytest.mark.parametrize("stay", [True, False])
def test_verdicts_alone_stay_where_it_is_said_that_the_clips_do(stay: bool) -> None:
    """A network's clips change when it does, and without their errors nothing else tells."""
    results = Results({}, [])
    for judge, holds in (("2026-11-25", 30), ("2026-11-29", 27)):
        said = [json.dumps(json.loads(verdict_line(clip, clip < holds)) | {"category": "mix"}) for clip in range(30)]
        gather(results, "real", 0, without_errors(said), said, judge, same_clips=stay)
    shares = [values(results, "real", "Joint*", judge).mean() for judge in results.judges]
    assert shares == pytest.approx([1 if stay else np.nan, 0.9], nan_ok=True)


def test_verdicts_alone_of_several_noises_are_of_one_clip() -> None:
    results = Results({}, [])
    said = [
        json.dumps(json.loads(verdict_line(clip, noise == 0)) | {"category": "mix"}) for clip in (0, 1) for noise in range(3)
    ]
    gather(results, "student", 0, without_errors(said, 3), said, "new")
    assert values(results, "student", "Joint*", "new") == pytest.approx(np.full((1, 2), 1 / 3))
    assert "| student | 1 × 2 × 3 |" in share_table(results, "new")
    with pytest.raises(ValueError, match="6 verdicts are not 4 of each clip"):
        list(without_errors(said, 4))
    with pytest.raises(ValueError, match="clip 1 is “clip 0” and with noise 1 “clip 1”: not 2 of each"):
        list(without_errors(said, 2))


def test_agreement_is_of_drawn_clips_and_not_of_their_means() -> None:
    results = Results({}, [])
    order = [(clip, noise) for clip in range(20) for noise in range(2)]
    for name, holds in (("nothing", 0), ("other", 1)):  # each keeps the laws with one noise of two, never with the same
        errors = [error_line(clip, noise, 1) for clip, noise in order]
        gather(results, name, 0, errors, [verdict_line(clip, noise == holds) for clip, noise in order], "new")
    assert agreement(results, "other", "Joint*", "new") == 0
    assert "| other | Joint*, % | clips of one run | +0.0 [+0.0, +0.0] | 1 | 0.0 |" in difference_table(results, "new")
    arm(results, "one noise", 0, 3, 0.5, noises=1)
    assert np.isnan(agreement(results, "one noise", "Joint*", "new"))


def test_a_difference_of_several_runs_has_the_run_as_its_unit() -> None:
    results = Results({}, [])
    for run, shift in enumerate((0.07, 0.05, 0.11)):
        arm(results, "nothing", run, 3, 0.5)
        arm(results, "REPA", run, 3 + shift, 0.5)
    arm(results, "one run", 0, 3.08, 0.5)
    table = difference_table(results, "new")
    # Every clip differs alike here: the clips would leave no doubt, the runs do.
    assert "| REPA | centre error, px | 3 runs | +0.077 [+0.001, +0.153] | 0.049 |" in table
    assert "| one run | centre error, px | clips of one run | +0.080 [+0.080, +0.080] |" in table


def test_what_does_not_belong_together_is_refused() -> None:
    results = Results({}, [])
    with pytest.raises(ValueError, match="clip 1"):
        gather(results, "student", 0, [error_line(1, 0, 1)], [verdict_line(2, True)], "new")
    arm(results, "student", 0, 3, 0.5)
    for name, value in (("template", "drop"), ("prompt", "another clip"), ("still", 7.1)):  # as of another cache
        line, said = (json.loads(text) for text in (error_line(0, 0, 1), verdict_line(0, True)))
        said["prompt"] = value if name == "prompt" else said["prompt"]
        with pytest.raises(ValueError, match=rf"clip 0 of other, run 0, has {name} “{value}.*student, run 0"):
            gather(results, "other", 0, [json.dumps(line | {name: value})], [json.dumps(said)], "new")
    gather(results, "short", 0, [error_line(0, 0, 1)], [verdict_line(0, True)], "new")
    with pytest.raises(ValueError, match="30 clips and short 1"):
        difference_table(results, "new")


def real(count: int) -> list[Clip]:
    clips = (stand_in(0, i) for i in range(count))
    return [Clip(clip.frames, clip.truth, clip.about | {"category": "solid-solid", "template": "collide"}) for clip in clips]


@torch.no_grad()
def test_every_clip_has_noises_of_its_own_beyond_a_batch() -> None:
    """33 clips are three batches: with three noises they begin 99 times from another one."""
    shape = StudentShape(width=32, depth=2, heads=2, time_width=32, values=Pixels.values)
    module = StudentObjective(shape, Diffusion(), Pixels())
    begun: list[bytes] = []

    class Listening(Student):
        def forward(self, x: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
            begun.extend(one[:8].numpy().tobytes() for one in x)
            return torch.zeros_like(x)

    module.student = Listening(shape)
    clips = real(33)
    made = list(made_clips(module, clips, "from-text", Measures(steps=1, guidance=1), noises=3))
    assert len(begun) == 99 == len(set(begun))
    assert [(clip.about["clip"], clip.about["noise"]) for clip in made] == [
        (str(c), str(k)) for c in range(33) for k in range(3)
    ]
    # The first clips of a longer list have the same noise, and so have another network's.
    again = len(begun)
    list(made_clips(module, clips[:2], "from-text", Measures(steps=1, guidance=1), noises=3))
    assert set(begun[again:]) <= set(begun[:again])


def test_what_needs_no_network_goes_to_the_judge_and_back() -> None:
    clips = real(3)
    module = StudentObjective(
        StudentShape(width=32, depth=2, heads=2, time_width=32, values=Pixels.values), Diffusion(), Pixels()
    )
    errors = {}
    for made in EDITS:
        file = io.BytesIO()
        write_stream(made_clips(module, clips, made, Measures(), noises=3), file)
        file.seek(0)
        errors[made] = [json.loads(line)["error"] for line in error_lines(read_stream(file), clips)]
        assert len(errors[made]) == 3 and made in MADE
    assert errors["real"] == [0, 0, 0]
    assert np.mean(errors["frozen"]) > np.mean(errors["still"]) > np.mean(errors["stopped"]) > 0
    other = [Clip(clip.frames, clip.truth, clip.about | {"prompt": "a small blue box"}) for clip in clips]
    with pytest.raises(ValueError, match="a small blue box"):
        list(error_lines(made_clips(module, clips, "still", Measures()), other))
