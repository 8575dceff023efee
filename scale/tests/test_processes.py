"""Several processes train as one, by the engines of accelerate/*.yaml, and stop where one has to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from accelerate.utils import DistributedType
from conftest import ROOT, Tiny, metrics
from safetensors import safe_open
from safetensors.torch import load_file
from test_training import CLOSE, SHORT, equal, same, same_weights

from tuning.recipe import read_recipe


def test_two_processes_are_one_and_one_goes_on(tiny: Tiny, train, tmp_path: Path) -> None:
    """Three steps by two, then the last one by one alone; λ is measured by both and by one."""
    settings = (*SHORT, "share=0.3", "balance_every=3")
    one = train("one", *settings)  # with its blocks kept, not computed again
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "train.py"]
    where = ["--recipe", tiny.recipe, "--model", tiny.model, "--teacher", tiny.teacher, "--data", tiny.shards]
    options = [*where, "--workers", 0, "--stop-at", 3, "--out", tmp_path / "two", "--set", *settings, "checkpointing=true"]
    subprocess.run([*command, *map(str, options)], cwd=ROOT / "scale", env=os.environ, check=True, capture_output=True)
    assert json.loads((tmp_path / "two/run.json").read_text())["processes"] == 2
    same(train("two", *settings), one, **CLOSE)
    same_weights(tmp_path / "one", tmp_path / "two", **CLOSE)


def launched(tiny: Tiny, engine: str, precision: str, program: object, *more: object) -> subprocess.CompletedProcess[str]:
    """Two processes of a program that is as `on_cpu.py`, by our configuration of an engine."""
    command = ["-m", "accelerate.commands.launch", "--config_file", f"accelerate/{engine}.yaml", "--num_processes", 2]
    command += ["--main_process_port", 0, "--mixed_precision", precision, program, "--recipe", tiny.recipe]
    command += ["--model", tiny.model, "--teacher", tiny.teacher, "--data", tiny.shards, "--workers", 0, *more]
    environment = {name: value for name, value in os.environ.items() if name != "ACCELERATE_USE_CPU"}
    line = [sys.executable, *map(str, command)]
    return subprocess.run(line, cwd=ROOT / "scale", env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("engine", ["fsdp2", "zero2"])
def test_an_engine_that_splits_trains_as_one_process(tiny: Tiny, train, tmp_path: Path, engine: str) -> None:
    """Our own configuration by `accelerate launch`, in float32: two processes, stopped after two steps and resumed."""
    from conftest import run

    import export

    settings = (*SHORT, "clip_norm=0.5")  # the launcher's own is 1
    one, out = train("one", *settings), tmp_path / engine
    for more in (["--stop-at", 2], []):
        done = launched(tiny, engine, "no", "tests/on_cpu.py", "--out", out, *more, "--set", *settings, "checkpointing=true")
        assert done.returncode == 0, done.stderr
    assert "going on after step 2" in done.stdout and json.loads((out / "run.json").read_text())["processes"] == 2
    same(metrics(out), one, **CLOSE)
    exported = []
    for name in ("one", engine):
        run(export.main, tmp_path / name, "--to", tmp_path / f"{name}-exported", "--dtype", "float32")
        folder = tmp_path / f"{name}-exported"
        exported.append(load_file(folder / "transformer/diffusion_pytorch_model.safetensors"))
        exported[-1] |= load_file(folder / "projector.safetensors")
        with safe_open(folder / "projector.safetensors", "pt") as file:
            about = file.metadata()  # by which the page knows it: src/formats/projector_file.ts
        assert about["format"] == "tempered-projector" and (about["block"], about["stride"]) == ("2", "3")
    equal(*exported, **CLOSE)


@pytest.mark.parametrize("engine", ["zero2", "fsdp2"])
def test_a_nan_in_a_gradient_alone_stops_engines_too(tiny: Tiny, tmp_path: Path, engine: str) -> None:
    """Of a loss that is a number, in the second step of one of two processes; under `zero2.yaml` DeepSpeed takes the step."""
    program, out = tmp_path / "broken.py", tmp_path / "out"
    program.write_text(
        f"import os, runpy, sys\nsys.path.insert(0, {str(ROOT / 'scale')!r})\nfrom tuning.student import Student\n"
        "forward, calls = Student.forward, []\n"
        "def broken(*arguments):\n"
        "    velocity, *others = forward(*arguments)\n"
        "    calls.append(1)\n"
        "    if len(calls) == 3 and os.environ['RANK'] == '1':\n"
        "        velocity.register_hook(lambda gradient: gradient * float('nan'))\n"
        "    return velocity, *others\n"
        f"Student.forward = broken\nrunpy.run_path({str(ROOT / 'scale/tests/on_cpu.py')!r})\n"
    )
    done = launched(tiny, engine, "bf16", program, "--out", out, "--save-every", 1, "--set", *SHORT)
    assert done.returncode != 0 and "step 2 has a loss or gradient that is no number" in done.stderr, done.stderr
    assert len(metrics(out)) == 1 and json.loads((out / "latest.json").read_text())["step"] == 1
    assert len(list(out.glob("nan-step-2-process-*.pt"))) == 2  # whichever of them it came from


def test_an_older_deepspeed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import train as program

    program.check_deepspeed()
    assert f'zero = ["deepspeed=={program.DEEPSPEED}"]' in (ROOT / "scale/pyproject.toml").read_text()
    monkeypatch.setattr("importlib.metadata.version", lambda _: "0.18.2")
    monkeypatch.setattr(program, "version", lambda _: "0.18.2")
    with pytest.raises(SystemExit, match=r"DeepSpeed 0\.18\.2 is older than 0\.19\.8"):
        program.check_deepspeed()


@pytest.mark.parametrize("engine", [DistributedType.FSDP, DistributedType.DEEPSPEED])
def test_a_share_is_refused_where_an_engine_takes_gradients(engine: DistributedType) -> None:
    import train as program

    recipe = ROOT / "test/fixtures/recipe.json"
    shared = read_recipe(recipe, ["share=0.3"])
    program.check_share(shared, DistributedType.MULTI_GPU)
    program.check_share(read_recipe(recipe, ["share=null"]), engine)
    with pytest.raises(SystemExit, match=rf"share=0\.3 needs gradients inside a step, which {engine.value} does not give"):
        program.check_share(shared, engine)
