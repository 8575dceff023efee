"""A study: arms and seeds that are trained and measured alike, from one YAML file that is written before the first of them.

A row is one arm with one seed. Each is trained, draws the held-out clips, is judged and measured, and leaves its files in a
folder of its own; `collect` puts them into `measured/` and `curves/`, and any row can be made again from the repository alone.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch

from .config import Run, Settings, read, read_run, write_run
from .data.shards import ROOT, Shards
from .data.stream import Stream
from .files import held, write_whole
from .kinds import build, load
from .measures.errors import error_lines
from .measures.evaluation import Measures, evenly, generation
from .measures.judged import made_clips, write_stream
from .measures.plausible import Falls, matched, plausible
from .measures.results import Results, gather, read_results, write_results
from .measures.summary import clip_cost, summarise
from .objectives.finetune import AlignObjective
from .precision import BF16, autocast, native
from .training.loop import machine, train

RUNS = Path(__file__).with_name("runs")
REMEMBER = "objective.diffusion.remember"
MEASURED_BY = ("split", "part", "clips", "noises", "steps", "falls")  # of a study: how every row is measured
JUDGE = re.compile(r'^ *date: "(.*)",', re.MULTILINE)


class Arm(Settings):
    """One row of the tables, for each of its seeds."""

    name: str
    seeds: int
    set: tuple[str, ...] = ()  # changes to the study's run
    why: str = ""


class Study(Settings):
    """What all arms share. The first arm is the one that others are compared with."""

    question: str
    primary: str
    run: str  # a file of runs/
    set: list[str]
    clips: int  # held-out clips that every row draws, first frames given
    noises: int
    steps: int  # of the sampler
    falls: int  # scenes of each template that are seen under other gravities
    arms: list[Arm]
    split: str = "held-out"  # a study that chooses a setting draws "validation"
    part: str = "*"  # of the split, what is drawn: "solids/[ch]*" is its collide and hit-box


@dataclass(frozen=True)
class Row:
    """An arm with a seed."""

    arm: Arm
    seed: int

    @property
    def folder(self) -> str:
        name = self.arm.name.lower().replace("τ", "tau").replace("ρ", "rho")
        # A point stays where a number begins with it: τ .2 is not τ 2.
        return f"{re.sub(r'[^a-z0-9.]+', '-', name).strip('-')}-{self.seed}"


def read_study(path: Path) -> Study:
    """@raises ValueError naming the key that is unknown, missing or of another type."""
    import yaml

    return read(Study, yaml.safe_load(path.read_text()), path.name)


def rows(study: Study) -> Iterator[Row]:
    """All rows, the first seed of every arm before the second of any: what there is time for is balanced."""
    for seed in range(max(arm.seeds for arm in study.arms)):
        yield from (Row(arm, seed) for arm in study.arms if seed < arm.seeds)


def chosen(study: Study, arm: str, seed: int | None) -> list[Row]:
    """The rows of an arm and a seed; all where they are not given. @raises ValueError for an arm that the study lacks."""
    names = [each.name for each in study.arms]
    if arm and arm not in names:
        raise ValueError(f"the study's arms are {', '.join(names)}; got {arm!r}")
    return [row for row in rows(study) if arm in ("", row.arm.name) and seed in (None, row.seed)]


def judge_date() -> str:
    """The date on which the judge's tolerances were frozen."""
    found = JUDGE.search((ROOT / "src/judge/tolerances.ts").read_text())
    assert found
    return found[1]


def _draw(module: AlignObjective, cache: Path, study: Study, out: Path) -> dict[str, float]:
    """The row's clips, their centre errors and verdicts, as lines of JSON in `out`; and of all clips the dynamic degree, how
    far bodies go as a share of how far the real ones do, and the share of clips that the judge could not read.
    """
    real = evenly(cache, study.clips, f"{study.split}-{study.part}")
    measures = Measures(study.clips, study.steps, 1.0, BF16)
    with tempfile.TemporaryFile() as clips, torch.compiler.set_stance("force_eager"):
        made = list(made_clips(module, real, "from-first", measures, study.noises))
        errors = list(error_lines(made, real))
        (out / "errors.jsonl").write_text("".join(f"{line}\n" for line in errors))
        write_stream(iter(made), clips)
        clips.seek(0)
        command = ["npm", "run", "--silent", "judge", "--", "--stdin"]
        verdicts = subprocess.run(command, cwd=ROOT, stdin=clips, stdout=subprocess.PIPE, check=True).stdout
    (out / "verdicts.jsonl").write_bytes(verdicts)
    said = [json.loads(line) for line in errors]
    unread = [json.loads(line)["discarded"] is not None for line in verdicts.splitlines()]
    degree = sum(one["moved"] for one in said) / sum(one["moves"] for one in said)
    return {"dynamic": degree, "discarded": sum(unread) / len(unread)}


