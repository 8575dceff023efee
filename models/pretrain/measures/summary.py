"""What a study found, as the page shows it (`models/measured/answer.json`): made from committed files alone."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from .results import MEASURES, Results, differences, estimate, values
from .statistics import LEVEL, Estimate, over_clips

REACHED = 0.75  # the share of pairs told apart at which the threshold of PPE* is
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


def clip_cost(curve: Path) -> float:
    """Core-seconds of a training clip: the median between the curve's lines, without what compiles before the first tenth."""
    lines = [json.loads(line) for line in curve.read_text().splitlines()]
    lines = [line for line in lines if "core" in line]
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
            about[name.removesuffix("*").lower()] = _json(estimate(values(results, arm, name, judge), share=True), 100, 2)
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
    return {"judge": judge, "clips": clips, "still": round(still, 3), "silent": round(100 * silent, 1), "arms": arms}


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
