"""The teacher, its masks, and what it learns from."""

import torch
from pretrain.nets.layers import tubelets, untubelets
from pretrain.nets.teacher import Teacher, TeacherShape
from pretrain.objectives.alignment import landing
from pretrain.objectives.distil import motion_loss
from pretrain.objectives.masked import MaskedAutoencoder, Masking, running_cell, tube_index, tube_mask

TINY = TeacherShape(width=32, depth=2, heads=2)


def test_tubelets_and_back() -> None:
    video = torch.rand(2, 4, 3, 16, 24)
    tokens = tubelets(video, 2, 8)
    assert tokens.shape == (2, 2, 6, 384)
    # Token (f 1, row 1, column 2), channel 2, frame 1 of 2, y 3, x 4.
    assert tokens[0, 1, 5, ((2 * 2 + 1) * 8 + 3) * 8 + 4] == video[0, 3, 2, 11, 20]
    assert torch.equal(untubelets(tokens, 2, 8, rows=2), video)


def test_tubes_hide_the_same_places_in_every_frame(draw: torch.Generator) -> None:
    seen, unseen = tube_mask(3, TINY, 0.75, draw)
    assert seen.shape == (3, 16) and unseen.shape == (3, 48)
    assert (torch.cat([seen, unseen], dim=1).sort(dim=1).values == torch.arange(64)).all()
    index = tube_index(seen, TINY).reshape(3, 8, 16)
    assert (index % 64 == seen[:, None]).all() and (index // 64 == torch.arange(8)[None, :, None]).all()


def test_running_cells_keep_half_of_each_frame_and_of_each_place() -> None:
    for phase in range(4):
        kept = running_cell(TINY, phase)
        assert (kept.sum(dim=1) == 32).all() and (kept.sum(dim=0) == 4).all()
        assert not torch.equal(kept[0], kept[1])


def test_hidden_tokens_cannot_be_seen(draw: torch.Generator) -> None:
    teacher, video = Teacher(TINY).eval(), torch.rand(1, 16, 3, 64, 64)
    visible = tube_index(torch.tensor([[0, 9]]), TINY)
    changed = video.clone()
    changed[..., 16:, 16:] = 0
    assert torch.equal(teacher(video, visible), teacher(changed, visible))
    every = torch.arange(512)[None]
    torch.testing.assert_close(teacher(video, every), teacher(video))


def test_masked_autoencoder_learns(draw: torch.Generator) -> None:
    module = MaskedAutoencoder(TINY, Masking(decoder_width=32, decoder_depth=1, decoder_heads=2))
    frames = (torch.rand(1, 1, 64, 64, 3) * 255).to(torch.uint8).expand(2, 16, -1, -1, -1)
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        loss = module({"frames": frames}, draw)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]
    assert all(p.grad is not None for p in module.parameters())


def test_landing_is_bilinear_and_silent_where_nothing_is_known() -> None:
    places = torch.tensor([[4.0, 4.0], [10.0, 4.0], [0.0, 63.0], [torch.nan, torch.nan]])
    share = landing(places, rows=8, patch=8)
    assert share[0].nonzero().tolist() == [[0]]
    assert share[1, :2].tolist() == [0.25, 0.75]
    assert share[2].nonzero().tolist() == [[56]]
    assert share.sum(dim=1).tolist() == [1, 1, 1, 0]


def test_motion_loss_is_least_for_features_that_follow() -> None:
    # One token moves a column a frame; its features go along. All else stays.
    codes = torch.nn.functional.one_hot(torch.arange(65), 65).float()
    y, places = codes[:64].repeat(8, 1), torch.full((512, 8, 2), torch.nan)
    index = torch.arange(8) * 64 + torch.arange(8)
    y[index] = codes[64]
    for f in range(8):
        places[index[f]] = torch.stack([torch.arange(8) * 8.0 + 4, torch.full((8,), 4.0)], dim=1)
    moved = torch.zeros(1, 512, dtype=torch.bool)
    moved[0, index] = True
    follows = motion_loss(y[None], places[None], moved, TINY, tau=0.1)
    stays = motion_loss(codes[:64].repeat(8, 1)[None], places[None], moved, TINY, tau=0.1)
    assert float(follows) < 0.01 < 1 < float(stays)
