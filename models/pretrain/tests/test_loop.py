"""A run may be stopped anywhere: what comes out is the same to the bit."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from msgspec.structs import replace
from pretrain.config import Data, Run, Training, read, read_run, write_run
from pretrain.data.stream import Batch, Stream, item
from pretrain.data.texture import texture_clip
from pretrain.files import held
from pretrain.nets.layers import Block
from pretrain.training.loop import Average, generator, optimizers, rate_share, train
from pretrain.training.packed import pack
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


class Frames(Stream):
    """Three clips, over and over."""

    def __init__(self) -> None:
        self._clips = [texture_clip(0, i) for i in range(3)]

    def __len__(self) -> int:
        return 3

    def __getitem__(self, position: int) -> Batch:
        return item(self._clips[position % 3].frames, "")


class Noisy(nn.Module):
    """Learns the mean colour under noise, so that a run that repeats its randomness shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        """Squared error."""
        colour = batch["frames"].float().mean(dim=(1, 2, 3)) / 255
        noisy = colour + 0.1 * torch.randn(colour.shape, generator=draw)
        return {"loss": (self.layer(noisy) - colour).square().mean()}


TRAINING = read(
    Training,
    {"seed": 5, "steps": 9, "batch": 2, "rate": 0.01, "warmup": 2, "ema": 0.9, "log_every": 1, "checkpoint_every": 2},
)


def start() -> Noisy:
    """The same fresh module."""
    torch.manual_seed(1)
    return Noisy()


@pytest.mark.parametrize("log_every", [1, 3])
def test_a_stopped_run_goes_on_bit_for_bit(tmp_path: Path, log_every: int) -> None:
    training = replace(TRAINING, log_every=log_every)  # by three, the first line is of both calls
    whole, halted = tmp_path / "whole", tmp_path / "halted"
    train(start(), Frames(), training, whole)
    assert train(start(), Frames(), training, halted, seconds=0) == 1  # stops after a step
    # It ran on to step 3 and was killed before a checkpoint: the curve is ahead and must be cut back.
    with (halted / "curve.jsonl").open("a") as file:
        file.write('{"step": 2, "loss": 99}\n')
    torch.manual_seed(99)  # what other code draws must not matter
    assert train(start(), Frames(), training, halted) == 9
    a, b = (torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (whole, halted))
    for part in ("model", "ema"):
        assert a[part].keys() == b[part].keys()
        assert all(torch.equal(a[part][name], b[part][name]) for name in a[part])
    moments = [checkpoint["optimizers"][0]["state"] for checkpoint in (a, b)]
    assert all(torch.equal(moments[0][p]["exp_avg"], moments[1][p]["exp_avg"]) for p in moments[0])
    curves = [[json.loads(line) for line in (f / "curve.jsonl").read_text().splitlines()] for f in (whole, halted)]
    assert len(curves[0]) == 9 // log_every
    assert [line["loss"] for line in curves[0]] == [line["loss"] for line in curves[1]]
    about = json.loads((halted / "run.json").read_text())
    assert about["seed"] == 5 and "command" in about and about["threads"] >= 1


def test_evaluation_sees_the_average_and_training_goes_on_with_the_weights(tmp_path: Path) -> None:
    seen = []
    training = replace(TRAINING, evaluate_every=3)

    def evaluate(module: nn.Module) -> dict[str, float]:
        seen.append(module.layer.weight.detach().clone())  # type: ignore[union-attr]
        return {"x": 1.0}

    train(start(), Frames(), training, tmp_path / "a", evaluate)
    train(start(), Frames(), TRAINING, tmp_path / "b")
    a, b = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in "ab")
    assert torch.equal(a["model"]["layer.weight"], b["model"]["layer.weight"])
    assert len(seen) == 3 and torch.equal(seen[-1], a["ema"]["layer.weight"])


def test_two_processes_do_not_train_in_one_folder(tmp_path: Path) -> None:
    with held(tmp_path / "train.lock") as ours:
        assert ours
        with pytest.raises(RuntimeError, match=rf"another process is training in {tmp_path}"):
            train(start(), Frames(), TRAINING, tmp_path)
    assert train(start(), Frames(), TRAINING, tmp_path) == 9
    names = {"checkpoint.pt", "curve.jsonl", "run.json", "train.lock"}
    assert {path.name for path in tmp_path.iterdir()} == names


