"""A study's rows, what is measured without drawing, and what is made of it."""

import fcntl
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from pretrain.config import read_run, write_run
from pretrain.data.centres import centres, colours_of
from pretrain.data.clips import Clip
from pretrain.data.shards import world_clips
from pretrain.data.stream import item
from pretrain.measures import plausible as plausible_module
from pretrain.measures.plausible import GRAVITY, Falls, denoising_losses, falls, plausible
from pretrain.measures.results import KEYS, Results, differences, estimate, read_results, share_table, values
from pretrain.measures.summary import against, clip_cost, made_otherwise, markdown, over_seeds, summarise, threshold, told_apart
from pretrain.nets.student import StudentShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.diffusion import Diffusion, StudentObjective
from pretrain.study import (
    MEASURED_BY,
    RUNS,
    Arm,
    Row,
    Study,
    chosen,
    collect,
    finished,
    made_on,
    read_study,
    reproduce,
    rows,
    run_of,
    searched,
    swept,
    update,
)

STUDIES = sorted(RUNS.with_name("studies").glob("*.yaml"))


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_studys_rows_are_runs_of_their_own(path: Path) -> None:
    study = read_study(path)
    every = list(rows(study))
    assert len({row.folder for row in every}) == len(every) == sum(arm.seeds for arm in study.arms)
    assert [row.seed for row in every] == sorted(row.seed for row in every)
    for row in every:  # each is a run that can be read
        read_run(RUNS / study.run, [*study.set, *row.arm.set, f"training.seed={row.seed}"])


def test_rows_are_chosen_by_name_and_seed() -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    assert [row.folder for row in chosen(study, "M-TSA to pixels", 1)] == ["m-tsa-to-pixels-1"]
    assert len(chosen(study, "M-TSA", None)) == 5
    with pytest.raises(ValueError, match=r"nothing, M-TSA.*got 'mtsa'"):
        chosen(study, "mtsa", None)
    assert Row(Arm("M-TSA, τ .3", 1), 0).folder == "m-tsa-tau-.3-0"


def test_a_sweep_is_told_by_what_its_arms_change() -> None:
    folder = RUNS.with_name("studies")
    found = swept(read_study(folder / "answer_sweep.yaml"))
    assert [one["value"] for one in found["rho"]] == [0.1, 0.2, 0.4, 1]
    # Where the sweeps cross stands the first arm, in each of them.
    first = "τ .1, ρ 20 %, block 2"
    assert [{"value": value, "arm": first} in arms for arms, value in zip(found.values(), (0.1, 0.2, 2), strict=True)] == [
        True
    ] * 3
    for name in ("answer_scratch", "answer_share"):
        assert swept(read_study(folder / f"{name}.yaml")) == {}


def test_a_search_gives_each_loss_the_same_values() -> None:
    folder = Path(__file__).parents[1] / "studies"
    (found,) = searched(read_study(folder / "answer_share.yaml")).values()
    assert list(found) == ["M-TSA", "TSA", "TRD", "REPA", "Gram"]
    assert all([at["value"] for at in values] == [0.2, 0.5, 1.0] for values in found.values())
    assert found["Gram"][2] == {"value": 1.0, "arm": "Gram, share 1"}
    for name in ("answer_scratch", "answer_sweep", "answer_base", "answer_tuned"):
        assert searched(read_study(folder / f"{name}.yaml")) == {}


def finish(study: Study, arm: str, seed: int, runs: Path, error: float = 3.0, judge: str = "2026-11-29") -> Path:
    """The folder of a row that is done: one clip."""
    (row,) = chosen(study, arm, seed)
    out = runs / row.folder
    out.mkdir(parents=True)
    about = {"clip": 0, "noise": 0, "category": "solid-solid", "template": "collide", "prompt": "a red ball hits a box"}
    for name, content in (
        ("errors.jsonl", about | {"error": error, "still": 9.0}),
        ("verdicts.jsonl", {"prompt": about["prompt"], "sa": 1, "pc": 0, "joint": 0, "discarded": None}),
        ("row.json", {"step": 1, "judge": judge} | {name: getattr(study, name) for name in MEASURED_BY}),
        ("curve.jsonl", {}),
    ):
        (out / name).write_text(json.dumps(content))
    write_run(run_of(study, row, ["objective.diffusion.remember=elsewhere"]), out / "run.yaml")
    return out


