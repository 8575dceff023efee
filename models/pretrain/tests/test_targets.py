"""What stands in the teacher's place, and where alignment is asked for."""

from pathlib import Path

import pytest
import torch
from pretrain.kinds import teacher_of
from pretrain.nets.layers import pixels
from pretrain.nets.student import StudentShape
from pretrain.nets.teacher import Teacher, TeacherShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.diffusion import Diffusion
from pretrain.objectives.finetune import Alignment, AlignObjective
from pretrain.objectives.targets import DEEPER, TARGETS, doubled, normalised, shuffle, untrained
from pretrain.training.loop import generator
from safetensors import safe_open
from torch import Tensor

SHAPE = StudentShape(values=768, width=32, depth=3, heads=2, time_width=16)
TEACHER = TeacherShape(width=32, depth=1, heads=2)
CPU = torch.device("cpu")


def objective(**how) -> AlignObjective:
    torch.manual_seed(0)
    module = AlignObjective(SHAPE, Diffusion(), Pixels(), Teacher(TEACHER), Alignment("mtsa", "", "", hidden=16, **how))
    for parameter in module.inner.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return module


def batch(clips: int = 4) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(2)
    frames = torch.randint(256, (clips, 16, 64, 64, 3), generator=draw, dtype=torch.uint8)
    return {"frames": frames, "words": torch.ones(clips, 12, dtype=torch.long), "clip": torch.arange(clips)}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_trains_the_student(target: str) -> None:
    module = objective(target=target)
    losses = module(batch(), generator(CPU, 1))
    assert torch.isfinite(losses["loss"]) and float(losses["alignment"].detach()) > 0
    losses["alignment"].backward()
    assert all(p.grad is not None for p in module.projector.parameters())
    assert module.inner.student.proj.weight.grad is not None


def test_the_deeper_target_is_what_the_last_block_gives_and_is_held_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = objective(target=DEEPER)
    blocks, align = module.inner.student.transformer_blocks, module.align
    given: list[Tensor] = []
    compared: list[Tensor] = []
    blocks[-1].register_forward_hook(lambda _block, _inputs, output: given.append(output[0].detach()))

    def seen(features: Tensor, data: dict[str, Tensor], target: Tensor) -> Tensor:
        compared.append(target)
        return align(features, data, target)

    monkeypatch.setattr(module, "align", seen)
    module(batch(), generator(CPU, 1))["alignment"].backward()
    assert torch.equal(compared[0], doubled(given[0], SHAPE.frames)) and len(given) == 1
    assert all(p.grad is not None for p in blocks[: module.aligned].parameters())
    assert all(p.grad is None for p in blocks[module.aligned :].parameters())


def test_shuffled_frames_are_the_clips_own_in_another_order() -> None:
    features = torch.arange(2 * 8 * 3.0).reshape(2, 8, 3, 1)
    mixed = shuffle(features, torch.tensor([3, 4]))
    for clip in range(2):
        before, after = (x[clip, :, 0, 0].tolist() for x in (features, mixed))
        assert sorted(after) == before and after != before
    assert torch.equal(mixed, shuffle(features, torch.tensor([3, 4])))
    assert torch.equal(mixed[..., 1, :] - mixed[..., 0, :], torch.ones(2, 8, 1))  # frames stay whole


def test_normalised_features_have_lost_what_all_spots_share() -> None:
    draw = torch.Generator().manual_seed(7)
    features = 2 * torch.randn(2, 8, 64, 5, generator=draw) + 3
    found = normalised(features, 1)
    torch.testing.assert_close(found.mean(dim=2), torch.zeros(2, 8, 5), atol=1e-6, rtol=0)
    torch.testing.assert_close(found.std(dim=2), torch.ones(2, 8, 5))
    left = 0.4 * features.mean(dim=2, keepdim=True) / features.std(dim=2, keepdim=True)
    torch.testing.assert_close(normalised(features, 0.6), found + left)
    plain, spread = (objective(spatial=alpha)(batch(), generator(CPU, 1))["alignment"] for alpha in (0, 1))
    assert not torch.isclose(plain, spread)


