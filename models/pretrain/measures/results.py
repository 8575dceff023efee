"""What was measured of every clip, as it is committed (`models/measured/*.csv.gz`), and the tables made from it.

A file begins with a comment, a JSON object that says what all its rows share: the split, the sampler, what the first arm is.
A row is one clip that one run of an arm made from one noise: its centre error in px and its verdict by each judge, "111" for
SA*, PC* and Joint*, "-" where the judge could not read the clip.
"""

import csv
import gzip
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..files import replacing
from .statistics import Estimate, over_clips, over_runs, share_of_clips

KEYS = ("arm", "run", "clip", "noise", "category", "template", "prompt", "error", "still")
MEASURES = ("SA*", "PC*", "Joint*")
UNREAD = "-"
STILL_APART = 0.001  # px: what is written to four places differs in the last one between machines
Row = dict[str, str]


@dataclass
class Results:
    """One file: what its rows share, and the rows. A column beyond `KEYS` holds the verdicts of the judge it names."""

    about: dict[str, Any]
    rows: list[Row]

    @property
    def judges(self) -> list[str]:
        """The judges whose verdicts are here, by the date that each is named by: the newest is the last, whoever came last."""
        return sorted((name for name in (self.rows[0] if self.rows else {}) if name not in KEYS), key=lambda name: name[:10])

    @property
    def arms(self) -> list[str]:
        """In the file's order; the first is the one that others are compared with."""
        return list(dict.fromkeys(row["arm"] for row in self.rows))


def read_results(path: Path) -> Results:
    """@raises ValueError where the file has no comment or lacks a column."""
    with gzip.open(path, "rt", newline="") as file:
        comment = file.readline()
        rows = list(csv.DictReader(file))
    if not comment.startswith("# ") or (rows and not set(KEYS) <= set(rows[0])):
        raise ValueError(f"{path} holds no results: its first line is “{comment[:40].strip()}”")
    return Results(json.loads(comment[2:]), rows)


