"""The autoencoder is causal, and its codec gives back what it took."""

from pathlib import Path

import pytest
import torch
from msgspec.structs import replace
from pretrain.nets.autoencoder import AutoencoderShape, Convolution
from pretrain.objectives.codec import Pixels, go_on_from, standardise
from pretrain.objectives.reconstruction import Autoencoder, Reconstruction
from pretrain.ship.export import latent_statistics
from safetensors.torch import save_file

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


def test_the_decoder_alone_is_trained() -> None:
    model = Autoencoder(SHAPE, Reconstruction(decoder_of="a folder", chroma=1.0))
    frames = (torch.rand(1, 16, 64, 64, 3) * 255).to(torch.uint8)
    model({"frames": frames}, torch.Generator())["loss"].backward()
    assert all(p.grad is None for p in model.encoder.parameters())
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in model.decoder.parameters())


def test_a_convolution_by_a_matrix_is_a_convolution() -> None:
    ours, usual = Convolution(4, 5, 3), torch.nn.Conv2d(4, 5, 3, padding=1)
    ours.load_state_dict({"weight": usual.weight.detach().flatten(1), "bias": usual.bias.detach()})
    x = torch.randn(2, 4, 6, 7)
    torch.testing.assert_close(ours(x), usual(x))


@torch.no_grad()
def test_a_decoder_goes_on_from_an_exported_one_with_more_blocks(tmp_path: Path) -> None:
    first = autoencoder()
    statistics = {"latent.mean": torch.arange(8.0), "latent.deviation": torch.full((8,), 0.5)}
    save_file(first.state_dict() | statistics, tmp_path / "autoencoder.safetensors")
    longer = Autoencoder(replace(SHAPE, fine_blocks=3), Reconstruction(decoder_of=str(tmp_path))).eval()
    go_on_from(longer, tmp_path)
    latents = torch.rand(1, 4, 8, 8, 8)
    torch.testing.assert_close(longer.decoder(latents), first.decoder(latents))
    mean, deviation = latent_statistics(longer, clips=None)  # type: ignore[arg-type]  # no clip is looked at: the latents stay
    assert torch.equal(mean, statistics["latent.mean"]) and torch.equal(deviation, statistics["latent.deviation"])
    save_file(longer.state_dict() | statistics, tmp_path / "autoencoder.safetensors")
    with pytest.raises(ValueError, match=r"other tensors: decoder\.blocks\.4"):
        go_on_from(first, tmp_path)
