"""python -m pretrain COMMAND, run in models/ (README.md beside this file has examples)."""

import argparse
import itertools
import json
import math
import sys
from pathlib import Path

import torch

from .config import read, read_run, write_run
from .data.clips import Clip, read_stream
from .data.shards import ROOT, SPLITS, Shards, fill, templates, world_clips
from .data.stream import Stream
from .data.texture import texture_clip
from .data.tracks import liquid_tracks, tracks
from .kinds import build, codec_of, exported_student, load, student_shape, teacher_of
from .measures.errors import error_lines
from .measures.evaluation import HELD_OUT, UNSEEN, VALIDATION, Measures, evenly, on_cpu
from .measures.judged import MADE, made_clips, write_stream
from .measures.matching import Features, Follow, correspondence
from .measures.plausible import falls
from .measures.probe import of_student, of_teacher, probe, scenes
from .measures.results import Results, gather, read_results, tables, without_errors, write_results
from .measures.summary import Curves, category_table, loss_table, made_otherwise, markdown, paper_table, pull_table, read_curve
from .nets.student import DEFINITION, definition
from .objectives.diffusion import Diffusion, StudentObjective
from .objectives.targets import normalised, raw_pixels, untrained
from .ship.export import export_run
from .smoke import smoke
from .study import chosen, collect, costs, finished, found, read_study, reproduce, rows, update, whole_of
from .training.loop import train
from .training.packed import pack

MODELS = ROOT / "models"


def cache_command(options: argparse.Namespace) -> None:
    """Shards of the world, with truth: training clips, validation clips to choose by, held-out clips to report on."""
    parts = templates()
    known = ["all", *parts, *itertools.chain(*parts.values())]
    if options.templates not in known:
        raise SystemExit(f"--templates is one of {', '.join(known)}, got {options.templates}")
    counts = dict(zip(SPLITS, (options.clips, options.validation, options.held_out), strict=True))
    for name, every in parts.items():
        if chosen := [template for template in every if options.templates in ("all", name, template)]:
            for split, count in counts.items():
                fill(options.cache / f"{split}-{name}", split, chosen, count)


def train_command(options: argparse.Namespace) -> None:
    """Trains what a YAML file describes, from where `--out` stands."""
    run = read_run(options.run, options.set)
    options.out.mkdir(parents=True, exist_ok=True)
    copy = options.out / "run.yaml"
    if copy.exists() and read_run(copy) != run:
        raise SystemExit(f"{options.out} holds another run: compare {copy} with {options.run}, or take another --out")
    evenly(options.cache, options.measure, VALIDATION)  # where there are too few, said now and not at the first evaluation
    write_run(run, copy)
    module, evaluate = build(run, options.cache, Measures(options.measure, precision=run.training.precision))
    stream = Stream(Shards(options.cache, run.data.world), run.data, run.training.seed)
    about = {"clips cached": len(stream)}
    train(module, stream, run.training, options.out, evaluate, 60 * options.minutes, about, options.start)


def evaluate_command(options: argparse.Namespace) -> None:
    """Measures a run's checkpoint and prints one JSON object."""
    measures = Measures(options.measure, options.steps, options.guidance, options.precision, options.part)
    module, evaluate, saved = load(options.out, options.cache, measures)
    print(json.dumps({"step": saved["step"], "seconds": saved["seconds"], **evaluate(module)}))