def measure(out: Path, cache: Path, study: Study, scenes: Falls) -> None:
    """Measures a trained row; `row.json` is written last, and says that the row is done."""
    module, _, saved = load(out, cache)
    assert isinstance(module, AlignObjective)
    drawn = _draw(module, cache, study, out)
    solids, clips = evenly(cache, 48, f"{study.split}-solids"), Measures(96, 1, 1.0, part=f"{study.split}-{study.part}")
    with torch.compiler.set_stance("force_eager"), autocast(torch.device("cpu")):
        about = {
            **{name: saved[name] for name in ("step", "seconds", "core")},
            **{name: getattr(study, name) for name in MEASURED_BY},
            **made_on(read_run(out / "run.yaml")),
            **drawn,
            "gravity": plausible(module.inner, scenes),
            "matched": matched(module.inner, solids, module.aligned),
            "loss": generation(module.inner, cache, clips)["loss"],
            "judge": judge_date(),
        }
    write_whole(out / "row.json", json.dumps(about, indent=1) + "\n")


def made_on(run: Run) -> dict[str, Any]:
    """What a row depends on beside its run and seed, so that pairs that were not made alike are seen: in what numbers it was
    measured, the kind of machine that did that and trained its last steps, and whether its run kept, and so rounded to float16,
    what frozen networks make.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return {"precision": native(BF16, torch.device("cpu")), "machine": machine(device), "remembered": _remembers(run)}


def _remembers(run: Run) -> bool:
    return bool(run.objective.get("diffusion", {}).get("remember"))


def reproduce(study: Study, row: Row, cache: Path, runs: Path, scenes: Falls, changes: list[str]) -> bool:
    """Trains and measures a row in a folder of its own; False where another process has it, or it is done.

    `changes`: where the cache of features and latents is, `REMEMBER`, and nothing else.

    @raises ValueError for any other change, and where the folder holds another run, or the beginning of one
    """
    for change in changes:
        if change.partition("=")[0] != REMEMBER:
            raise ValueError(f"a row is made as its study says: --set may give {REMEMBER} alone, got {change!r}")
    out = runs / row.folder
    out.mkdir(parents=True, exist_ok=True)
    with held(out / "lock") as ours:
        if not ours:
            print(f"{row.folder} is being made by another process", file=sys.stderr)
            return False
        if finished(study, row, runs):
            return False
        torch.compiler.reset()
        run = run_of(study, row, changes)
        if (out / "run.yaml").exists():
            _check_run(study, row, out)
            _check_remembered(run, out)
        write_run(run, out / "run.yaml")
        module, _ = build(run, cache, Measures())
        stream = Stream(Shards(cache, run.data.world), run.data, run.training.seed)
        train(module, stream, run.training, out, about={"clips cached": len(stream), "study": row.arm.name})
        measure(out, cache, study, scenes)
    return True


def run_of(study: Study, row: Row, changes: Sequence[str] = ()) -> Run:
    """What trains a row. @raises ValueError naming the setting that is unknown or of another type"""
    return read_run(RUNS / study.run, [*study.set, *row.arm.set, f"training.seed={row.seed}", *changes])


def finished(study: Study, row: Row, runs: Path) -> bool:
    """Whether a row is trained and measured, as the study says now.

    @raises ValueError where it was trained or measured otherwise, with both values, or does not say how
    """
    out = runs / row.folder
    record = out / "row.json"
    if not record.exists():
        return False
    _check_run(study, row, out)
    try:
        measured = json.loads(record.read_text())
    except ValueError as wrong:
        print(f"{record} cannot be read ({wrong}): the row counts as not done", file=sys.stderr)
        return False
    for name in MEASURED_BY:
        wanted = getattr(study, name)
        if name not in measured:
            raise ValueError(
                f"{record} lacks `{name}`, which is {wanted!r} in the study: write there what the row was measured by, or "
                "remove the file to have the row measured again"
            )
        if measured[name] != wanted:
            raise ValueError(
                f"{out} was measured by `{name}` {measured[name]!r}, and the study says {wanted!r}: remove {record} to have "
                "the row measured again, or give the study the value that it had"
            )
    return True


def _check_run(study: Study, row: Row, out: Path) -> None:
    """@raises ValueError where a row's folder was trained, or begun, otherwise than the study says now, with both values"""
    record = out / "run.yaml"
    if not record.exists():
        raise ValueError(f"{out} has no run.yaml, which says how {row.arm.name}, seed {row.seed}, was trained: copy it too")
    before, now = (_lasting(run) for run in (read_run(record), run_of(study, row)))
    other = [name for name in now | before if before.get(name) != now.get(name)]
    if other:
        said = ", ".join(f"{name} is {before.get(name)!r} there and {now.get(name)!r} in the study" for name in other)
        raise ValueError(
            f"{out} holds another run than {row.arm.name}, seed {row.seed}, is now ({said}): take another --runs, remove the "
            "folder to have the row made anew, or give the study the settings that it had"
        )


