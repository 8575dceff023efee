"""Schedule, noising and sampler (docs/method.md section 6)."""

from collections.abc import Callable

import msgspec
import pytest
import torch
from pretrain.nets.student import Student, StudentShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.diffusion import (
    Diffusion,
    StudentObjective,
    TrialStudent,
    diffusion_loss,
    noise_batch,
    sample,
    schedule_of,
)
from pretrain.objectives.schedule import alphas, noised, path_noise, sampling_times, straight

TINY = StudentShape(values=6, width=32, depth=2, heads=2, frames=2, rows=2, time_width=16)


def test_schedule_check_values() -> None:
    a = alphas()
    wanted = {0: 0.997454327643, 100: 0.728241932313, 500: 0.095328100863, 750: 0.010838901909, 998: 6.2308e-8}
    for t, value in wanted.items():
        assert float(a[t]) == pytest.approx(value, rel=1e-4 if t == 998 else 1e-11)
    assert float(a[999]) == 0


def test_noising_keeps_the_variance() -> None:
    x0, noise = torch.ones(2, 3, 4), torch.zeros(2, 3, 4)
    a = torch.tensor([0.25, 1.0], dtype=torch.float64)
    assert noised(x0, noise, a)[:, 0, 0].tolist() == [0.5, 1.0]
    assert noised(noise, x0, a)[:, 0, 0].tolist() == [pytest.approx(0.75**0.5), 0.0]


def test_sampling_starts_at_the_noisy_end() -> None:
    assert sampling_times(4) == [999, 749, 499, 249]
    assert sampling_times(1000) == list(range(999, -1, -1))


def test_a_given_frame_is_clean_and_costs_nothing(draw: torch.Generator) -> None:
    first = (torch.arange(8) < 4).float()[:, None]
    x0, words = torch.randn(64, 8, 6), torch.ones(64, 12, dtype=torch.long)
    batch = noise_batch(x0, words, first, alphas(), Diffusion(given=0.5, prompt_dropped=0.25), draw)
    given = batch.given.bool()
    assert 16 < int(given.sum()) < 48
    assert torch.equal(batch.x[given, :4], x0[given, :4]) and not batch.weight[given, :4].any()
    assert (batch.x[given, 4:] != x0[given, 4:]).all() and (batch.weight[~given] > 1).all()
    assert 0 < int((batch.words[:, 0] == 0).sum()) < 32
    assert float(diffusion_loss(x0, batch)) == 0
    # Every asked value is off by one: the mean of the weights.
    asked = batch.weight[batch.weight > 0]
    assert float(diffusion_loss(x0 + 1, batch)) == pytest.approx(float(batch.weight.sum() / len(asked)), rel=1e-5)


