"""The autoencoder is causal, and its codec gives back what it took."""

import pytest
import torch
from pretrain.autoencoder import Autoencoder, AutoencoderShape, Convolution, Reconstruction, chroma, moving, psnr
from pretrain.codec import Pixels, standardise

SHAPE = AutoencoderShape(widths=(8, 8, 16, 16), channels=8)


def autoencoder() -> Autoencoder:
    """Tiny, with its zero-initialised branches filled, so that a leak would show."""
    model = Autoencoder(SHAPE, Reconstruction()).eval()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.05)
    return model


@torch.no_grad()
def test_shapes_and_causality() -> None:
    model, video = autoencoder(), torch.rand(1, 16, 3, 64, 64)
    latents = model.encoder(video)[0]
    assert latents.shape == (1, 4, 8, 8, 8)
    later = video.clone()
    later[:, 8:] = 0
    changed = (model.encoder(later)[0] - latents).abs().amax(dim=(0, 2, 3, 4))
    assert changed[:2].max() == 0 and changed[2:].min() > 0
    made = model.decoder(latents)
    assert made.shape == video.shape
    later_latents = latents.clone()
    later_latents[:, 2:] = 0
    changed = (model.decoder(later_latents) - made).abs().amax(dim=(0, 2, 3, 4))
    assert changed[:8].max() == 0 and changed[8:].min() > 0


def test_pixel_tokens_and_back() -> None:
    frames = (torch.rand(2, 16, 64, 64, 3) * 255).to(torch.uint8)
    tokens = Pixels().encode(frames)
    assert tokens.shape == (2, 256, 768)
    assert torch.equal(Pixels().decode(tokens), frames)


def test_latents_are_standardised() -> None:
    frames = (torch.rand(3, 16, 64, 64, 3) * 255).to(torch.uint8)
    codec = standardise(autoencoder(), frames)
    tokens = codec.encode(frames)
    assert tokens.shape == (3, 256, 8)
    torch.testing.assert_close(tokens.mean(dim=(0, 1)), torch.zeros(8), atol=1e-3, rtol=0)
    torch.testing.assert_close(tokens.std(dim=(0, 1)), torch.ones(8), atol=1e-3, rtol=0)
    assert codec.decode(tokens).shape == frames.shape


def test_the_decoder_alone_is_trained_and_chroma_ignores_light() -> None:
    model = Autoencoder(SHAPE, Reconstruction(decoder_only=True, chroma=1.0))
    frames = (torch.rand(1, 16, 64, 64, 3) * 255).to(torch.uint8)
    model({"frames": frames}, torch.Generator())["loss"].backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in model.decoder.parameters())
    video = torch.rand(1, 2, 3, 4, 4)
    torch.testing.assert_close(chroma(video + 0.3), chroma(video))


def test_a_convolution_by_a_matrix_is_a_convolution() -> None:
    ours, usual = Convolution(4, 5, 3), torch.nn.Conv2d(4, 5, 3, padding=1)
    ours.load_state_dict({"weight": usual.weight.detach().flatten(1), "bias": usual.bias.detach()})
    x = torch.randn(2, 4, 6, 7)
    torch.testing.assert_close(ours(x), usual(x))


def test_what_stands_does_not_move_and_grain_is_not_coarse() -> None:
    video = torch.full((1, 4, 3, 8, 8), 0.5)
    errors = lambda guess, **how: Autoencoder(SHAPE, Reconstruction(absolute=0.0, **how))._errors(guess, video)  # noqa: E731
    extra = lambda guess, **how: float((errors(guess, **how)["loss"] - errors(guess)["loss"]).detach())  # noqa: E731
    red = torch.tensor([0.1, 0.0, 0.0])[:, None, None]
    still, flicker = video + red, video + red * torch.tensor([1.0, -1.0, 1.0, -1.0])[:, None, None, None]
    grain = video + red * (1 - 2 * (torch.arange(8) % 2))
    assert extra(still, motion=1.0) == 0 and extra(flicker, motion=1.0) == pytest.approx(0.2 / 3, rel=1e-5)
    assert extra(grain, coarse=1.0) == pytest.approx(0, abs=1e-7)
    assert extra(still, coarse=1.0) == pytest.approx((0.1 + 0.05) / 2, rel=1e-4)  # r - g and (r + g) / 2 - b


def moving_square(side: int = 8) -> torch.Tensor:
    """Grey [1, 4, 3, 64, 64], and a red square that moves right by 8 pixels a frame."""
    video = torch.full((1, 4, 3, 64, 64), 0.5)
    for t in range(4):
        video[0, t, 0, 24 : 24 + side, 8 * t : 8 * t + side] = 1.0
    return video


def term(guess: torch.Tensor, video: torch.Tensor, name: str) -> float:
    """What a term of the loss adds to it."""
    added, without = (Autoencoder(SHAPE, Reconstruction(**{name: m}))._errors(guess, video)["loss"] for m in (1.0, 0.0))
    return float((added - without).detach())


def test_a_small_moving_body_counts_as_a_large_one() -> None:
    def too_dark(side: int) -> float:
        video = moving_square(side)
        guess = video.clone()
        guess[:, :, 0] -= 0.1 * (video[:, :, 0] > 0.6)
        return term(guess, video, "moving")

    still = torch.rand(1, 4, 3, 64, 64)[:, :1].expand(-1, 4, -1, -1, -1)
    assert float(moving(still).sum()) == 0
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