def _check_remembered(run: Run, out: Path) -> None:
    """@raises ValueError where a row was begun with `REMEMBER` and would go on without it, or the other way"""
    if _remembers(run) != _remembers(read_run(out / "run.yaml")):
        begun, mend = ("without", "leave it out") if _remembers(run) else ("with", "give it too")
        raise ValueError(f"{out} was begun {begun} --set {REMEMBER}=FOLDER, which rounds to float16 what is kept there: {mend}")


def _lasting(run: Run) -> dict[str, Any]:
    """What a study says of a row, by name, as "training.steps": where features and latents are kept is of one machine."""

    def named(said: dict[str, Any], before: str) -> Iterator[tuple[str, Any]]:
        for name, value in said.items():
            if isinstance(value, dict):
                yield from named(value, f"{before}{name}.")
            else:
                yield before + name, value

    said = dict(named(msgspec.to_builtins(run), ""))
    said.pop(REMEMBER, None)
    return said


def costs(study: Study, results: Path, cache: Path, changes: list[str], rounds: int = 2, steps: int = 160) -> None:
    """Writes core-milliseconds of a training clip of every arm that has results beside them: the least over rounds in which
    each takes its turn, so that what else runs troubles all alike. What frozen networks make of the clips should be at hand.
    A projector that warms up first is timed after that, which is most of a run.
    """
    arms = [arm for arm in study.arms if arm.name in whole_of(results)]
    spent: dict[str, list[float]] = {arm.name: [] for arm in arms}
    for _ in range(rounds):
        for arm in arms:
            torch.compiler.reset()
            run = run_of(study, Row(arm, 0), [f"training.steps={steps}", "objective.warm=0", *changes])
            module, _ = build(run, cache, Measures())
            stream = Stream(Shards(cache, run.data.world), run.data, run.training.seed)
            with tempfile.TemporaryDirectory() as out:
                train(module, stream, run.training, Path(out))
                spent[arm.name].append(1000 * clip_cost(Path(out) / "curve.jsonl"))
    least = {name: round(min(each), 1) for name, each in spent.items()}
    write_whole(_beside(results, "_costs"), json.dumps(least, indent=1, ensure_ascii=False) + "\n")