def write_results(results: Results, path: Path) -> None:
    """The same results give the same bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*KEYS, *results.judges], lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(results.rows)
    content = f"# {json.dumps(results.about)}\n{text.getvalue()}"
    with replacing(path) as part:
        part.write_bytes(gzip.compress(content.encode(), 9, mtime=0))


def without_errors(verdicts: Sequence[str], noises: int = 1) -> Iterator[str]:
    """Lines as of `errors`, of clips whose errors are not known: so many noises of one prompt after another, as `clips` has it.

    @raises ValueError where they are not so many
    """
    if len(verdicts) % noises:
        raise ValueError(f"{len(verdicts)} verdicts are not {noises} of each clip")
    prompt = ""
    for clip, noise, said in ((*divmod(i, noises), json.loads(line)) for i, line in enumerate(verdicts)):
        prompt = said["prompt"] if noise == 0 else prompt
        if said["prompt"] != prompt:
            raise ValueError(f"clip {clip} is “{prompt}” and with noise {noise} “{said['prompt']}”: not {noises} of each")
        about = {name: said[name] for name in ("category", "prompt")}
        yield json.dumps({"clip": clip, "noise": noise, "template": ""} | about)


def _check_clip(row: Row, known: Row) -> None:
    """Compares what two rows of one number say of their clip, since runs are paired by that number.

    `still` serves as the clip's fingerprint: it depends on nothing else, and hardly two clips have the same to four places.
    @raises ValueError naming what differs
    """
    for name in ("template", "prompt", "still"):
        ours, theirs = row[name], known[name]
        if "" in (ours, theirs):  # clips whose errors are not known have neither template nor `still`
            continue
        if abs(float(ours) - float(theirs)) > STILL_APART if name == "still" else ours != theirs:
            raise ValueError(
                f"clip {row['clip']} of {row['arm']}, run {row['run']}, has {name} “{ours}” and that of {known['arm']}, "
                f"run {known['run']}, “{theirs}”: they were drawn from caches of different clips and cannot be paired"
            )


def gather(
    results: Results,
    arm: str,
    run: int,
    errors: Iterable[str],
    verdicts: Iterable[str],
    judge: str,
    *,
    same_clips: bool = False,
) -> None:
    """Puts a run's lines of `errors` and the judge's lines of the same clips into the results, over what was there of them.

    Verdicts of other judges stay where they are of the same drawn clip, by its error; where no error is known, if it is said
    that these are the `same_clips`. @raises ValueError where the two have different clips, or other ones than the runs that are
    there
    """
    judged = {name: "" for name in [*results.judges, judge]}
    before = {(row["arm"], row["run"], row["clip"], row["noise"]): row for row in results.rows}
    others = [row for row in results.rows if (row["arm"], row["run"]) != (arm, str(run))]
    clips = {row["clip"]: row for row in others}
    rows = []
    for line, said in zip(map(json.loads, errors), map(json.loads, verdicts), strict=True):
        if said["prompt"] != line["prompt"]:
            raise ValueError(f"the judge saw “{said['prompt']}” where the errors are of “{line['prompt']}”")
        held = (said["sa"] >= 0.5, said["pc"] >= 0.5, said["joint"]) if not said["discarded"] else None
        row = {"arm": arm, "run": str(run)} | {name: str(line[name]) for name in KEYS[2:7]}
        row |= {name: f"{line[name]:.4f}" if name in line else "" for name in ("error", "still")}
        _check_clip(row, clips.get(row["clip"], row))
        known = before.get((arm, str(run), row["clip"], row["noise"]), {})
        stays = known.get("error") == row["error"] and (row["error"] or same_clips)
        if not stays:  # a row that was made anew drew other clips than the one before
            known = {}
        row |= judged | {name: known.get(name, "") for name in results.judges}
        rows.append(row | {judge: "".join(str(int(one)) for one in held) if held else UNREAD})
    order = [*results.arms, arm]
    results.rows = sorted(
        [judged | row for row in others] + rows,
        key=lambda row: (order.index(row["arm"]), int(row["run"]), int(row["clip"]), int(row["noise"])),
    )
    results.rows = [{name: row[name] for name in [*KEYS, *judged]} for row in results.rows]


def _known(row: Row, of: str, judge: str) -> float:
    """`of` of one row: px, or 1 for a law that is kept and 0 for one that is not. NaN where nothing is known."""
    if of in KEYS:
        return float(row[of] or "nan")
    # What the judge can't read fails, as on the page: otherwise an unreadable clip would be better than a bad one.
    said = row[judge] if judge else ""
    return 0.0 if said == UNREAD else float(said[MEASURES.index(of)]) if said else math.nan


def values(results: Results, arm: str, of: str, judge: str = "", category: str = "") -> np.ndarray:
    """[R, C]: `of` ("error", "still" or one of `MEASURES`) of an arm's runs and clips, mean over a clip's noises.

    NaN where nothing is known. @raises ValueError where the runs are not of the same clips
    """
    found: dict[str, dict[str, list[float]]] = {}
    for row in results.rows:
        if row["arm"] == arm and category in ("", row["category"]):
            found.setdefault(row["run"], {}).setdefault(row["clip"], []).append(_known(row, of, judge))
    clips = list(next(iter(found.values())))
    if any(list(run) != clips for run in found.values()):
        raise ValueError(f"the runs of {arm} are of different clips")
    # A clip that no noise made readable stays NaN.
    known = [[[v for v in run[clip] if not np.isnan(v)] for clip in clips] for run in found.values()]
    return np.array([[np.mean(each) if each else np.nan for each in run] for run in known])


def estimate(table: np.ndarray, *, share: bool = False) -> Estimate:
    """Of [R, C]: over runs where there are several, else over clips; clips that a run lacks are left out.

    So are runs of which nothing is known, as by a judge who did not see them; where that is all, NaN.
    """
    known = table[~np.isnan(table).all(axis=1)]
    whole = known[:, ~np.isnan(known).any(axis=0)]
    if not whole.size:
        return Estimate(*4 * [math.nan])
    if len(whole) > 1:
        return over_runs(whole)
    return share_of_clips(whole[0]) if share else over_clips(whole[0])


def _cell(found: Estimate, scale: float, digits: int, sign: str = "") -> str:
    if math.isnan(found.mean):
        return "–"
    return (
        f"{scale * found.mean:{sign}.{digits}f} [{scale * found.low:{sign}.{digits}f}, {scale * found.high:{sign}.{digits}f}]"
    )


def _row(results: Results, arm: str, judge: str, category: str = "") -> str:
    errors = values(results, arm, "error", category=category)
    noises = max(int(row["noise"]) for row in results.rows if row["arm"] == arm) + 1
    shares = [_cell(estimate(values(results, arm, of, judge, category), share=True), 100, 1) for of in MEASURES]
    still = values(results, arm, "still", category=category).mean()
    centre = "– | –" if np.isnan(errors).all() else f"{_cell(estimate(errors), 1, 2)} | {errors.mean() / still:.2f}"
    name = f"{arm}, {category}" if category else arm
    return f"| {name} | {errors.shape[0]} × {errors.shape[1]} × {noises} | {' | '.join(shares)} | {centre} |"


def share_table(results: Results, judge: str) -> str:
    """SA*, PC* and Joint* in percent and centre errors in px, 95 % intervals, of each arm and category."""
    head = "runs × clips × noises"
    lines = [f"| clips | {head} | SA\\* | PC\\* | Joint\\* | centre error, px | of the still clip's |", "|---" * 7 + "|"]
    for arm in results.arms:
        categories = sorted({row["category"] for row in results.rows if row["arm"] == arm})
        lines += [_row(results, arm, judge), *(_row(results, arm, judge, category) for category in categories)]
    return "\n".join(lines)


def differences(results: Results, arm: str, of: str, judge: str = "") -> np.ndarray:
    """[R, C]: `of` of an arm minus the first arm's, over the seeds that both have and the clips that all of them have.

    @raises ValueError where the two are of different clips
    """
    first = results.arms[0]
    seeds = [{row["run"] for row in results.rows if row["arm"] == name} for name in (first, arm)]
    if seeds[0].isdisjoint(seeds[1]):
        return np.empty((0, 0))
    part = Results(results.about, [row for row in results.rows if row["run"] in seeds[0] & seeds[1]])
    ours, theirs = (values(part, name, of, judge) for name in (first, arm))
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(f"{first} has {ours.shape[1]} clips and {arm} {theirs.shape[1]}: pairs need the same")
    apart = theirs - ours
    apart = apart[~np.isnan(apart).all(axis=1)]
    return apart[:, ~np.isnan(apart).any(axis=0)]


def agreement(results: Results, arm: str, of: str, judge: str) -> float:
    """Share of drawn clips of which the judge says the same in an arm and in the first one, by run, clip and noise.

    Not by clip: means over noises may agree where none of the noises does. NaN where the two have other noises, as what no
    network drew has, or no clip in common.
    """
    first, ours = (
        {(row["run"], row["clip"], row["noise"]): _known(row, of, judge) for row in results.rows if row["arm"] == name}
        for name in (results.arms[0], arm)
    )
    if {noise for *_, noise in first} != {noise for *_, noise in ours}:
        return math.nan
    pairs = np.array([(first[key], ours[key]) for key in first if key in ours]).reshape(-1, 2)
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    return float((pairs[:, 0] == pairs[:, 1]).mean()) if len(pairs) else math.nan


def difference_table(results: Results, judge: str) -> str:
    """Every arm against the first, clip by clip and, where both have several, run by run: the runs of one seed are a pair."""
    first, *others = results.arms
    lines = [f"| against {first} | what | unit | difference | p | agree, % |", "|---" * 6 + "|"]
    for arm in others:
        for of, scale, digits in (("error", 1, 3), *((measure, 100, 1) for measure in MEASURES)):
            apart = differences(results, arm, of, judge)
            if not apart.size:
                continue
            runs = len(apart)
            found = over_runs(apart) if runs > 1 else over_clips(apart[0])
            unit = f"{runs} runs" if runs > 1 else "clips of one run"
            same = math.nan if of == "error" else agreement(results, arm, of, judge)
            agree = "" if math.isnan(same) else f"{100 * same:.1f}"
            name = "centre error, px" if of == "error" else f"{of}, %"
            lines.append(f"| {arm} | {name} | {unit} | {_cell(found, scale, digits, '+')} | {found.p:.2g} | {agree} |")
    return "\n".join(lines)


def tables(path: Path) -> str:
    """All tables of a file: for each judge its own, so that old and new verdicts stand side by side."""
    results = read_results(path)
    said = ", ".join(f"{name}: {value}" for name, value in results.about.items())
    parts = [f"## {path.name.removesuffix('.csv.gz')}\n\n{said}"]
    for judge in results.judges:
        parts.append(f"Judge frozen {judge}:\n\n{share_table(results, judge)}")
        if len(results.arms) > 1:
            parts.append(difference_table(results, judge))
    return "\n\n".join(parts)
