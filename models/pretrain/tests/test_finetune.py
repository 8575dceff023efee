"""λ is what makes the alignment gradient the wanted share, and the arms see the same data and noise."""

from pathlib import Path

import pytest
import torch
from pretrain.config import Training, read
from pretrain.data.stream import Stream
from pretrain.kinds import state_of
from pretrain.nets.student import Student, StudentShape
from pretrain.nets.teacher import Teacher, TeacherShape
from pretrain.objectives.codec import Pixels
from pretrain.objectives.diffusion import Diffusion
from pretrain.objectives.finetune import ARMS, NONE, Alignment, AlignObjective
from pretrain.objectives.schedule import STEPS
from pretrain.training.loop import generator, train
from safetensors.torch import save_file

SHAPE = StudentShape(values=768, width=32, depth=3, heads=2, time_width=16)


def arm(how: Alignment | str, until: int = STEPS, given: float = 0.5) -> AlignObjective:
    """An arm whose student is the same as every other's; of a loss alone with the settings of most tests."""
    torch.manual_seed(0)
    teacher = Teacher(TeacherShape(width=32, depth=1, heads=2))
    if isinstance(how, str):
        how = Alignment(how, "", "", share=0.3, hidden=16, until=until)
    module = AlignObjective(SHAPE, Diffusion(given=given), Pixels(), teacher, how)
    draw = torch.Generator().manual_seed(1)
    for parameter in module.inner.parameters():
        torch.nn.init.normal_(parameter, std=0.1, generator=draw)
    return module


class Clips(Stream):
    """The two clips of `batch`, over and over."""

    def __init__(self) -> None:
        self._batch = batch()

    def __len__(self) -> int:
        return 2

    def __getitem__(self, position: int) -> dict[str, torch.Tensor]:
        return {name: tensor[position % 2] for name, tensor in self._batch.items()}


