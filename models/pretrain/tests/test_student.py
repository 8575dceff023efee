"""The student: one definition, and what its outputs depend on."""

from pathlib import Path

import pytest
import torch
from pretrain.config import read, read_run
from pretrain.nets.autoencoder import AutoencoderShape
from pretrain.nets.student import Student, StudentShape, TimestepEmbedding, read_definition
from pretrain.nets.teacher import Teacher, TeacherShape
from pretrain.objectives.reconstruction import Autoencoder, Reconstruction

RUNS = Path(__file__).parents[1] / "runs"
TINY = StudentShape(values=6, width=32, depth=3, heads=2, frames=2, rows=2, time_width=16)


def alive(shape: StudentShape) -> Student:
    """A student whose gates and output, zero at the start, are filled."""
    student = Student(shape).eval()
    for parameter in student.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return student


def inputs(shape: StudentShape) -> list[torch.Tensor]:
    """x, t, words, given."""
    words = torch.randint(1, shape.vocabulary, (2, shape.words))
    return [torch.randn(2, shape.tokens, shape.values), torch.tensor([999, 3]), words, torch.zeros(2)]


def test_the_definition_in_the_repository_is_the_model() -> None:
    shape = read_definition()
    values = read_run(RUNS / "autoencoder.yaml").model["channels"]
    assert shape == read(StudentShape, {**read_run(RUNS / "base.yaml").model, "values": values})


@pytest.mark.parametrize("changed", range(4))
def test_everything_that_goes_in_counts(changed: int) -> None:
    student, given = alive(TINY), inputs(TINY)
    other = list(given)
    other[changed] = inputs(TINY)[changed] if changed in (0, 2) else torch.tensor([1, 2]) if changed == 1 else torch.ones(2)
    assert not torch.allclose(student(*given), student(*other))


def test_prompt_order_counts() -> None:
    student, (x, t, words, given) = alive(TINY), inputs(TINY)
    assert not torch.allclose(student(x, t, words, given), student(x, t, words.flip(1), given))


def test_a_fresh_student_says_nothing_and_every_tensor_can_learn() -> None:
    student, given = Student(TINY), inputs(TINY)
    assert not student(*given).any()
    student = alive(TINY)
    student(given[0], given[1], given[2], torch.ones(2)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in student.parameters())


def test_features_and_finish_are_the_whole() -> None:
    student, given = alive(TINY), inputs(TINY)
    for blocks in range(TINY.depth + 1):
        torch.testing.assert_close(student.finish(*student.features(*given, blocks), blocks), student(*given))


def test_the_three_models_fit_in_25_megabytes() -> None:
    runs = {name: read_run(RUNS / f"{name}.yaml").model for name in ("teacher", "autoencoder", "base")}
    autoencoder = read(AutoencoderShape, runs["autoencoder"])
    shape = read(StudentShape, {**runs["base"], "values": autoencoder.channels})
    teacher = Teacher(read(TeacherShape, runs["teacher"]))
    student = Student(shape)
    size = lambda model: sum(p.numel() for p in model.parameters())  # noqa: E731
    total = 2 * (size(teacher) + size(Autoencoder(autoencoder, Reconstruction())) + size(student))
    assert total < 24.5e6, total  # in float16, and room for the graphs


def test_the_embedding_of_t_is_the_formula_at_every_t() -> None:
    t, half = torch.arange(1000), 32
    angle = t.double()[:, None] / 10000 ** (torch.arange(half, dtype=torch.float64) / half)
    expected = torch.cat([angle.cos(), angle.sin()], dim=1).float()
    torch.testing.assert_close(TimestepEmbedding(2 * half)(t), expected, atol=3e-7, rtol=0)  # a few roundings of float32
