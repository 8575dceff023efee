"""The probe: what is linear is found on other templates, what is not is not, and mirrored breaks hide from one direction."""

import numpy as np
import pytest
import torch
from pretrain.measures.evaluation import UNSEEN
from pretrain.measures.plausible import FALLS
from pretrain.measures.probe import CHANGE, LEVELS, Scenes, area, by_frame, by_scene, fit, of_student, of_teacher, probe
from pretrain.nets.student import Student, StudentShape
from pretrain.nets.teacher import Teacher, TeacherShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.schedule import alphas, noised
from pretrain.training.loop import generator


def made(count: int, seed: int) -> Scenes:
    """Scenes whose frames are noise with a brightness that says the change, in every template alike."""
    draw = torch.Generator().manual_seed(seed)
    template = np.repeat(FALLS, 3 * count)
    change = np.tile(np.repeat([-CHANGE, 0.0, CHANGE], count), len(FALLS))
    frames = torch.randn(len(change), 4, generator=draw, dtype=torch.float64)
    frames[:, 0] += torch.from_numpy(10 * change)
    number = torch.arange(count).repeat(3 * len(FALLS))
    return Scenes(frames, torch.zeros(len(change), 12, dtype=torch.long), number, template, change)


def test_one_direction_tells_a_break_and_not_both_at_once() -> None:
    said = probe(lambda frames, *_: {"x": frames}, made(20, 1), made(20, 2))["x"]["others"]
    assert said["more"]["least"] > 0.95 and said["less"]["least"] > 0.95  # four deviations apart: .998 expected
    assert 0.3 < said["either"]["mean"] < 0.7  # chance; a deviation of .06 for 40 + 80 clips
    squared = probe(lambda frames, *_: {"x": frames.square()}, made(20, 1), made(20, 2))["x"]["others"]
    assert squared["either"]["least"] > 0.95


def test_features_of_nothing_are_at_chance() -> None:
    said = probe(lambda frames, *_: {"x": frames[:, 1:]}, made(40, 3), made(40, 4))["x"]
    for each in (*said["others"].values(), *said["same"].values()):
        assert 0.4 < each["mean"] < 0.6  # over 80 pairs and more a fold, six folds: a deviation below .03


def test_the_fit_is_the_ridge_logistic_one() -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(60, 3))
    broken = x[:, 0] + draw.normal(size=60) > 0.4
    score = fit(x, broken)
    # At the optimum the weighted residuals are orthogonal to the features, but for the ridge: no step makes the loss smaller.
    z = torch.from_numpy((x - x.mean(axis=0)) / x.std(axis=0))
    y = torch.from_numpy(broken)
    weight = torch.where(y, 0.5 / y.double().mean(), 0.5 / (~y).double().mean())
    w = torch.linalg.lstsq(torch.cat([z, torch.ones(60, 1)], dim=1).double(), torch.from_numpy(score(x))).solution
    w.requires_grad_()
    margin = (z @ w[:3] + w[3]) * torch.where(y, 1.0, -1.0)
    loss = (weight * torch.nn.functional.softplus(-margin)).sum() + 0.5 * w[:3].square().sum()
    (slope,) = torch.autograd.grad(loss, w)
    assert float(slope.abs().max()) < 1e-2  # of a loss of some 40: L-BFGS stops where it falls by less than 2e-9 of it


def test_what_a_template_says_in_its_own_way_is_told_there_alone() -> None:
    """Half of the templates get brighter with more gravity, half darker: on average over choices the others tell nothing."""
    turned = {template: (-1) ** i for i, template in enumerate(FALLS)}

    def mine(scenes: Scenes) -> Scenes:
        sign = torch.tensor([turned[template] for template in scenes.template])
        scenes.frames[:, 0] *= sign
        scenes.frames[:, 1] += 3 * sign
        return scenes

    said = probe(
        lambda frames, *_: {"x": torch.cat([frames, frames[:, :1] * frames[:, 1:2]], dim=1)},
        mine(made(20, 1)),
        mine(made(20, 2)),
    )["x"]
    assert said["same"]["more"]["least"] > 0.9
    assert said["others"]["more"]["least"] < 0.5 < said["others"]["more"]["most"]


def test_area_counts_pairs() -> None:
    broken = np.array([True, True, False, False])
    assert area(np.array([4.0, 2.0, 3.0, 1.0]), broken) == pytest.approx(0.75)
    assert area(np.array([1.0, 1.0, 1.0, 1.0]), broken) == pytest.approx(0.5)