@pytest.mark.parametrize("last", [3, 9])
def test_a_run_that_was_stopped_while_it_measured_measures_first(tmp_path: Path, last: int) -> None:
    training = replace(TRAINING, evaluate_every=3, checkpoint_every=3)

    def stopped(module: nn.Module) -> dict[str, float]:
        if int(json.loads((tmp_path / "curve.jsonl").read_text().splitlines()[-1])["step"]) == last:
            raise KeyboardInterrupt
        return evaluate(module)

    def evaluate(module: nn.Module) -> dict[str, float]:
        return {"bias": float(module.layer.bias[0].detach())}  # type: ignore[union-attr,index]

    with pytest.raises(KeyboardInterrupt):
        train(start(), Frames(), training, tmp_path, stopped)
    for _ in range(2):  # the second time nothing is missing
        train(start(), Frames(), training, tmp_path, evaluate)
    train(start(), Frames(), training, tmp_path / "whole", evaluate)
    told = []
    for out in (tmp_path, tmp_path / "whole"):
        lines = [json.loads(line) for line in (out / "curve.jsonl").read_text().splitlines()]
        told.append([(line["step"], line["evaluation"]) for line in lines if "evaluation" in line])
    assert told[0] == told[1] and [step for step, _ in told[0]] == [3, 6, 9]


def test_a_line_that_was_not_written_whole_stops_no_run(tmp_path: Path) -> None:
    train(start(), Frames(), TRAINING, tmp_path, seconds=0)
    curve = tmp_path / "curve.jsonl"
    with curve.open("a") as file:
        file.write('{"step": 2, "lo')
    train(start(), Frames(), TRAINING, tmp_path)
    assert [json.loads(line)["step"] for line in curve.read_text().splitlines()] == list(range(1, 10))
    curve.write_text('{"step": 1, "lo\n{"step": 2}\n')  # in the middle it is no half-written line
    with pytest.raises(json.JSONDecodeError):
        train(start(), Frames(), TRAINING, tmp_path)


def test_rate_warms_up_and_falls_to_nothing() -> None:
    training = replace(TRAINING, steps=12, warmup=2)
    rates = [rate_share(training, step) for step in range(13)]
    assert rates[:3] == [0.5, 1.0, 1.0] and rates[7] == pytest.approx(0.5) and rates[12] == pytest.approx(0)


def test_rate_holds_before_it_falls() -> None:
    training = replace(TRAINING, steps=12, warmup=2, hold=6)
    rates = [rate_share(training, step) for step in range(13)]
    assert rates[:9] == [0.5] + 8 * [1.0] and rates[10] == pytest.approx(0.5) and rates[12] == pytest.approx(0)
    assert {rate_share(replace(training, hold=10**9), step) for step in range(1, 13)} == {1.0}


def test_a_copy_of_a_run_that_held_its_rate_falls_as_one_run_would(tmp_path: Path) -> None:
    falling = replace(TRAINING, steps=9, hold=4)
    train(start(), Frames(), falling, tmp_path / "whole")
    train(start(), Frames(), replace(TRAINING, steps=6, hold=10**9), tmp_path / "base")
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "base/checkpoint.pt", tmp_path / "copy")
    train(start(), Frames(), falling, tmp_path / "copy")
    a, b = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["model"] for name in ("whole", "copy"))
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_copy_of_a_run_goes_on_under_its_own_settings(tmp_path: Path) -> None:
    """A checkpoint brings weights and moments; rates, decay and betas are the YAML's of the run that goes on."""
    began = replace(TRAINING, muon=0.02, decay=0.3, beta2=0.9, steps=4)
    train(Holder(), Frames(), began, tmp_path / "began")
    other = replace(began, rate=0.03, muon=0.06, decay=0.1, beta2=0.99, steps=5)
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "began/checkpoint.pt", tmp_path / "copy")
    train(Holder(), Frames(), other, tmp_path / "copy")
    said = lambda group: {name: group[name] for name in ("peak", "weight_decay", "betas", "momentum") if name in group}  # noqa: E731
    kept = torch.load(tmp_path / "copy/checkpoint.pt", weights_only=True)["optimizers"]
    wanted = optimizers(Holder(), other)
    assert [[said(group) for group in one["param_groups"]] for one in kept] == [
        [said(group) for group in one.param_groups] for one in wanted
    ]
    assert [group["peak"] for one in kept for group in one["param_groups"]] == [0.03, 0.03, 0.06]


