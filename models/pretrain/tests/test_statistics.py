"""Intervals against simulations whose truth is known."""

import numpy as np
import pytest
from pretrain.measures.statistics import over_clips, over_runs, share_of_clips, wilson
from scipy import stats

TRUTH = 0.3
TRIES = 1500
# Of 1500 tries that cover with probability 0.95, the share lies beyond 0.95 ± 0.02 once in 2500 times.
MARGIN = 0.02


def simulated(draw: np.random.Generator, runs: int, clips: int, deviations: tuple[float, float, float]) -> np.ndarray:
    """[R, C] of a mean, runs, clips and a rest; three noises of a clip, shared by all runs, are in the last two."""
    of_run, of_clip, of_rest = deviations
    by_clip = draw.normal(0, of_clip, (1, clips)) + draw.normal(0, of_clip, (3, 1, clips)).mean(axis=0)
    rest = draw.normal(0, of_rest, (3, runs, clips)).mean(axis=0)
    return TRUTH + draw.normal(0, of_run, (runs, 1)) + by_clip + rest


@pytest.mark.parametrize(
    ("runs", "clips", "deviations"),
    [(3, 60, (0.3, 1, 1)), (3, 60, (0.05, 1, 1)), (5, 40, (0.5, 0.2, 1)), (2, 50, (0.2, 2, 1)), (3, 60, (0, 1, 0.3))],
)
def test_an_interval_over_runs_covers_the_truth(runs: int, clips: int, deviations: tuple[float, float, float]) -> None:
    draw = np.random.default_rng(0)
    found = [over_runs(simulated(draw, runs, clips, deviations)) for _ in range(TRIES)]
    covered = np.mean([each.low <= TRUTH <= each.high for each in found])
    assert covered > 0.95 - MARGIN
    # Few runs make wide intervals, but no wider than they must be: where runs hardly differ the method is a little careful.
    assert covered < 0.95 + MARGIN + (0.02 if deviations[0] < 0.3 else 0)


def test_clips_alone_do_not_cover_what_runs_change() -> None:
    draw = np.random.default_rng(1)
    found = [over_clips(simulated(draw, 3, 60, (0.3, 1, 1)).mean(axis=0), seed=i) for i in range(60)]
    assert np.mean([each.low <= TRUTH <= each.high for each in found]) < 0.9


def test_p_over_runs_is_even_where_there_is_nothing() -> None:
    draw = np.random.default_rng(2)
    p = [over_runs(simulated(draw, 3, 60, (0.3, 1, 1)) - TRUTH).p for _ in range(TRIES)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=MARGIN)


def test_one_run_says_nothing_of_training() -> None:
    with pytest.raises(ValueError, match="several runs"):
        over_runs(np.ones((1, 40)))


def test_two_runs_of_paired_differences_are_a_t_test_where_clips_agree() -> None:
    differences = np.array([0.07, 0.05, 0.11])  # REPA's three seeds, docs/pair.md
    found = over_runs(np.repeat(differences[:, None], 10, axis=1))
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert found.p == pytest.approx(0.049, abs=5e-4)


@pytest.mark.parametrize(("alike", "clips"), [(1.0, 200), (0.0, 200), (0.5, 200)])
def test_a_share_of_clips_with_several_noises_covers_the_truth(alike: float, clips: int) -> None:
    """With probability `alike` all three noises of a clip come out the same way."""
    draw = np.random.default_rng(3)

    def held() -> np.ndarray:
        one, same = draw.random((clips, 3)) < TRUTH, draw.random(clips) < alike
        return np.where(same[:, None], one[:, :1], one).mean(axis=1)

    found = [share_of_clips(held()) for _ in range(TRIES)]
    assert np.mean([each.low <= TRUTH <= each.high for each in found]) == pytest.approx(0.95, abs=MARGIN)


def test_a_share_of_nothing_is_that_of_its_clips() -> None:
    found = share_of_clips(np.zeros(168))
    assert (found.low, found.high) == wilson(0, 168)


def test_known_values() -> None:
    assert wilson(8, 10) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 20)[0] == 0 and wilson(0, 0) == (0.0, 1.0)
    low, high = (found := over_clips(np.random.default_rng(1).normal(1, 1, 400))).low, found.high
    assert low < 1 < high and high - low == pytest.approx(0.2, abs=0.04) and found.p < 0.001