def baselines_command(options: argparse.Namespace) -> None:
    """What a teacher has to be better than: raw pixels, random weights, XFeat; and both networks with their features normalised
    over space (iREPA). A JSON line each, with solid bodies alone, in liquids, the liquids themselves, and cut-outs of texture.
    """
    from .objectives.distil import XFeat

    teacher, xfeat = teacher_of(options.teacher), XFeat(enlarge=2)
    random, as_bytes = untrained(teacher.shape), lambda video: (255 * video).round().to(torch.uint8).permute(0, 1, 3, 4, 2)
    grid = (teacher.shape.token_frames, teacher.shape.rows**2)
    encoders: dict[str, Features] = {
        "teacher": on_cpu(teacher),
        "teacher, normalised": lambda video: normalised(teacher(video).unflatten(1, grid), 1).flatten(1, 2),
        "raw pixels": raw_pixels,
        "random weights": on_cpu(random),
        "random weights, normalised": lambda video: normalised(random(video).unflatten(1, grid), 1).flatten(1, 2),
        "XFeat": lambda video: xfeat(as_bytes(video)),
    }
    kinds = templates()["liquids"]
    each = -(-options.measure // len(kinds))
    liquids = [clip for kind in kinds for clip in world_clips("held-out", kind, 0, each, ["--tracks"])]
    clips: dict[str, tuple[list[Clip], Follow]] = {
        "solids": (evenly(options.cache, options.measure, "held-out-solids"), tracks),
        "in liquids": (evenly(options.cache, options.measure, "held-out-liquids"), tracks),
        "liquids": (liquids, liquid_tracks),
        "texture": ([texture_clip(UNSEEN, i) for i in range(options.measure)], tracks),
    }
    for name, features in encoders.items():
        found = {part: correspondence(features, of, options.distance, follow) for part, (of, follow) in clips.items()}
        print(json.dumps({name: found}), flush=True)


def pack_command(options: argparse.Namespace) -> None:
    """A run's checkpoint made small enough for a repository; another machine goes on from it (`train --start`)."""
    pack(options.out / "checkpoint.pt", options.to)


def export_command(options: argparse.Namespace) -> None:
    """A run's files for the product, checked against PyTorch, with a card of what held-out clips measure."""
    measures = Measures(options.measure, options.steps, options.guidance, options.precision, HELD_OUT)
    print(json.dumps(export_run(options.out, options.cache, options.to, measures, options.golden)))


def clips_command(options: argparse.Namespace) -> None:
    """Writes clips that a run, or the student in an exported folder, makes to stdout, for the judge."""
    exported = (options.out / "student.safetensors").exists()
    module = exported_student(options.out) if exported else load(options.out, options.cache)[0]
    measures = Measures(options.measure, options.steps, options.guidance, options.precision)
    chosen = read_stream(sys.stdin.buffer) if options.stdin else evenly(options.cache, options.measure, options.part)
    write_stream(made_clips(module, chosen, options.made, measures, options.noises), sys.stdout.buffer)


def errors_command(options: argparse.Namespace) -> None:
    """Centre errors of the clips on stdin (as `clips` writes them), a JSON line each."""
    for line in error_lines(read_stream(sys.stdin.buffer), evenly(options.cache, options.measure, options.part)):
        print(line)


def gather_command(options: argparse.Namespace) -> None:
    """Puts a run's lines of `errors` and of the judge into a file of results, one row a clip."""
    results = read_results(options.into) if options.into.exists() else Results({}, [])
    results.about |= {name: value for name, _, value in (text.partition("=") for text in options.about)}
    verdicts = options.verdicts.read_text().splitlines()
    if options.errors and (options.noises > 1 or options.same_clips):
        raise SystemExit("--errors say which noise a clip has and whether it is the same: leave out --noises and --same-clips")
    errors = options.errors.read_text().splitlines() if options.errors else without_errors(verdicts, options.noises)
    gather(results, options.arm, options.run_number, errors, verdicts, options.judge, same_clips=options.same_clips)
    write_results(results, options.into)


def tables_command(options: argparse.Namespace) -> None:
    """All tables of committed results: shares and centre errors of each arm, and each against the first."""
    print("\n\n".join(tables(path) for path in options.files))


def study_command(options: argparse.Namespace) -> None:
    """Trains and measures the rows of a study that are not done in `--runs`, or one arm's, and says what each came to."""
    plan, runs = read_study(options.study), options.runs / options.study.stem
    outstanding = [row for row in chosen(plan, options.arm, options.seed) if not finished(plan, row, runs)]
    if not outstanding:
        return
    scenes = falls(plan.falls, plan.split)
    for row in outstanding:
        if reproduce(plan, row, options.cache, runs, scenes, options.set):
            measured = json.loads((runs / row.folder / "row.json").read_text())
            print(json.dumps({"row": row.folder, **measured}), flush=True)


def costs_command(options: argparse.Namespace) -> None:
    """Measures what a training clip of each arm of a study costs, in turns, into `measured/`."""
    costs(read_study(options.study), MODELS / f"measured/{options.study.stem}.csv.gz", options.cache, options.set)


def collect_command(options: argparse.Namespace) -> None:
    """Puts what the rows of studies measured into `measured/` and `curves/`, what they say into `measured/answer.json`, where
    other studies stay, and prints it as tables: of what was measured, of the verdicts by category, of what runs wrote as they
    trained.
    """
    said = {}
    for path in options.files:
        plan, results = read_study(path), MODELS / f"measured/{path.stem}.csv.gz"
        if options.runs:
            collect(plan, options.runs / path.stem, results, MODELS / "curves" / path.stem)
        said[path.stem] = found(plan, results)
        curves: Curves = {}
        for row in rows(plan):
            if (curve := MODELS / f"curves/{path.stem}/{row.folder}.jsonl").exists():
                curves.setdefault(row.arm.name, []).append(read_curve(curve))
        print("\n".join([markdown(said[path.stem]), *made_otherwise(whole_of(results))]))
        print("", category_table(said[path.stem]), pull_table(curves), loss_table(curves), sep="\n\n")
    update(MODELS / "measured/answer.json", said)


def paper_command(options: argparse.Namespace) -> None:
    """The paper's losses with its own scores and with ours, as a table, from committed files."""
    print(paper_table((ROOT / "src/study/published.ts").read_text(), json.loads((MODELS / "measured/answer.json").read_text())))


def probe_command(options: argparse.Namespace) -> None:
    """Which layer of an exported student knows gravity, beside a student and a teacher that never trained, the teacher, and the
    clips' own tokens: a JSON line each. Blocks that never trained change nothing, so their gates are opened.
    """
    student, teacher = exported_student(options.out), teacher_of(options.teacher)
    torch.manual_seed(0)
    fresh = StudentObjective(student.student.shape, Diffusion(), student.codec)
    fresh.student.open_gates()
    on, to = scenes(options.measure, "train"), scenes(options.measure, "held-out")
    for source in (
        of_student(student.student, student.codec, "student"),
        of_teacher(teacher, "teacher"),
        of_teacher(untrained(teacher.shape), "teacher, untrained"),
        of_student(fresh.student, student.codec, "student, untrained"),
    ):
        for name, said in probe(source, on, to).items():
            print(json.dumps({"features": name, **said}), flush=True)


def define_command(options: argparse.Namespace) -> None:
    """Writes student.json, the one definition of the student's tensors, from a run's YAML."""
    run = read_run(options.run, options.set)
    codec = codec_of(read(Diffusion, run.objective, "objective").autoencoder)
    DEFINITION.write_text(json.dumps(definition(student_shape(run, codec)), indent=1) + "\n")


def smoke_command(options: argparse.Namespace) -> None:
    """Trains, resumes, measures and exports every kind at tiny sizes."""
    smoke()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m pretrain", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name: str, act, **arguments: dict) -> None:
        added = commands.add_parser(name, help=act.__doc__)
        for option, settings in arguments.items():
            positional = option in ("run", "files", "study")
            added.add_argument(option if positional else f"--{option.replace('_', '-')}", **settings)
        added.set_defaults(act=act)

    cache = {"type": Path, "required": True, "help": "folder of shards, outside the repository"}
    out = {"type": Path, "required": True, "help": "folder of a run: checkpoint, curve, run.json"}
    changes = {"action": "append", "default": [], "metavar": "KEY=VALUE", "help": "change the YAML, as training.seed=3"}
    measure = {"type": int, "default": 32, "help": "clips to measure on"}
    teacher = {"type": Path, "default": Path("teacher"), "help": "folder of an exported teacher, or a run's checkpoint"}
    sampling = {
        "steps": {"type": int, "default": 25, "help": "of the sampler"},
        "guidance": {"type": float, "default": 2.0},
        "precision": {"choices": ["no", "bf16"], "default": "no", "help": "bf16: samples in bfloat16 where the machine has it"},
    }
    command(
        "cache",
        cache_command,
        cache=cache,
        clips={"type": int, "default": 5000, "help": "training clips of each template"},
        held_out={"type": int, "default": 64, "help": "held-out clips of each template"},
        validation={"type": int, "default": 64, "help": "validation clips of each template"},
        templates={"default": "all", "help": "all, solids, liquids, or one template of the world"},
    )
    command(
        "train",
        train_command,
        run={"type": Path, "help": "a YAML file of runs/"},
        cache=cache,
        out=out,
        set=changes,
        minutes={"type": float, "default": math.inf, "help": "stop (and keep a checkpoint) after this long"},
        start={"type": Path, "help": "file of `pack` that a run without a checkpoint goes on from"},
        measure=measure,
    )
    command(
        "evaluate",
        evaluate_command,
        cache=cache,
        out=out,
        part={"default": VALIDATION, "help": f"parts of the cache: {VALIDATION} to choose by, {HELD_OUT} to report"},
        measure=measure,
        **sampling,
    )
    command(
        "pack",
        pack_command,
        out=out,
        to={"type": Path, "required": True, "help": "file to write, for example base.safetensors"},
    )
    command(
        "export",
        export_command,
        cache=cache,
        out=out,
        to={"type": Path, "required": True, "help": "folder for the product, for example teacher"},
        golden={"type": Path, "help": "PyTorch's answers, for a test of the product"},
        measure=measure,
        **sampling,
    )
    command(
        "clips",
        clips_command,
        cache=cache,
        out=out,
        made={"choices": MADE, "required": True, "help": "what the run makes of the held-out clips"},
        part={"default": HELD_OUT, "help": "parts of the cache with the prompts"},
        noises={"type": int, "default": 3, "help": "clips that are made of each prompt, each from a noise of its own"},
        stdin={"action": "store_true", "help": "of the clips on stdin (`npm run world -- --stdout`) and not of the cache's"},
        measure=measure,
        **sampling,
    )
    command(
        "errors",
        errors_command,
        cache=cache,
        part={"default": HELD_OUT, "help": "parts of the cache with the real clips"},
        measure=measure,
    )
    command(
        "gather",
        gather_command,
        into={"type": Path, "required": True, "help": "file of results, as measured/student.csv.gz"},
        arm={"required": True, "help": "name of the row in the tables; the first one is what others are compared with"},
        run_number={"type": int, "default": 0, "help": "which of the arm's runs (its seed)"},
        errors={"type": Path, "help": "lines of `errors`, where there are any"},
        verdicts={"type": Path, "required": True, "help": "lines of `npm run judge`, of the same clips"},
        noises={
            "type": int,
            "default": 1,
            "help": "without --errors: clips of each prompt, as of `clips`",
        },
        same_clips={
            "action": "store_true",
            "help": "without --errors: other judges saw these very clips; keep verdicts",
        },
        judge={"required": True, "help": "the date on which the judge's tolerances were frozen (src/judge/tolerances.ts)"},
        about={"action": "append", "default": [], "metavar": "KEY=VALUE", "help": "what all rows share, as split=held-out"},
    )
    command("tables", tables_command, files={"type": Path, "nargs": "+", "help": "files of results"})
    runs = {"type": Path, "required": True, "help": "folder of a study's runs, outside the repository"}
    study = {"type": Path, "help": "a study's YAML file, as pretrain/studies/answer_scratch.yaml"}
    command(
        "reproduce",
        study_command,
        study=study,
        cache=cache,
        runs=runs,
        arm={"default": "", "help": "this arm alone"},
        seed={"type": int, "help": "this seed alone"},
        set=changes,
    )
    command("costs", costs_command, study=study, cache=cache, set=changes)
    command(
        "collect",
        collect_command,
        files={"type": Path, "nargs": "+", "help": "the studies' YAML files"},
        runs={"type": Path, "help": "folder of the studies' runs; without it the committed files are read"},
    )
    command("paper", paper_command)
    command(
        "probe",
        probe_command,
        out={"type": Path, "required": True, "help": "folder of an exported student, as student"},
        teacher=teacher,
        measure=measure,
    )
    command("define", define_command, run={"type": Path, "help": "a student's YAML file"}, set=changes)
    command("smoke", smoke_command)
    command("baselines", baselines_command, cache=cache, measure=measure, distance={"type": int, "default": 4}, teacher=teacher)
    options = parser.parse_args()
    options.act(options)


main()
