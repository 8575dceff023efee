"""The judge's lines (`npm run judge`) as shares with intervals, and two files of the same prompts against each other.

A discarded clip, one that the judge cannot read, has no verdict: it counts in `discarded` alone.
"""

import json
import math
from pathlib import Path
from typing import Any

MEASURES = ("sa", "pc", "joint")
Verdict = dict[str, Any]  # category, sa, pc and joint as bool; or only category and discarded


def read_verdicts(path: Path) -> list[Verdict]:
    """One verdict a line; scores hold from 0.5."""
    verdicts = []
    for line in path.read_text().splitlines():
        said = json.loads(line)
        if said["discarded"]:
            verdicts.append({"category": said["category"], "discarded": True})
            continue
        held = {"sa": said["sa"] >= 0.5, "pc": said["pc"] >= 0.5, "joint": said["joint"]}
        verdicts.append({"category": said["category"], "discarded": False, **held})
    return verdicts


def wilson(hits: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share."""
    if trials == 0:
        return 0.0, 1.0
    share, spread = hits / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of a paired comparison, from the pairs that differ."""
    trials, least = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(trials, k) for k in range(least + 1)) / 2**trials
    return min(1.0, 2 * tail)


def _row(name: str, verdicts: list[Verdict]) -> str:
    read = [verdict for verdict in verdicts if not verdict["discarded"]]
    cells = []
    for measure in MEASURES:
        hits = sum(verdict[measure] for verdict in read)
        low, high = wilson(hits, len(read))
        cells.append(f"{100 * hits / max(1, len(read)):.1f} [{100 * low:.1f}, {100 * high:.1f}]")
    return f"| {name} | {len(read)} | {len(verdicts) - len(read)} | " + " | ".join(cells) + " |"


def share_table(paths: list[Path]) -> str:
    """SA*, PC* and Joint* in percent with Wilson 95 % intervals, of each file and category."""
    lines = ["| clips | judged | discarded | SA* | PC* | Joint* |", "|---|---|---|---|---|---|"]
    for path in paths:
        verdicts = read_verdicts(path)
        lines.append(_row(path.stem, verdicts))
        for category in sorted({verdict["category"] for verdict in verdicts}):
            lines.append(_row(f"{path.stem}, {category}", [v for v in verdicts if v["category"] == category]))
    return "\n".join(lines)


def paired_table(first: Path, others: list[Path]) -> str:
    """Each file against the first, clip by clip: agreement, and who alone holds, with McNemar's exact p."""
    lines = [
        "| against " + first.stem + " | measure | pairs | agree | only first | only other | p |",
        "|---|---|---|---|---|---|---|",
    ]
    ours = read_verdicts(first)
    for path in others:
        theirs = read_verdicts(path)
        if len(ours) != len(theirs):
            raise ValueError(
                f"{first} has {len(ours)} clips and {path} {len(theirs)}: pairs need the same prompts in one order"
            )
        pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if not a["discarded"] and not b["discarded"]]
        for measure in MEASURES:
            only = [sum(a[measure] and not b[measure] for a, b in pairs), sum(b[measure] and not a[measure] for a, b in pairs)]
            agree = 1 - sum(only) / max(1, len(pairs))
            lines.append(
                f"| {path.stem} | {measure} | {len(pairs)} | {agree:.3f} | {only[0]} | {only[1]} | {mcnemar(*only):.3g} |"
            )
    return "\n".join(lines)