def test_rows_of_two_machines_are_collected_together(tmp_path: Path) -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    one, two = "2026-11-28", "2026-11-29"
    finish(study, "nothing", 1, tmp_path / one, 3.0, one)
    finish(study, "M-TSA", 0, tmp_path / one, 2.0, one)
    finish(study, "nothing", 0, tmp_path / two, 4.0, two)
    finish(study, "M-TSA", 0, tmp_path / two, 1.0, two)
    finish(study, "M-TSA", 1, tmp_path / one, 5.0, one)
    finish(study, "M-TSA", 1, tmp_path / two, 5.0, two)
    results = tmp_path / "answer.csv.gz"
    for machine in (one, two):
        collect(study, tmp_path / machine, results, tmp_path / "curves")
    found = [(row["arm"], row["run"], float(row["error"])) for row in read_results(results).rows]
    assert found == [("nothing", "0", 4.0), ("nothing", "1", 3.0), ("M-TSA", "0", 1.0), ("M-TSA", "1", 5.0)]
    assert list(json.loads((tmp_path / "answer.json").read_text())["nothing"]) == ["0", "1"]
    # The verdicts are of the judge who saw the clips, whichever is in the checkout that collects. Both saw the last row's,
    # made twice and each time the same. The row before it came out another: the clips that the first judge saw are gone.
    judged = {(row["arm"], row["run"]): (row[one], row[two]) for row in read_results(results).rows}
    assert judged == {
        ("nothing", "0"): ("", "100"),
        ("nothing", "1"): ("100", ""),
        ("M-TSA", "0"): ("", "100"),
        ("M-TSA", "1"): ("100", "100"),
    }


def test_a_finished_row_is_held_against_the_study(tmp_path: Path) -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    (row,) = chosen(study, "M-TSA", 0)
    out = finish(study, "M-TSA", 0, tmp_path)
    nothing = Falls(torch.zeros(0), torch.zeros(0), {})
    again = lambda of: reproduce(of, row, tmp_path, tmp_path, nothing, [])  # noqa: E731
    put_together = lambda of: collect(of, tmp_path, tmp_path / "all.csv.gz", tmp_path / "curves")  # noqa: E731
    assert again(study) is False  # done
    put_together(study)
    shorter = replace(study, set=[*study.set, "training.steps=600"])
    for act in (again, put_together):
        with pytest.raises(ValueError, match=r"training\.steps is 2400 there and 600 in the study"):
            act(shorter)
        with pytest.raises(ValueError, match=r"measured by `noises` 1, and the study says 3: remove \S+row\.json"):
            act(replace(study, noises=3))
    with pytest.raises(ValueError, match=r"all\.csv\.gz holds rows of .*'steps': 10.*'steps': 25"):
        put_together(replace(study, steps=25))
    measured = json.loads((out / "row.json").read_text())
    del measured["falls"]
    (out / "row.json").write_text(json.dumps(measured))
    with pytest.raises(ValueError, match=r"row\.json lacks `falls`, which is 12 in the study"):
        put_together(study)
    (out / "run.yaml").unlink()
    with pytest.raises(ValueError, match=r"has no run\.yaml"):
        put_together(study)
    with pytest.raises(ValueError, match=r"objective\.diffusion\.remember alone, got 'training\.steps=600'"):
        reproduce(study, row, tmp_path, tmp_path, nothing, ["training.steps=600"])


def test_a_record_that_was_not_written_whole_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    out = finish(study, "M-TSA", 0, tmp_path)
    (out / "row.json").write_text('{"step": 1, "judge": "2026')
    assert not finished(study, chosen(study, "M-TSA", 0)[0], tmp_path)
    assert "row.json cannot be read" in capsys.readouterr().err


