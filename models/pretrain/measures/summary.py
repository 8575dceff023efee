"""What a study found, as the page shows it (`models/measured/answer.json`): made from committed files alone."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from .results import MEASURES, Results, differences, estimate, values
from .statistics import LEVEL, Estimate, over_clips

REACHED = 0.75  # the share of pairs told apart at which the threshold of PPE* is
WINDOWS = 6  # parts of a run over which its diffusion loss is averaged
PULLS = ("cosine", "lambda", "alignment early", "alignment middle", "alignment late")  # what aligned runs write in their curves
PAPERS = {
    "nothing": "fine-tuned",
    "REPA": "+ REPA",
    "TRD": "+ VideoREPA",
    "TSA": "+ TSA",
    "M-TSA": "+ M-TSA",
}  # ours, the paper's
NAMES = {"solid-solid": "solid on solid", "solid-fluid": "solid and liquid", "fluid-fluid": "liquid and liquid"}
Curves = dict[str, list[list[dict[str, float]]]]  # by arm, of each of its runs the lines that training wrote
CANDIDATES = np.geomspace(0.005, 0.6, 400)  # shares of gravity over which the share of pairs rises


def threshold(gravity: dict[str, dict[str, list[int]]], who: str = "student") -> float:
    """The change of gravity at which PPE* is `REACHED`; infinite where that is beyond .4, the largest that is tried.

    P(right) = 1 − ½·exp(−δ / a) is fitted to all pairs by likelihood: ½ where nothing is changed, 1 far away. More and less
    gravity count as much, so a network that calls the clip with more energy wrong gains nothing.
    """
    delta = np.concatenate([[abs(float(by))] * len(said[who]) for by, said in gravity.items()])
    right = np.concatenate([said[who] for said in gravity.values()]).astype(bool)
    p = np.clip(1 - 0.5 * np.exp(-delta[None, :] / CANDIDATES[:, None]), 0.5, 1 - 1e-9)
    likelihood = np.where(right, np.log(p), np.log1p(-p)).sum(axis=1)
    best = int(likelihood.argmax())
    return math.inf if best == len(CANDIDATES) - 1 else float(CANDIDATES[best] * math.log(0.5 / (1 - REACHED)))


def told_apart(gravity: dict[str, dict[str, list[int]]], who: str = "student") -> float:
    """PPE* over all changes of gravity, each beside its mirror; ½ is chance."""
    return float(np.mean([np.mean(said[who]) for said in gravity.values()]))


def over_seeds(numbers: Sequence[float]) -> Estimate:
    """The mean over runs with Student's interval; of one run the number alone."""
    mean = float(np.mean(numbers))
    if len(numbers) < 2:
        return Estimate(mean, math.nan, math.nan, math.nan)
    error = float(np.std(numbers, ddof=1)) / math.sqrt(len(numbers))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(numbers) - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, len(numbers) - 1)) if error else float(mean == 0)
    return Estimate(mean, mean - reach, mean + reach, p)


def read_curve(path: Path) -> list[dict[str, float]]:
    """The lines that training wrote, without those of evaluations."""
    return [line for line in map(json.loads, path.read_text().splitlines()) if "core" in line]