def test_times_may_be_spread_over_a_step(draw: torch.Generator) -> None:
    x0, words, first = torch.randn(8, 8, 6), torch.ones(8, 12, dtype=torch.long), torch.zeros(8, 1)
    drawn = [noise_batch(x0, words, first, alphas(), Diffusion(times="spread"), draw).t for _ in range(200)]
    for t in drawn:
        assert sorted((t // 125).tolist()) == list(range(8))
    assert float(torch.cat(drawn).double().mean()) == pytest.approx(499.5, abs=4)  # four deviations of 1600 t in such parts
    assert len({tuple((t // 125).tolist()) for t in drawn}) > 190  # any clip of a step may get any part


def test_a_student_that_says_v_gives_the_x0_of_it_and_has_the_error_of_v_as_its_loss(draw: torch.Generator) -> None:
    shape = msgspec.structs.replace(TINY, values=Pixels.values)
    student = StudentObjective(shape, Diffusion(predicts="v"), Pixels()).student
    torch.nn.init.normal_(student.proj_out.weight, std=0.1)
    x0, words, a = torch.randn(16, 8, shape.values), torch.ones(16, 12, dtype=torch.long), alphas()
    batch = noise_batch(x0, words, student.first, a, Diffusion(given=0), draw)
    asked = (batch.x, batch.t, batch.words, batch.given)
    says, part = Student.forward(student, *asked), a[batch.t].float()[:, None, None]
    noise = (batch.x - part.sqrt() * x0) / (1 - part).sqrt()
    v = part.sqrt() * noise - (1 - part).sqrt() * x0
    torch.testing.assert_close(diffusion_loss(student(*asked), batch), (says - v).square().mean(), rtol=1e-4, atol=0)


def test_flow_matching_has_the_error_of_the_straight_path_as_its_loss(draw: torch.Generator) -> None:
    shape = msgspec.structs.replace(TINY, values=Pixels.values)
    objective = StudentObjective(shape, Diffusion(predicts="flow"), Pixels())
    student = objective.student
    torch.nn.init.normal_(student.proj_out.weight, std=0.1)
    x0, words = torch.randn(16, 8, shape.values), torch.ones(16, 12, dtype=torch.long)
    batch = noise_batch(x0, words, student.first, objective.a, Diffusion(given=0, predicts="flow"), draw)
    asked = (batch.x, batch.t, batch.words, batch.given)
    s = ((batch.t + 1) / 1000)[:, None, None]
    x = batch.x * (s.square() + (1 - s).square()).sqrt()  # in the path's own units
    noise = (x - (1 - s) * x0) / s
    torch.testing.assert_close(
        diffusion_loss(student(*asked), batch),
        (Student.forward(student, *asked) - (noise - x0)).square().mean(),
        rtol=1e-3,
        atol=0,
    )


@pytest.mark.parametrize("schedule", [alphas, straight])
def test_logit_normal_times_have_the_same_noise_on_either_path(
    schedule: Callable[[], torch.Tensor], draw: torch.Generator
) -> None:
    x0, words, first, a = torch.randn(20000, 1, 1), torch.ones(20000, 12, dtype=torch.long), torch.zeros(1, 1), schedule()
    s = path_noise(a)[noise_batch(x0, words, first, a, Diffusion(times="logit-normal"), draw).t]
    quarters = torch.quantile(s, torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64))
    wanted = torch.tensor([-0.6745, 0, 0.6745], dtype=torch.float64).sigmoid()
    torch.testing.assert_close(quarters, wanted, rtol=0, atol=0.015)  # four deviations of 20 000 draws, and a step of the path


class Gaussian(torch.nn.Module):
    """The exact denoiser of independent values with mean 2 and deviation 0.5."""

    shape = TINY

    def forward(self, x: torch.Tensor, t: torch.Tensor, words: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        """E[x0 | x_t]."""
        a = schedule_of(self)[t].float()[:, None, None]  # type: ignore[arg-type]
        gain = a.sqrt() * 0.25 / (a * 0.25 + 1 - a)
        return 2 + gain * (x - a.sqrt() * 2)


class StraightGaussian(Gaussian, TrialStudent):
    """The same, of a student of flow matching."""

    def __init__(self) -> None:
        TrialStudent.__init__(self, TINY, "flow")


@pytest.mark.parametrize("denoiser", [Gaussian, StraightGaussian])
def test_the_sampler_draws_from_the_distribution_that_the_denoiser_knows(denoiser: type) -> None:
    noise = torch.randn(500, TINY.tokens, TINY.values)
    made = sample(denoiser(), noise, torch.zeros(500, 12, dtype=torch.long), steps=1000)
    assert float(made.mean()) == pytest.approx(2, abs=0.02)  # 24000 values: standard error 0.003
    assert float(made.std()) == pytest.approx(0.5, abs=0.01)  # DDIM comes from below: 0.39 at 25 steps, 0.496 at 1000


def test_the_sampler_keeps_what_is_given_and_guides() -> None:
    student = Student(TINY).eval()
    torch.nn.init.normal_(student.proj_out.weight)
    for block in student.transformer_blocks:
        torch.nn.init.normal_(block.norm1.linear.weight)
    noise, first = torch.randn(2, 8, 6), torch.randn(2, 4, 6)
    words = torch.tensor([[1, 5, 14] + [0] * 9] * 2)
    made = {g: sample(student, noise, words, first, steps=3, guidance=g) for g in (1.0, 4.0)}
    assert all(torch.equal(m[:, :4], first) for m in made.values())
    assert not torch.allclose(made[1.0], made[4.0])
    assert torch.equal(made[1.0], sample(student, noise, words, first, steps=3))