def test_a_packed_run_goes_on_from_its_average(tmp_path: Path) -> None:
    train(start(), Frames(), replace(TRAINING, steps=6, hold=10**9), tmp_path / "first")
    whole = torch.load(tmp_path / "first/checkpoint.pt", weights_only=True)
    packed = tmp_path / "base.safetensors"
    pack(tmp_path / "first/checkpoint.pt", packed)
    weights = load_file(packed)
    assert all(torch.equal(weights[name], whole["ema"][name].half()) for name in whole["ema"])
    on = tmp_path / "on"
    on.mkdir()
    shutil.copy(tmp_path / "first/curve.jsonl", on)
    train(start(), Frames(), replace(TRAINING, steps=8, hold=10**9), on, seconds=0, start=packed)
    again = torch.load(on / "checkpoint.pt", weights_only=True)
    assert (again["step"], again["fresh"]) == (7, 6) and again["core"] >= whole["core"] > 0
    moved = (again["model"]["layer.bias"] - weights["layer.bias"].float()).abs().max()
    assert 0 < moved < 0.6 * TRAINING.rate  # a first step of AdamW is as long as the rate, and half of that in a warm-up of two
    train(start(), Frames(), replace(TRAINING, steps=8, hold=10**9), on, start=packed)  # its own checkpoint, not the start
    lines = [json.loads(line) for line in (on / "curve.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 9)) and all(line["core"] >= 0 for line in lines)


def test_a_start_that_lacks_what_is_trained_says_so(tmp_path: Path) -> None:
    save_file({"other": torch.zeros(1)}, tmp_path / "other.safetensors", {"kind": "", "step": "1", "seconds": "0", "core": "0"})
    with pytest.raises(ValueError, match=r"other\.safetensors has no layer\."):
        train(start(), Frames(), TRAINING, tmp_path / "out", start=tmp_path / "other.safetensors")
    save_file({"other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="does not say at which step"):
        train(start(), Frames(), TRAINING, tmp_path / "out", start=tmp_path / "other.safetensors")


class Deep(Noisy, Block):
    """The same with a matrix that Muon takes, one in a norm, which it does not, and a part that is compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.Linear(3, 3)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        """Squared error."""
        return super().forward(batch, draw) | {"norm": self.norm(torch.ones(3)).square().sum()}


class Holder(nn.Module):
    """A network of one block."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.block = Deep()

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        """The block's error."""
        return self.block(batch, draw)


def test_muon_takes_the_matrices_of_blocks_and_goes_on_bit_for_bit(tmp_path: Path) -> None:
    training = replace(TRAINING, muon=0.02)
    adam, muon = optimizers(Holder(), training)
    taken = lambda optimizer: [p.shape for group in optimizer.param_groups for p in group["params"]]  # noqa: E731
    assert taken(muon) == [(3, 3)] and taken(adam) == [(3, 3), (3,), (3,)]
    train(Holder(), Frames(), training, tmp_path / "whole")
    train(Holder(), Frames(), training, tmp_path / "halted", seconds=0)
    train(Holder(), Frames(), training, tmp_path / "halted")
    a, b = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["model"] for name in ("whole", "halted"))
    assert all(torch.equal(a[name], b[name]) for name in a)
    lines = [json.loads(line) for line in (tmp_path / "whole/curve.jsonl").read_text().splitlines()]
    assert lines[-1]["loss"] < lines[0]["loss"]


def test_a_compiled_run_is_the_same_run(tmp_path: Path) -> None:
    seen = []
    for compiled in (False, True):
        out = tmp_path / str(compiled)
        train(
            Holder(),
            Frames(),
            replace(TRAINING, compile=compiled),
            out,
            lambda module: {"kind": type(module).__name__},
        )
        seen.append(torch.load(out / "checkpoint.pt", weights_only=True)["model"])
    assert seen[0].keys() == seen[1].keys()
    for name, tensor in seen[0].items():
        torch.testing.assert_close(seen[1][name], tensor, atol=1e-5, rtol=0)  # float32 sums in another order


def test_generators_are_functions_of_their_numbers() -> None:
    cpu = torch.device("cpu")
    draws = [torch.rand(3, generator=generator(cpu, *seed)).tolist() for seed in ((1, 2), (1, 2), (2, 1), (1, 3))]
    assert draws[0] == draws[1] and len({tuple(d) for d in draws}) == 3


def test_average_warms_up() -> None:
    module = start()
    average = Average(module, 0.999)
    with torch.no_grad():
        module.layer.weight.fill_(1)
    average.update(module, step=0)  # keeps 1/10 of what it was
    torch.testing.assert_close(average.values["layer.weight"], 0.1 * start().layer.weight.detach() + 0.9)


def test_runs_are_read_strictly(tmp_path: Path) -> None:
    runs = Path(__file__).parents[1] / "runs"
    every = [read_run(path) for path in runs.glob("*.yaml")]
    assert len(every) >= 6
    write_run(every[0], tmp_path / "run.yaml")
    assert read_run(tmp_path / "run.yaml") == every[0]
    changed = read_run(tmp_path / "run.yaml", ["training.seed=7", "objective.extra.deep=[1, 2]"])
    assert changed.training.seed == 7 and changed.objective["extra"] == {"deep": [1, 2]}
    good = {"world": "x"}
    for bad, word in (
        ({"world": "x", "mirro": True}, "unknown field `mirro`"),
        ({}, "missing required field `world`"),
        ({"world": 3}, r"Expected `str`, got `int` - at `\$\.world`"),
        ({"world": "x", "mirror": 1}, r"Expected `bool`, got `int` - at `\$\.mirror`"),
    ):
        with pytest.raises(ValueError, match=word):
            read(Data, bad)
    assert read(Data, {**good, "texture": 1}).texture == 1.0
    with pytest.raises(ValueError, match="key=value"):
        read_run(tmp_path / "run.yaml", ["seed"])
    with pytest.raises(ValueError, match="Expected `object`, got `array`"):
        read(Run, [])
