"""Each term of the autoencoder's loss sees what it is for, and nothing else."""

import math

import pytest
import torch
from pretrain.data.centres import PALETTE
from pretrain.objectives.codec import as_bytes
from pretrain.objectives.reconstruction import BodyErrors, Reconstruction, body_errors, chroma, errors, moving, psnr, unmixed


def moving_square(side: int = 8) -> torch.Tensor:
    """Grey [1, 4, 3, 64, 64], and a red square that moves right by 8 pixels a frame."""
    video = torch.full((1, 4, 3, 64, 64), 0.6)
    for t in range(4):
        video[0, t, 0, 24 : 24 + side, 8 * t : 8 * t + side] = 1.0
    return video


def term(guess: torch.Tensor, video: torch.Tensor, name: str) -> float:
    """What a term of the loss adds to it."""
    batch = {"frames": as_bytes(video)}
    added, without = (errors(Reconstruction(absolute=0.0, **{name: weight}), guess, batch)["loss"] for weight in (1.0, 0.0))
    return float(added - without)


def test_chroma_ignores_light() -> None:
    video = torch.rand(1, 2, 3, 4, 4)
    torch.testing.assert_close(chroma(video + 0.3), chroma(video))


def test_what_stands_does_not_move_and_grain_is_not_coarse() -> None:
    video = torch.full((1, 4, 3, 8, 8), 0.5)
    red = torch.tensor([0.1, 0.0, 0.0])[:, None, None]
    still, flicker = video + red, video + red * torch.tensor([1.0, -1.0, 1.0, -1.0])[:, None, None, None]
    grain = video + red * (1 - 2 * (torch.arange(8) % 2))
    assert term(still, video, "motion") == 0 and term(flicker, video, "motion") == pytest.approx(0.2 / 3, rel=1e-5)
    assert term(grain, video, "coarse") == pytest.approx(0, abs=1e-7)
    assert term(still, video, "coarse") == pytest.approx((0.1 + 0.05) / 2, rel=1e-4)  # r - g and (r + g) / 2 - b


def test_a_small_moving_body_counts_as_a_large_one() -> None:
    def too_dark(side: int) -> float:
        video = moving_square(side)
        guess = video.clone()
        guess[:, :, 0] -= 0.1 * (video[:, :, 0] > 0.7)
        return term(guess, video, "moving")

    still = torch.rand(1, 4, 3, 64, 64)[:, :1].expand(-1, 4, -1, -1, -1)
    assert float(moving(chroma(still)).sum()) == 0
    assert too_dark(16) < 3 * too_dark(8)  # its area is four times as large


def test_moving_pixels_do_not_average() -> None:
    video = moving_square()
    guess = video.clone()
    guess[..., 0::2] += torch.tensor([0.1, 0, 0]).reshape(3, 1, 1)  # columns too red and too pale in turn: even on average
    guess[..., 1::2] -= torch.tensor([0.1, 0, 0]).reshape(3, 1, 1)
    assert term(guess, video, "moving") < 1e-6
    assert term(guess, video, "moving_pixels") == pytest.approx((0.1 + 0.05) / 2, rel=1e-4)  # r - g and (r + g) / 2 - b


def test_moving_acceleration_is_of_second_changes() -> None:
    video = moving_square()
    steady = video + 0.01 * torch.arange(4.0).reshape(4, 1, 1, 1) * torch.tensor([1.0, 0, 0]).reshape(3, 1, 1)
    jerky = video + 0.01 * torch.arange(4.0).square().reshape(4, 1, 1, 1) * torch.tensor([1.0, 0, 0]).reshape(3, 1, 1)
    assert term(steady, video, "moving_acceleration") < 1e-6
    assert term(jerky, video, "moving_acceleration") == pytest.approx(0.02 * (1 + 0.5) / 2, rel=1e-3)


def test_psnr() -> None:
    video = torch.zeros(1, 2, 3, 4, 4)
    assert float(psnr(video + 0.1, video)) == 20


RED, BLUE = (list(PALETTE).index(colour) for colour in ("red", "blue"))


def drawn(*shares: tuple[str, torch.Tensor]) -> torch.Tensor:
    """Bodies by their colours and shares [T, 64, 64] on grey, [1, T, 3, 64, 64]."""
    grey = torch.full((1, len(shares[0][1]), 3, 64, 64), 0.6)
    for colour, share in shares:
        grey = grey + share[:, None] * (torch.tensor(PALETTE[colour]).reshape(3, 1, 1) / 255 - 0.6)
    return grey


def disc(x: float, y: float, radius: float = 4.0) -> torch.Tensor:
    """Its share of each pixel [1, 64, 64], the edge a pixel wide."""
    at = torch.arange(64.0) + 0.5
    return (0.5 + radius - torch.hypot(at - x, at[:, None] - y)).clamp(0, 1)[None]