def clip_cost(curve: Path) -> float:
    """Core-seconds of a training clip: the median between the curve's lines, without what compiles before the first tenth."""
    lines = read_curve(curve)
    later = lines[len(lines) // 10 :]
    return float(
        np.median([(b["core"] - a["core"]) / (b["clips"] - a["clips"]) for a, b in zip(later, later[1:], strict=False)])
    )


def against(results: Results, arm: str) -> tuple[Estimate, int] | None:
    """Centre error of an arm minus the first one's, px, over the seeds that both have, and how many those are.

    Of one seed it is over its clips. None for the first itself.
    """
    if arm == results.arms[0]:
        return None
    apart = differences(results, arm, "error")
    if not apart.size:
        return None
    return (over_seeds(list(apart.mean(axis=1))) if len(apart) > 1 else over_clips(apart[0])), len(apart)


def _json(found: Estimate, scale: float = 1, digits: int = 3) -> dict[str, float | None]:
    return {
        name: None
        if value is None or not math.isfinite(value)
        else round(value * (1 if name == "p" else scale), 6 if name == "p" else digits)
        for name, value in asdict(found).items()
    }


def by_category(results: Results, arm: str, judge: str) -> dict[str, dict[str, Any]]:
    """SA*, PC* and Joint* of an arm on each category of clips alone, percent, with intervals of the kind that the arm has."""

    def of_clips(category: str) -> dict[str, Any]:
        shares = ((name, estimate(values(results, arm, name, judge, category), share=True)) for name in MEASURES)
        return {_key(name): {end: by for end, by in _json(share, 100, 2).items() if end != "p"} for name, share in shares}

    return {category: of_clips(category) for category in sorted({row["category"] for row in results.rows}, reverse=True)}


def _key(measure: str) -> str:
    return measure.removesuffix("*").lower()


def summarise(results: Results, whole: dict[str, dict[str, Any]], costs: dict[str, float]) -> dict[str, Any]:
    """What the page and docs/answer.md show: each arm's means with intervals, and its difference from the first.

    `whole`: what each row measured as a whole, by arm and seed. `costs`: core-ms of a training clip, where it was measured
    (`python -m pretrain costs` with the study). Verdicts are of the newest judge by whom all rows were judged, or else of the
    newest, and none (None) for an arm that another one judged: drawn clips are not kept.
    """
    judge = next((one for one in reversed(results.judges) if all(row[one] for row in results.rows)), results.judges[-1])
    arms = []
    for arm in results.arms:
        by_seed = whole[arm]
        about: dict[str, Any] = {"name": arm, "runs": len(by_seed), "steps": next(iter(by_seed.values()))["step"]}
        about["error"] = _json(estimate(values(results, arm, "error")))
        for name in MEASURES:
            about[_key(name)] = _json(estimate(values(results, arm, name, judge), share=True), 100, 2)
        about["categories"] = by_category(results, arm, judge)
        if found := against(results, arm):
            about["difference"] = _json(found[0]) | {"runs": found[1]}
        limits = [threshold(row["gravity"]) for row in by_seed.values()]
        about["toldApart"] = _json(over_seeds([told_apart(row["gravity"]) for row in by_seed.values()]), 100, 2)
        about["threshold"] = None if any(map(math.isinf, limits)) else _json(over_seeds(limits), 100, 1)
        levels = next(iter(by_seed.values()))["matched"]
        about["matched"] = {t: _json(over_seeds([row["matched"][t] for row in by_seed.values()]), 100, 2) for t in levels}
        about["loss"] = _json(over_seeds([row["loss"] for row in by_seed.values()]), 1, 4)
        for name in ("dynamic", "discarded"):
            about[name] = _json(over_seeds([row[name] for row in by_seed.values()]), 100, 1)
        about["core"] = costs.get(arm)
        arms.append(about)
    still = float(values(results, results.arms[0], "still").mean())
    silent = told_apart(next(iter(whole[results.arms[0]].values()))["gravity"], "silent")
    clips = len({row["clip"] for row in results.rows})
    return {
        "judge": judge,
        "split": results.about["split"],
        "clips": clips,
        "still": round(still, 3),
        "silent": round(100 * silent, 1),
        "arms": arms,
    }


def made_otherwise(whole: dict[str, dict[str, Any]]) -> list[str]:
    """A line for each seed whose arms say that they were made on different machines, or otherwise in what no study asks for."""
    lines = []
    for what in ("machine", "precision", "remembered"):
        for seed in sorted({seed for by_seed in whole.values() for seed in by_seed}, key=int):
            kinds: dict[str, list[str]] = {}
            for arm, by_seed in whole.items():
                if what in by_seed.get(seed, {}):  # rows of before did not say it
                    kinds.setdefault(str(by_seed[seed][what]), []).append(arm)
            if len(kinds) > 1:
                said = "; ".join(f"{kind} ({', '.join(arms)})" for kind, arms in kinds.items())
                lines.append(f"Seed {seed} was not made alike, {what}: {said}")
    return lines


def markdown(said: dict[str, Any]) -> str:
    """The table of docs/answer.md."""

    def cell(found: dict[str, Any] | None, digits: int, sign: str = "") -> str:
        if not found or found["mean"] is None:
            return "–"
        text = f"{found['mean']:{sign}.{digits}f}"
        return text if found["low"] is None else f"{text} [{found['low']:{sign}.{digits}f}, {found['high']:{sign}.{digits}f}]"

    levels = list(said["arms"][0]["matched"])
    head = [
        "trained with",
        "runs",
        "centre error, px",
        f"against {said['arms'][0]['name']}, px (runs)",
        "p",
        "SA\\*, %",
        "diffusion loss",
    ]
    head += [f"spots found at t = {t}, %" for t in levels] + [
        "PPE\\*, %",
        "dynamic degree, %",
        "discarded, %",
        "core-ms a clip",
    ]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for arm in said["arms"]:
        apart = arm.get("difference")
        cells = [arm["name"], str(arm["runs"]), cell(arm["error"], 2)]
        several = apart is not None and apart["runs"] > 1  # over clips, p says nothing of another training
        cells += [f"{cell(apart, 2, '+')} ({apart['runs']})" if apart else "", f"{apart['p']:.2g}" if several else ""]
        cells += [cell(arm["sa"], 1), cell(arm["loss"], 4), *(cell(arm["matched"][t], 1) for t in levels)]
        cells += [cell(arm[name], 1) for name in ("toldApart", "dynamic", "discarded")] + [
            f"{arm['core']:.0f}" if arm["core"] else "–"
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def category_table(said: dict[str, Any]) -> str:
    """Of each arm SA* with its interval, PC* and Joint*, percent, by category and, of several, on all clips."""

    def cell(of: dict[str, Any]) -> str:
        sa, pc, joint = (of[_key(name)] for name in MEASURES)
        if sa["mean"] is None:
            return "–"
        between = "" if sa["low"] is None else f" [{sa['low']:.1f}, {sa['high']:.1f}]"
        return f"{sa['mean']:.1f}{between}; {pc['mean']:.2f}; {joint['mean']:.2f}"

    categories = list(said["arms"][0]["categories"])
    several = len(categories) > 1
    head = ["SA\\*; PC\\*; Joint\\*, %", *(NAMES[name] for name in categories), *(["all"] if several else [])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for arm in said["arms"]:
        cells = [*(cell(arm["categories"][name]) for name in categories), *([cell(arm)] if several else [])]
        lines.append(f"| {arm['name']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _over_runs(means: Sequence[float]) -> str:
    """The mean over runs and, of several, the least and the largest, to three digits."""
    mean, least, most = (f"{by:#.3g}".rstrip(".") for by in (float(np.mean(means)), min(means), max(means)))
    return f"{mean} ({least} to {most})" if len(means) > 1 else mean


def pull_table(curves: Curves) -> str:
    """What aligned runs wrote in the second half of their training: the means of `PULLS`, over each arm's runs."""
    head = ["trained with", "runs", "cosine of the two gradients", "λ", *(f"{name} t" for name in PULLS[2:])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for arm, runs in curves.items():
        if "lambda" not in runs[0][-1]:
            continue
        halves = [[line for line in run if line["step"] > run[-1]["step"] / 2] for run in runs]
        cells = [_over_runs([float(np.mean([line[name] for line in half])) for half in halves]) for name in PULLS]
        lines.append(f"| {arm} | {len(runs)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def loss_table(curves: Curves) -> str:
    """The diffusion loss while training, over each arm's runs: means over the steps up to each mark, from the mark before it.

    Marks are `WINDOWS` parts of the first arm's run; an arm that trains for longer is told as far as that.
    """
    last = next(iter(curves.values()))[0][-1]["step"]
    marks = [last * i // WINDOWS for i in range(WINDOWS + 1)]
    head = ["diffusion loss up to step", "runs", *map(str, marks[1:])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for arm, runs in curves.items():
        windows = [
            [float(np.mean([line["diffusion"] for line in run if low < line["step"] <= high])) for run in runs]
            for low, high in zip(marks, marks[1:], strict=False)
        ]
        lines.append(f"| {arm} | {len(runs)} | {' | '.join(map(_over_runs, windows))} |")
    return "\n".join(lines)


def paper_table(published: str, answer: dict[str, Any]) -> str:
    """The paper's losses with its own scores, read out of the text of `src/study/published.ts`, and with what ours came to."""
    physics = re.findall(r'row\("(.+?)", ([\d.]+), ([\d.]+),', published)
    second = re.findall(r'method: "(.+?)", joint: ([\d.]+), sa: ([\d.]+), pc: ([\d.]+)', published)
    first = [i for i, (name, *_) in enumerate(physics) if "fine-tuned" in name]
    groups = [dict((name, f"{sa}, {pc}") for name, sa, pc in part) for part in (physics[: first[1]], physics[first[1] :])]
    groups.append({name: f"{sa}, {pc}, {joint}" for name, joint, sa, pc in second})
    arms = [{arm["name"]: arm for arm in answer[study]["arms"]} for study in ("answer_scratch", "answer_base")]
    head = ["loss", "CogVideoX-2B: SA, PC", "NOVA-0.6B: SA, PC", "CogVideoX-2B, VideoPhy2: SA, PC, joint"]
    head += [
        f"ours, {start}: {what}" for start in ("random weights", "base") for what in ("px nearer than nothing", "SA\\*, %")
    ]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for ours, theirs in PAPERS.items():
        cells = [next((said for name, said in group.items() if theirs in name), "–") for group in groups]
        for by_name in arms:
            arm = by_name.get(ours)
            apart = arm and arm.get("difference")
            cells.append(f"{-apart['mean']:.2f} [{-apart['high']:.2f}, {-apart['low']:.2f}]" if apart else "–")
            cells.append(f"{arm['sa']['mean']:.1f} [{arm['sa']['low']:.1f}, {arm['sa']['high']:.1f}]" if arm else "–")
        lines.append(f"| {ours} | {' | '.join(cells)} |")
    return "\n".join(lines)