def test_scenes_are_told_one_by_one() -> None:
    change = np.array([-0.4, -0.4, 0.0, 0.0, 0.4, 0.4])
    assert by_scene(np.array([1.0, 9.0, 0.0, 8.0]), change[:4]) == 1  # every scene by 1, though scenes are 8 apart
    assert by_scene(np.array([1.0, 7.0, 0.0, 8.0]), change[:4]) == 0.5
    assert by_scene(np.array([1.0, 9.0, 0.0, 8.0, 0.0, 8.0]), change) == 0.75  # both changes, the second a draw


def test_what_scenes_have_of_their_own_does_not_hide_gravity() -> None:
    """A scene's own brightness is ten times what gravity does to it, and a template's a hundred times: told scene by scene."""

    def lit(scenes: Scenes, seed: int) -> Scenes:
        count = len(scenes.change) // (3 * len(FALLS))
        own = np.random.default_rng(seed).normal(0, 40, (len(FALLS), 1, count)) + 400 * np.arange(len(FALLS))[:, None, None]
        scenes.frames[:, 0] += torch.from_numpy(np.broadcast_to(own, (len(FALLS), 3, count)).reshape(-1).copy())
        return scenes

    said = probe(lambda frames, *_: {"x": frames[:, :1]}, lit(made(40, 6), 8), lit(made(40, 7), 9))["x"]["others"]["more"]
    assert said["scenes"] > 0.95 and 0.5 < said["mean"] < 0.65


def stream_at(student: Student, frames: torch.Tensor, words: torch.Tensor, t: int, block: int) -> torch.Tensor:
    """The residual stream after a block, of clips noised as the probe noises them."""
    x0, at = Pixels().encode(frames), torch.full((len(frames),), t)
    noise = torch.stack([torch.randn(x0.shape[1:], generator=generator(x0.device, UNSEEN, 4, i)) for i in (7, 3)])
    return student.features(noised(x0, noise, alphas()[at]), at, words, torch.zeros(len(x0)), block)[0]


def test_a_scene_has_the_same_noise_under_each_gravity_and_no_other_scene_has_it() -> None:
    """40 scenes, so that batches of 32 do not begin with scenes."""
    student = Student(StudentShape(768, 16, 1, 2, time_width=16))
    grey = made(40, 1)
    frames = torch.full((1, 16, 64, 64, 3), 128, dtype=torch.uint8).expand(len(grey.change), -1, -1, -1, -1)
    scenes = Scenes(frames, grey.words, grey.number, grey.template, grey.change)
    seen: list[torch.Tensor] = []

    def read(*part: torch.Tensor) -> dict[str, torch.Tensor]:
        seen.append(of_student(student, Pixels(), "student")(*part)["student, after block 0"].detach())
        return {"x": part[2][:, None].double()}

    probe(read, scenes, scenes)
    of = torch.cat(seen[: len(seen) // 2]).reshape(len(FALLS), 3, 40, -1)  # by template, gravity and scene
    assert torch.equal(of, of[:1, :1].expand_as(of))
    assert len(of[0, 0].unique(dim=0)) == 40


def test_features_are_read_frame_by_frame() -> None:
    tokens = torch.arange(24.0).reshape(1, 6, 4)
    torch.testing.assert_close(by_frame(tokens, 3)[0, 4:], tokens[0, 3:].mean(dim=0))
    frames = torch.randint(256, (2, 16, 64, 64, 3), dtype=torch.uint8)
    words = torch.zeros(2, 12, dtype=torch.long)
    student = Student(StudentShape(768, 32, 2, 2, time_width=16))
    read = of_student(student, Pixels(), "student")(frames, words, torch.tensor([7, 3]))
    assert read["student, after block 0"].shape == (2, 3 * 4 * 32)
    for block in (0, 1, 2):  # each as the student itself gives it
        alone = torch.cat([by_frame(stream_at(student, frames, words, t, block), 64) for t in LEVELS], dim=1)
        torch.testing.assert_close(read[f"student, after block {block}"], alone)
    # A block that never trained changes nothing.
    assert torch.equal(read["student, after block 1"], read["student, after block 0"])
    student.open_gates()
    opened = of_student(student, Pixels(), "student")(frames, words, torch.tensor([7, 3]))
    assert float((opened["student, after block 1"] - opened["student, after block 0"]).detach().abs().mean()) > 0.1
    assert read["tokens, first token frame"].shape == (2, 768) and read["tokens"].shape == (2, 4 * 768)
    assert of_teacher(Teacher(TeacherShape(32, 1, 2)), "teacher")(frames, words, torch.arange(2))["teacher"].shape == (
        2,
        8 * 32,
    )