def box(x: float, y: float, half: float, angle: float) -> torch.Tensor:
    """The same of a square turned by an angle."""
    at = torch.arange(64.0) + 0.5
    dx, dy = at - x, at[:, None] - y
    c, s = math.cos(angle), math.sin(angle)
    return (0.5 + half - torch.maximum((dx * c + dy * s).abs(), (dy * c - dx * s).abs())).clamp(0, 1)[None]


def of_bodies(guess: torch.Tensor, true: torch.Tensor, colours: tuple[int, int] = (RED, BLUE)) -> BodyErrors:
    return body_errors(chroma(guess - true), chroma(true), torch.tensor([colours]))


def test_shares_are_those_that_were_drawn() -> None:
    red, blue = disc(20, 20), disc(26, 20)
    video = drawn(("red", red), ("blue", blue * (1 - red)))
    found = unmixed(chroma(video), torch.tensor([[RED, BLUE]]))
    torch.testing.assert_close(found[0, :, 0], red, atol=1e-5, rtol=0)
    torch.testing.assert_close(found[0, :, 1], blue * (1 - red), atol=1e-5, rtol=0)
    alone = unmixed(chroma(drawn(("red", red))), torch.tensor([[RED, -1]]))
    torch.testing.assert_close(alone[0, :, 0], red, atol=1e-5, rtol=0)
    assert alone[0, :, 1].abs().max() < 1e-5


def test_a_body_that_is_off_is_off_by_as_much() -> None:
    pool = (
        "blue",
        torch.zeros(1, 64, 64).index_fill(1, torch.arange(40, 64), 1.0),
    )  # near, of another colour, where it should be
    true = drawn(("red", disc(32, 32)), pool)
    errors = of_bodies(drawn(("red", disc(32.1, 31.8)), pool), true)
    torch.testing.assert_close(
        errors.centre[0, 0], torch.tensor([[0.1, -0.2], [0.0, 0.0]]), atol=0.01, rtol=0
    )  # to first order
    assert errors.seen.all() and errors.radius.abs().max() < 0.01
    larger = of_bodies(drawn(("red", disc(32, 32, 4.1)), pool), true)
    assert float(larger.radius[0, 0, 0, 0]) == pytest.approx(0.1, abs=0.01) and larger.centre.abs().max() < 0.01
    far = drawn(("red", disc(32, 32)), pool)
    far[..., :16, :] += torch.tensor([0.1, 0.0, 0.0]).reshape(3, 1, 1)  # the background's colour says nothing of the disc
    assert of_bodies(far, true).centre.abs().max() == 0


def test_a_box_that_is_drawn_as_a_disc_lacks_its_squareness() -> None:
    for angle in (0.0, 0.3):
        square = box(32, 32, 6, angle)
        lacking = of_bodies(drawn(("red", disc(32, 32, 12 / math.pi**0.5))), drawn(("red", square)), (RED, -1)).square[0, 0, 0]
        assert float(lacking.norm()) == pytest.approx(
            1, abs=0.15
        )  # its edge is soft and a disc's area of pixels is not quite the same
    turned = math.atan2(*lacking.flip(0).tolist()) / 4 % (math.pi / 2)
    assert turned == pytest.approx(0.3, abs=0.02)


def test_what_is_hardly_there_and_liquids_shapes_count_for_nothing() -> None:
    video = drawn(("red", disc(32, 32, 1.0)))
    assert not of_bodies(video, video).seen.any()
    purple = drawn(("purple", disc(32, 32)))
    assert not of_bodies(purple, purple, (-1, -1)).seen.any()  # a cut-out of natural texture has no body of the palette
    square, round_ = drawn(("red", box(32, 32, 6, 0))), drawn(("red", disc(32, 32, 6.77)))
    batch = {"frames": as_bytes(square), "colours": torch.tensor([[RED, -1]])}
    loss = lambda solid: errors(Reconstruction(bodies=1.0), round_, batch | {"solid": torch.tensor([[solid, False]])})["square"]  # noqa: E731
    assert float(loss(False)) == 0 and float(loss(True)) > 0.3


def test_bodies_changes_are_of_bodies_that_are_seen_throughout() -> None:
    there = torch.cat([disc(20, 20), disc(22, 20), disc(24, 20), disc(24, 20, 0.1)])  # gone in the last frame
    late = torch.cat([disc(20, 20), disc(22, 20.3), disc(24, 20), disc(24, 20, 0.1)])
    batch = {
        "frames": as_bytes(drawn(("red", there))),
        "colours": torch.tensor([[RED, -1]]),
        "solid": torch.tensor([[True, False]]),
    }
    found = errors(Reconstruction(bodies=1.0), drawn(("red", late)), batch)
    # One of three centres is 0.3 px off in one of two coordinates; two changes of 0.3, one second change of 0.6.
    assert float(found["centre"]) == pytest.approx((0.3 / 3 + 0.3 + 0.6) / 2, abs=0.03)