def test_a_student_trains_as_if_alone_while_its_projector_warms_up(tmp_path: Path) -> None:
    """Also where gradients are clipped, which the projector's would make far smaller."""
    settings = {"seed": 0, "steps": 3, "batch": 2, "rate": 0.01, "warmup": 1, "log_every": 1, "clip": 1.0}
    students = {}
    for loss, warm in ((NONE, 0), ("mtsa", 3), ("mtsa", 2)):
        how = Alignment(loss, "", "", hidden=16, balance_every=1, warm=warm)
        module = arm(how)
        begun = {name: p.detach().clone() for name, p in module.named_parameters() if name.startswith("projector.")}
        out = tmp_path / str(warm)
        train(module, Clips(), read(Training, settings), out)
        students[warm] = [p.detach() for p in module.inner.student.parameters()]
        assert all(not torch.equal(before, module.get_parameter(name)) for name, before in begun.items())
    alone, warming, aligned = students[0], students[3], students[2]
    assert all(torch.equal(a, b) for a, b in zip(alone, warming, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(alone, aligned, strict=True))


def batch() -> dict[str, torch.Tensor]:
    """Two clips of noise."""
    draw = torch.Generator().manual_seed(2)
    frames = torch.randint(256, (2, 16, 64, 64, 3), generator=draw, dtype=torch.uint8)
    places = torch.full((2, 512, 8, 2), torch.nan)
    places[:, ::2] = torch.rand(2, 256, 8, 2, generator=draw) * 64
    return {"frames": frames, "words": torch.ones(2, 12, dtype=torch.long), "places": places}


def test_a_process_whose_clips_are_not_asked_has_gradients_for_ddp() -> None:
    """DDP stops a run at a weight that took no part in one process's loss."""
    module = arm("mtsa", until=0, given=0)
    losses = module(batch(), generator(torch.device("cpu"), 4))
    losses["loss"].backward()
    assert float(losses["alignment"].detach()) == 0
    assert all(p.grad is not None and not p.grad.any() for p in module.projector.parameters())


@pytest.mark.parametrize("loss", ARMS)
def test_arms(loss: str) -> None:
    module = arm(loss)
    losses = module(batch(), generator(torch.device("cpu"), 4))
    plain = arm(NONE)(batch(), generator(torch.device("cpu"), 4))
    assert torch.equal(losses["diffusion"], plain["diffusion"])
    losses["loss"].backward()
    assert all(p.grad is None for p in module.teacher.parameters())
    if loss != NONE:
        assert all(p.grad is not None for p in module.projector.parameters())


def test_lambda_makes_the_share() -> None:
    module = arm("mtsa")
    student, aligned = module.inner.student, SHAPE.aligned
    data = batch()
    losses = module(data, generator(torch.device("cpu"), 4))
    noised = module.inner.noise(data, generator(torch.device("cpu"), 4))
    video, text, time = student.features(noised.x, noised.t, noised.words, noised.given, aligned)
    alignment = module.align(video, data, module.target(data, noised.x0, video))
    (pull,) = torch.autograd.grad(losses["lambda"] * alignment, video)
    from pretrain.objectives.diffusion import diffusion_loss

    video = video.detach().requires_grad_(True)
    (push,) = torch.autograd.grad(diffusion_loss(student.finish(video, text.detach(), time.detach(), aligned), noised), video)
    assert float(pull.norm() / push.norm()) == pytest.approx(0.3, rel=1e-3)


def test_the_share_that_is_told_is_what_lambda_reached_before_it_moved() -> None:
    module = arm(Alignment("mtsa", "", "", hidden=16, balance_every=1, share=0.5))
    first = module(batch(), generator(torch.device("cpu"), 1))  # λ begins at 0
    assert float(first["share"]) == 0 and float(first["lambda"]) > 0
    # λ is where this very batch puts it, so the same again reaches what is wanted; of half of it half.
    assert float(module(batch(), generator(torch.device("cpu"), 1))["share"]) == pytest.approx(0.5, rel=1e-5)
    module.balance *= 0.5
    assert float(module(batch(), generator(torch.device("cpu"), 1))["share"]) == pytest.approx(0.25, rel=1e-5)


def test_lambda_stays_where_nothing_moves() -> None:
    module = arm("mtsa")
    module.balance.fill_(0.7)
    data = batch()
    still = data | {"frames": data["frames"][:, :1].expand(-1, 16, -1, -1, -1)}
    losses = module(still, generator(torch.device("cpu"), 4))
    assert float(losses["alignment"].detach()) == 0
    assert float(losses["lambda"]) == pytest.approx(0.7)
    assert torch.isfinite(losses["cosine"])


def test_remembered_features_are_the_teachers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    teacher = Teacher(TeacherShape(width=32, depth=1, heads=2))
    module = AlignObjective(SHAPE, Diffusion(remember=str(tmp_path)), Pixels(), teacher, Alignment("tsa", "", "", hidden=16))
    data = batch() | {"clip": torch.tensor([4, 1])}
    for parameter in module.inner.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    apart = [module(d, generator(torch.device("cpu"), 4)) for d in (data, data, batch())]
    assert torch.equal(apart[0]["loss"], apart[1]["loss"])
    torch.testing.assert_close(apart[0]["alignment"], apart[2]["alignment"], rtol=1e-2, atol=1e-3)  # float16
    assert len(list(tmp_path.iterdir())) == 2
    other = Teacher(TeacherShape(width=32, depth=1, heads=4))
    other.load_state_dict(teacher.state_dict())  # heads have no tensors of their own
    another = AlignObjective(SHAPE, Diffusion(remember=str(tmp_path)), Pixels(), other, Alignment("tsa", "", "", hidden=16))
    another(data, generator(torch.device("cpu"), 4))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_block_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="3 blocks, got 4"):
        AlignObjective(SHAPE, Diffusion(), Pixels(), Teacher(TeacherShape(32, 1, 2)), Alignment("tsa", "", "", after=4))
    with pytest.raises(ValueError, match="predicts x0, got v"):
        AlignObjective(SHAPE, Diffusion(predicts="v"), Pixels(), Teacher(TeacherShape(32, 1, 2)), Alignment("tsa", "", ""))


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(KeyError, match=r"mtsa.*got m-tsa"):
        Alignment("m-tsa", "", "")


def test_starts_from_the_product(tmp_path: Path) -> None:
    """A checkpoint of `npm run train` is a student: its averaged weights, without projector, moments and step."""
    torch.manual_seed(3)
    student = Student(SHAPE)
    tensors = {name: p.detach().clone() for name, p in student.named_parameters()}
    beside = {f"ema.{name}": p + 1 for name, p in tensors.items()} | {f"adamw.m.{name}": p for name, p in tensors.items()}
    beside |= {"projector.linear1.weight": torch.zeros(4, 4), "lambda": torch.ones(1)}
    beside |= {"step": torch.tensor([5], dtype=torch.uint32)}
    save_file({name: t.clone() for name, t in (tensors | beside).items()}, tmp_path / "student.safetensors")
    student.load_state_dict(state_of(tmp_path / "student.safetensors", "student."))
    for name, parameter in student.named_parameters():
        torch.testing.assert_close(parameter.detach(), tensors[name] + 1)