def collect(study: Study, runs: Path, results: Path, curves: Path) -> None:
    """Writes what the finished rows measured clip by clip into `results` (NAME.csv.gz), beside it NAME.json with what each
    measured as a whole, and their curves into a folder. Rows that were collected before, perhaps on another machine, stay.

    @raises ValueError where a row, or the file, is of a study with other settings
    """
    shared = {"split": study.split, "made": "first frames given", "steps": study.steps, "guidance": 1}
    found = read_results(results) if results.exists() else Results(shared, [])
    if found.about != shared:
        raise ValueError(
            f"{results} holds rows of {found.about}, and the study's are of {shared}: remove it to collect all rows anew, or "
            "give the study the settings that it had"
        )
    whole = whole_of(results) if results.exists() else {}
    curves.mkdir(parents=True, exist_ok=True)
    for row in (Row(arm, seed) for arm in study.arms for seed in range(arm.seeds)):
        out = runs / row.folder
        if not finished(study, row, runs):
            continue
        errors, verdicts = ((out / f"{name}.jsonl").read_text().splitlines() for name in ("errors", "verdicts"))
        measured = json.loads((out / "row.json").read_text())
        gather(found, row.arm.name, row.seed, errors, verdicts, measured["judge"])
        write_whole(curves / f"{row.folder}.jsonl", (out / "curve.jsonl").read_text())
        whole.setdefault(row.arm.name, {})[str(row.seed)] = measured
    order = [arm.name for arm in study.arms]
    found.rows.sort(key=lambda row: order.index(row["arm"]))
    write_results(found, results)
    seeds = {name: dict(sorted(whole[name].items())) for name in order if name in whole}
    write_whole(_beside(results), json.dumps(seeds) + "\n")


def _beside(results: Path, what: str = "") -> Path:
    return results.with_name(results.name.replace(".csv.gz", f"{what}.json"))


def whole_of(results: Path) -> dict[str, dict[str, Any]]:
    """What each row measured as a whole, by arm and seed, as `collect` wrote it beside a file of results."""
    return json.loads(_beside(results).read_text())


def swept(study: Study) -> dict[str, list[dict[str, float | str]]]:
    """Of a study whose arms each change one of the numbers that the first one sets: by its name the values, in order, and their
    arms. Of any other study nothing.
    """
    first, *others = study.arms
    changes = [dict(one.removeprefix("objective.").split("=") for one in arm.set) for arm in others]
    if any(len(change) != 1 for change in changes):
        return {}
    sweeps: dict[str, dict[float, str]] = {}
    for one in first.set:
        name, value = one.removeprefix("objective.").split("=")
        others_of = {float(change[name]): arm.name for arm, change in zip(others, changes, strict=True) if name in change}
        sweeps[name] = {float(value): first.name, **others_of}
    return {name: [{"value": value, "arm": arm} for value, arm in sorted(values.items())] for name, values in sweeps.items()}


def searched(study: Study) -> dict[str, dict[str, list[dict[str, float | str]]]]:
    """Of a study that gives several losses the same values of one number: by the number's name, and then by each loss's, which
    the names of its arms begin with, the values, in order, and their arms. Of any other study nothing.
    """
    searches: dict[str, dict[str, dict[float, str]]] = {}
    for arm in study.arms[1:]:
        change = dict(one.removeprefix("objective.").split("=") for one in arm.set)
        if change.pop("loss", None) is None or len(change) != 1 or "," not in arm.name:
            return {}
        ((number, value),) = change.items()
        searches.setdefault(number, {}).setdefault(arm.name.partition(",")[0], {})[float(value)] = arm.name
    return {
        number: {loss: [{"value": value, "arm": arm} for value, arm in sorted(arms.items())] for loss, arms in by_loss.items()}
        for number, by_loss in searches.items()
    }


def found(study: Study, results: Path) -> dict[str, Any]:
    """What the page and docs/answer.md show of a study, from its committed files."""
    whole = whole_of(results)
    about = {"question": study.question, "why": {arm.name: arm.why for arm in study.arms if arm.why}}
    if sweeps := swept(study):
        about["sweeps"] = sweeps
    if searches := searched(study):
        about["searches"] = searches
    costs = _beside(results, "_costs")
    spent = json.loads(costs.read_text()) if costs.exists() else {}
    return about | summarise(read_results(results), whole, spent)


def update(answer: Path, said: dict[str, Any]) -> None:
    """Puts what studies found into the file that the page shows; studies that are not among them stay as they are."""
    with held(answer.parent, wait=True):
        before = json.loads(answer.read_text()) if answer.exists() else {}
        write_whole(answer, json.dumps(before | said, indent=1) + "\n")