def test_a_row_says_on_what_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    for name, there in (("_is_amx_tile_supported", True), ("_is_avx512_bf16_supported", False)):
        monkeypatch.setattr(torch.cpu, name, lambda there=there: there)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    row = Row(study.arms[0], 0)
    about = made_on(run_of(study, row))
    assert about.pop("machine").endswith(", AMX") and about == {"precision": "bf16", "remembered": False}
    assert made_on(run_of(study, row, ["objective.diffusion.remember=elsewhere"]))["remembered"]


def test_arms_that_were_not_made_alike_are_named() -> None:
    one, two = {"machine": "X, AMX", "remembered": True}, {"machine": "Y, AMX", "remembered": True}
    whole = {"nothing": {"0": one, "1": one}, "TSA": {"0": one, "1": {}}, "M-TSA": {"0": two, "1": one}}
    assert made_otherwise(whole) == ["Seed 0 was not made alike, machine: X, AMX (nothing, TSA); Y, AMX (M-TSA)"]
    assert made_otherwise({"nothing": {"0": {}}, "M-TSA": {"0": one}}) == []  # of before, when rows did not say


def test_two_studies_are_put_into_the_answer_at_once(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: update(answer, {str(i): {"clips": i}}), range(40)))
    assert len(json.loads(answer.read_text())) == 40


