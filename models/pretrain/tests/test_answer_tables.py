"""The tables of docs/answer.md that are made of verdicts by category, of curves, and of the paper's own."""

import json
from pathlib import Path
from typing import Any

from pretrain.data.shards import ROOT
from pretrain.measures.summary import category_table, loss_table, paper_table, pull_table, read_curve


def share(mean: float | None, reach: float | None = None) -> dict[str, float | None]:
    ends = (None, None) if mean is None or reach is None else (mean - reach, mean + reach)
    return {"mean": mean, "low": ends[0], "high": ends[1]}


def shares(sa: float | None, reach: float | None = None) -> dict[str, Any]:
    return {"sa": share(sa, reach), "pc": share(1.375), "joint": share(0.5)}


def test_verdicts_are_told_by_category_and_on_all_where_there_are_several() -> None:
    arm = {"name": "M-TSA", **shares(30, 2), "categories": {"solid-solid": shares(10, 1.5), "fluid-fluid": shares(None)}}
    head, _, line = category_table({"arms": [arm]}).splitlines()
    assert head.endswith("| solid on solid | liquid and liquid | all |")
    assert line == "| M-TSA | 10.0 [8.5, 11.5]; 1.38; 0.50 | – | 30.0 [28.0, 32.0]; 1.38; 0.50 |"
    alone = {"arms": [arm | {"categories": {"solid-solid": shares(10)}}]}
    assert category_table(alone).splitlines()[2] == "| M-TSA | 10.0; 1.38; 0.50 |"  # one run, one category


def run(scale: float, steps: int = 1200, pull: bool = True) -> list[dict[str, float]]:
    """A curve whose diffusion loss is its steps, and whose pulls are 100 in its first half."""
    names = ("cosine", "lambda", "alignment early", "alignment middle", "alignment late")
    return [
        {
            "step": step,
            "diffusion": scale * step,
            **({name: scale if step > steps / 2 else 100 for name in names} if pull else {}),
        }
        for step in range(100, steps + 1, 100)
    ]


def test_what_aligned_runs_wrote_is_of_their_second_half() -> None:
    curves = {"nothing": [run(1, pull=False)], "M-TSA": [run(0.1), run(0.2), run(0.3)], "TSA": [run(-0.5)]}
    lines = pull_table(curves).splitlines()[2:]
    assert lines == ["| M-TSA | 3 |" + 5 * " 0.200 (0.100 to 0.300) |", "| TSA | 1 |" + 5 * " -0.500 |"]


def test_the_diffusion_loss_is_told_window_by_window_and_a_longer_run_as_far_as_the_first() -> None:
    curves = {"nothing": [run(0.001), run(0.003)], "nothing, longer": [run(0.001, 1800)]}
    head, _, first, longer = loss_table(curves).splitlines()
    assert head == "| diffusion loss up to step | runs | 200 | 400 | 600 | 800 | 1000 | 1200 |"
    assert first.startswith("| nothing | 2 | 0.300 (0.150 to 0.450) | 0.700 (0.350 to 1.05) |")
    assert longer == "| nothing, longer | 1 | 0.150 | 0.350 | 0.550 | 0.750 | 0.950 | 1.15 |"


def test_a_curve_is_read_without_its_evaluations(tmp_path: Path) -> None:
    lines = [{"step": 40, "core": 1.0, "diffusion": 2.0}, {"step": 40, "error": 3.0}]
    (tmp_path / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_curve(tmp_path / "curve.jsonl") == lines[:1]


def test_the_papers_scores_stand_beside_ours() -> None:
    trd = {"name": "TRD", "difference": {"mean": -0.59, "low": -0.73, "high": -0.45}, "sa": share(30.8, 3)}
    answer = {
        study: {"arms": [{"name": "nothing", "sa": share(67, 3)}, *more]}
        for study, more in (("answer_scratch", [trd]), ("answer_base", []))
    }
    table = paper_table((ROOT / "src/study/published.ts").read_text(), answer)
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines()[2:]}
    assert (
        rows["nothing"]
        == "| nothing | 59.6, 25.3 | 44.5, 20.1 | 26.8, 68.0, 22.9 | – | 67.0 [64.0, 70.0] | – | 67.0 [64.0, 70.0] |"
    )
    assert rows["TRD"] == "| TRD | 63.1, 27.6 | 45.9, 22.7 | 27.0, 68.4, 23.1 | 0.59 [0.45, 0.73] | 30.8 [27.8, 33.8] | – | – |"
    assert rows["REPA"] == "| REPA | 60.5, 22.7 | – | 27.5, 66.8, 23.3 | – | – | – | – |"
