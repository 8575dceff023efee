"""Shares, intervals and paired tests of the judge's lines."""

import json
from pathlib import Path

import pytest
from pretrain.measures.verdicts import mcnemar, paired_table, share_table, wilson


def lines(path: Path, joint: list[bool | None]) -> Path:
    """A file as the judge writes it; None is a discarded clip."""
    said = [
        {"category": "solid-solid", "sa": 1.0, "pc": 0.5 if held else 0.49, "joint": bool(held), "discarded": None}
        if held is not None
        else {"category": "solid-solid", "sa": 0, "pc": 0, "joint": False, "discarded": "nothing to read"}
        for held in joint
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in said))
    return path


def test_intervals_and_p_are_the_known_ones() -> None:
    assert wilson(8, 10) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 20)[0] == 0 and wilson(0, 0) == (0.0, 1.0)
    assert mcnemar(1, 9) == pytest.approx(0.021484375)  # 2 · (1 + 10) / 2^10
    assert mcnemar(3, 3) == 1 and mcnemar(0, 0) == 1


def test_tables(tmp_path: Path) -> None:
    real = lines(tmp_path / "real.jsonl", [True, True, True, None])
    made = lines(tmp_path / "made.jsonl", [True, False, None, True])
    shares = share_table([real, made])
    assert "| real | 3 | 1 | 100.0 [" in shares and "| made, solid-solid | 3 | 1 | 100.0 [43.8, 100.0] | 66.7 [" in shares
    assert "| made | joint | 2 | 0.500 | 1 | 0 | 1 |" in paired_table(real, [made])
    with pytest.raises(ValueError, match="same prompts"):
        paired_table(real, [lines(tmp_path / "short.jsonl", [True])])