def test_a_study_that_is_collected_leaves_the_others_in_the_answer(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    update(answer, {"one": {"clips": 1}, "two": {"clips": 2}})
    update(answer, {"one": {"clips": 3}})
    assert json.loads(answer.read_text()) == {"one": {"clips": 3}, "two": {"clips": 2}}


def fall(frames: np.ndarray, clip: Clip) -> float:
    """How far down a clip's body has come in four frames, px: a scene may start elsewhere under another gravity."""
    heights = centres(frames, colours_of(clip))[:, 0, 1]
    return float(heights[4] - heights[0])


def test_scenes_fall_faster_under_more_gravity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in (("CHANGES", (-0.4, 0.4)), ("FALLS", ("bounce",))):  # a call of the world for each
        monkeypatch.setattr(plausible_module, name, few)
    scenes = falls(1)
    assert scenes.whole.shape == (1, 16, 64, 64, 3)
    plain = next(iter(world_clips("held-out", "bounce", 0, 1)))
    assert np.array_equal(scenes.whole[0].numpy(), plain.frames)  # GRAVITY is the world's own
    assert torch.equal(scenes.words[0], item(plain.frames, plain.about["prompt"])["words"])
    fallen = {change: fall(frames[0].numpy(), plain) for change, frames in {0.0: scenes.whole, **scenes.changed}.items()}
    assert fallen[-0.4] + 1 < fallen[0] < fallen[0.4] - 1  # 3.3, 4.9 and 6.5 px
    assert GRAVITY == 0.5


def test_a_student_that_says_nothing_gets_what_the_clips_energy_gets() -> None:
    objective = StudentObjective(StudentShape(768, 32, 1, 2, time_width=16), Diffusion(), Pixels())  # its output starts at zero
    draw = torch.Generator().manual_seed(1)
    frames = torch.randint(256, (3, 16, 64, 64, 3), generator=draw, dtype=torch.uint8)
    scenes = Falls(torch.ones(3, 12, dtype=torch.long), frames, {0.1: frames.flip(0), -0.1: frames // 2})
    for said in plausible(objective, scenes).values():
        assert said["student"] == said["silent"]
    alone = denoising_losses(objective, frames[:1], scenes.words[:1])
    torch.testing.assert_close(denoising_losses(objective, frames, scenes.words)[:1], alone)


def test_the_threshold_is_found_again() -> None:
    draw = np.random.default_rng(0)
    for true in (0.05, 0.3):
        a = true / math.log(2)
        gravity = {
            f"{by:+.2f}": {"student": (draw.random(4000) < 1 - 0.5 * math.exp(-abs(by) / a)).astype(int).tolist()}
            for by in (-0.4, -0.2, -0.1, -0.05, 0.05, 0.1, 0.2, 0.4)
        }
        assert threshold(gravity) == pytest.approx(true, rel=0.06)  # three standard errors of 32 000 pairs
    blind = {"-0.10": {"student": [0] * 50}, "+0.10": {"student": [1] * 50}}
    assert math.isinf(threshold(blind)) and told_apart(blind) == 0.5


def test_over_seeds_is_students_interval() -> None:
    found = over_seeds([1.0, 2.0, 3.0])
    assert (found.mean, found.high - found.mean) == pytest.approx((2, 4.302653 / math.sqrt(3)), rel=1e-5)
    assert math.isnan(over_seeds([1.0]).low)


def test_what_a_clip_costs_is_told_by_the_curve(tmp_path: Path) -> None:
    lines = [{"step": i, "clips": 8 * i, "core": 100 + 0.08 * i} for i in range(40, 2001, 40)]
    lines[0]["core"] = 0  # what compiles
    (tmp_path / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert clip_cost(tmp_path / "curve.jsonl") == pytest.approx(0.01)


def made(arms: dict[str, list[float]], seeds: dict[str, int]) -> Results:
    found = []
    for arm, errors in arms.items():
        for run in range(seeds[arm]):
            for clip, error in enumerate(errors):
                about = (arm, str(run), str(clip), "0", "solid-solid", "bounce", "", str(error + run), "9")
                found.append(dict(zip(KEYS, about, strict=True)) | {"today": "110" if error < 2 else "000"})
    return Results({"split": "held-out"}, found)


def test_arms_are_compared_over_the_seeds_that_both_have() -> None:
    results = made({"nothing": [1, 2, 3], "M-TSA": [0.5, 1, 3]}, {"nothing": 3, "M-TSA": 2})
    found = against(results, "M-TSA")
    assert found is not None and found[1] == 2
    assert found[0].mean == pytest.approx(-0.5)
    assert against(results, "nothing") is None


def test_pairs_are_of_one_seed() -> None:
    results = made({"nothing": [1, 2, 3], "M-TSA": [0.5, 1, 3]}, {"nothing": 3, "M-TSA": 3})
    results.rows = [row for row in results.rows if (row["arm"], row["run"]) != ("M-TSA", "1")]
    found = against(results, "M-TSA")
    assert found is not None and found[1] == 2
    assert found[0].mean == pytest.approx(-0.5)  # seed 2 against seed 1 would be 1 more
    results.rows = [row for row in results.rows if row["arm"] == "nothing" or row["run"] == "0"]
    results.rows = [row for row in results.rows if row["arm"] == "M-TSA" or row["run"] != "0"]
    assert against(results, "M-TSA") is None


def test_a_row_is_made_by_one_process_and_under_its_own_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = read_study(RUNS.with_name("studies") / "answer_scratch.yaml")
    (row,) = chosen(study, "M-TSA", 0)
    scenes = Falls(torch.zeros(0), torch.zeros(0), {})
    out = tmp_path / row.folder
    out.mkdir()
    with (out / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert reproduce(study, row, tmp_path, tmp_path, scenes, []) is False
    assert "m-tsa-0 is being made by another process" in capsys.readouterr().err
    # The process is gone, and its lock with it; what it began would go on without what it kept.
    kept = ["objective.diffusion.remember=elsewhere"]
    for before, now, said in ((kept, [], "begun with --set.*give it too"), ([], kept, "begun without --set.*leave it out")):
        write_run(run_of(study, row, before), out / "run.yaml")
        with pytest.raises(ValueError, match=said):
            reproduce(study, row, tmp_path, tmp_path, scenes, now)
    # What it began was under another λ.
    before = read_run(RUNS / study.run, [*study.set, *row.arm.set, "training.seed=0", "objective.share=0.2"])
    write_run(before, out / "run.yaml")
    with pytest.raises(ValueError, match=r"holds another run than M-TSA, seed 0, is now"):
        reproduce(study, row, tmp_path, tmp_path, scenes, ["objective.diffusion.remember=elsewhere"])


def test_a_summary_has_every_arm() -> None:
    results = made({"nothing": [1, 2, 3], "M-TSA": [0.5, 1, 3]}, {"nothing": 2, "M-TSA": 2})
    one = {"gravity": {"-0.10": {"student": [1, 1], "silent": [0, 0]}, "+0.10": {"student": [0, 1], "silent": [1, 1]}}}
    whole = {
        arm: {
            seed: one | {"matched": {"50": 0.9}, "loss": 0.2, "step": 9, "dynamic": 0.8, "discarded": 0.01}
            for seed in ("0", "1")
        }
        for arm in ("nothing", "M-TSA")
    }
    said = summarise(results, whole, {"nothing": 10.5, "M-TSA": 21.0})
    first, second = said["arms"]
    assert (said["still"], said["silent"], said["clips"]) == (9, 50, 3)
    assert "difference" not in first and second["difference"]["mean"] == pytest.approx(-0.5)
    assert first["sa"]["mean"] == pytest.approx(33.33) and second["sa"]["mean"] == pytest.approx(66.67)
    assert first["steps"] == 9 and first["dynamic"]["mean"] == 80 and first["discarded"]["mean"] == 1
    assert first["toldApart"]["mean"] == 75 and first["matched"]["50"]["mean"] == 90 and first["core"] == 10.5
    assert markdown(said).splitlines()[2].endswith("| 10 |")
    json.dumps(said, allow_nan=False)
    unmeasured = summarise(results, whole, {"nothing": 10.5})
    assert unmeasured["arms"][1]["core"] is None and markdown(unmeasured).endswith("| – |")


def test_a_summary_tells_verdicts_by_category() -> None:
    results = made({"nothing": [1, 2, 3, 4], "M-TSA": [0.5, 1, 3, 4]}, {"nothing": 2, "M-TSA": 2})
    for row in results.rows:
        row["category"] = "solid-solid" if row["clip"] in ("0", "1") else "fluid-fluid"
    one = {"gravity": {"-0.10": {"student": [1], "silent": [0]}, "+0.10": {"student": [0], "silent": [1]}}}
    whole = one | {"matched": {"50": 0.9}, "loss": 0.2, "step": 9, "dynamic": 0.8, "discarded": 0.01}
    first, second = summarise(results, {arm: {"0": whole, "1": whole} for arm in ("nothing", "M-TSA")}, {})["arms"]
    assert list(first["categories"]) == ["solid-solid", "fluid-fluid"]
    assert [one["categories"]["solid-solid"]["sa"]["mean"] for one in (first, second)] == [50, 100]
    assert [first["categories"][name]["pc"]["mean"] for name in first["categories"]] == [50, 0]
    own = estimate(values(results, "nothing", "SA*", "today", "solid-solid"))
    ends = {"mean": 50, "low": round(100 * own.low, 2), "high": round(100 * own.high, 2)}
    assert first["categories"]["solid-solid"]["sa"] == ends


def test_runs_that_another_judge_saw_have_no_verdict_by_this_one() -> None:
    results = made({"nothing": [1, 2, 3], "M-TSA": [0.5, 1, 3]}, {"nothing": 2, "M-TSA": 2})
    for row in results.rows:
        old = row["arm"] == "nothing" or row["run"] == "0"
        row |= {"older": row.pop("today") if old else "", "newer": "" if old else "110"}
    said = {judge: share_table(results, judge).splitlines()[2:] for judge in results.judges}
    sa = {judge: [line.split(" | ")[2] for line in lines if "solid" not in line] for judge, lines in said.items()}
    assert sa["newer"][0] == "–" and sa["newer"][1].startswith("100.0")
    assert sa["older"][0].startswith("33.3") and sa["older"][1].startswith("66.7")
    assert not differences(results, "M-TSA", "SA*", "newer").size
    assert len(differences(results, "M-TSA", "SA*", "older")) == 1