def test_doubled_tokens_keep_their_places() -> None:
    tokens = torch.arange(4 * 6.0).reshape(1, 24, 1)
    assert doubled(tokens, 4)[0, :, 2, 0].tolist() == [2, 2, 8, 8, 14, 14, 20, 20]


def test_an_untrained_teacher_is_always_the_same_and_moves_no_generator() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one = untrained(TEACHER)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(one.patch_embed.weight, untrained(TEACHER).patch_embed.weight)


def test_alignment_is_asked_for_where_it_can_be_obeyed() -> None:
    data, draw = batch(12), lambda: generator(CPU, 4)
    everywhere, nowhere = objective(), objective(until=0)
    noised = nowhere.inner.noise(data, draw())
    given = noised.given > 0
    assert bool(given.any()) and not bool(given.all())
    some = {name: tensor[given] for name, tensor in data.items()}
    video, _, _ = nowhere.inner.student.features(noised.x, noised.t, noised.words, noised.given, SHAPE.aligned)
    expected = nowhere.align(video[given], some, nowhere.target(some, noised.x0[given], video[given]))
    torch.testing.assert_close(nowhere(data, draw())["alignment"], expected, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(everywhere(data, draw())["alignment"], expected, rtol=1e-4)


def test_a_batch_in_which_it_can_nowhere_be_obeyed_adds_nothing() -> None:
    module = objective(until=0)
    module.inner.diffusion = Diffusion(given=0)
    losses = module(batch(), generator(CPU, 4))
    assert float(losses["alignment"].detach()) == 0
    losses["loss"].backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in module.parameters())


def test_a_warming_projector_leaves_the_student_alone() -> None:
    apart = []
    for how in ({"warm": 1}, {"loss": "none"}):
        torch.manual_seed(0)
        alignment = Alignment(**{"loss": "mtsa", "student": "", "teacher": "", "hidden": 16, **how})
        module = AlignObjective(SHAPE, Diffusion(), Pixels(), Teacher(TEACHER), alignment)
        draw = torch.Generator().manual_seed(6)
        for parameter in module.inner.parameters():
            torch.nn.init.normal_(parameter, std=0.1, generator=draw)
        module(batch(), generator(CPU, 4))["loss"].backward()
        apart.append([p.grad.clone() for p in module.inner.student.parameters()])
        if "warm" in how:
            assert all(bool(p.grad.any()) for p in module.projector.parameters())
            assert float(module.balance) == 0
    for ours, theirs in zip(*apart, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_gradients_cosine_and_the_loss_by_noise_are_logged() -> None:
    module = objective(balance_every=1)
    losses = module(batch(12), generator(CPU, 4))
    assert 0 < abs(float(losses["cosine"])) < 1
    thirds = [float(losses[f"alignment {name}"]) for name in ("early", "middle", "late")]
    assert all(value > 0 for value in thirds) and len(set(thirds)) == 3


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(KeyError, match=r"pixels.*got nothing"):
        Alignment("mtsa", "", "", target="nothing")


def test_the_shipped_teacher_is_read_from_its_folder(fixtures: Path) -> None:
    """PyTorch's answers from when it was exported."""
    teacher = teacher_of(Path(__file__).resolve().parents[2] / "teacher")
    with safe_open(fixtures / "teacher_golden.safetensors", "pt") as file:
        frames, features = file.get_tensor("frames"), file.get_tensor("features")
    with torch.no_grad():
        found = teacher(pixels(frames[None]))[0].reshape(8, 8, 8, -1).permute(0, 3, 1, 2)
    torch.testing.assert_close(found, features, rtol=1e-4, atol=1e-4)  # float32, sums in another order on another machine
