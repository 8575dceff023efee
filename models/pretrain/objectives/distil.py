"""Second stage of the teacher: features that find the same spot again. Two sources, neither labelled.

XFeat (Potje et al., CVPR 2024), as VideoMAEv2-B is itself distilled from a larger model: the tempered self-similarity of its
dense features at its sharp, useful τ is the target for the teacher's at the paper's τ, so that the teacher's cosines learn to
spread; a linear head's cosine steadies the start. XFeat sees one frame at a time, and no colour.

Motion: the cut-outs of `texture` move as we move them, so where each token lands is known. The teacher's tempered row over
a frame is asked to be that place, spread bilinearly over the four nearest tokens.
"""

from pathlib import Path

import numpy as np
import torch
from tempered_alignment import log_tempered, tempered_kl
from torch import Tensor, nn
from torch.nn import functional

from ..config import Settings
from ..data.stream import Batch
from ..nets.layers import pixels
from ..nets.teacher import Teacher, TeacherShape
from .alignment import landing

XFEAT = Path(__file__).resolve().parents[2] / "xfeat/xfeat.onnx"
CHANNELS = 64


class Distillation(Settings):
    """How much of each source, and at which τ."""

    start: str = ""  # a checkpoint of the masked autoencoder; empty: random weights
    tau: float = 0.1
    relation: float = 0.0  # weight of XFeat's tempered self-similarity
    target_tau: float = 0.02
    cosine: float = 0.0  # weight of the head's cosine with XFeat
    enlarge: int = 2  # XFeat sees the frames this many times as large: 64 px leave it little to see
    motion: float = 0.0  # weight of the known motion


class XFeat:
    """Dense features per token: frames U8 [B, 16, 64, 64, 3] to F32 [B, 512, 64], the mean of its area and both frames."""

    def __init__(self, enlarge: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        providers = onnxruntime.get_available_providers()
        self._enlarge = enlarge
        self._session = onnxruntime.InferenceSession(str(XFEAT), options, providers=providers)

    def __call__(self, frames: Tensor) -> Tensor:
        batch, time = frames.shape[:2]
        pictures = pixels(frames.cpu()).flatten(0, 1)
        large = functional.interpolate(pictures, scale_factor=self._enlarge, mode="bilinear")
        (features,) = self._session.run(["features"], {"frames": np.ascontiguousarray(large.numpy())})
        tokens = functional.avg_pool2d(torch.from_numpy(features), self._enlarge)  # [B·T, 64, 8, 8]
        pairs = tokens.reshape(batch, time // 2, 2, CHANNELS, -1).mean(dim=2)
        return pairs.transpose(2, 3).flatten(1, 2).to(frames.device)


def motion_loss(y: Tensor, places: Tensor, moved: Tensor, shape: TeacherShape, tau: float) -> Tensor:
    """Cross-entropy of the tempered rows of y [B, N, C] with where tokens land, places [B, N, F, 2], in all other frames.

    `moved` bool [B, N] marks tokens on bodies; they count as much as the background, which is most of a clip and easy.
    """
    log_p = log_tempered(y.unflatten(1, (shape.token_frames, -1)), tau)
    entropy = -(landing(places, shape.rows, shape.patch) * log_p).sum(dim=-1)  # [B, N, F]
    frame = torch.arange(shape.token_frames, device=y.device)
    other = frame.repeat_interleave(shape.rows**2)[:, None] != frame
    known = ~places[..., 0].isnan() & other
    halves = [entropy[known & of[..., None]].sum() / (known & of[..., None]).sum().clamp_min(1) for of in (moved, ~moved)]
    return (halves[0] + halves[1]) / 2


class Distiller(nn.Module):
    """relation · KL of tempered self-similarities + cosine · (1 − cos of the head) + motion · cross-entropy."""

    def __init__(self, shape: TeacherShape, distillation: Distillation) -> None:
        super().__init__()
        self.distillation = distillation
        self.teacher = Teacher(shape)
        if distillation.relation + distillation.cosine > 0:
            self.head = nn.Linear(shape.width, CHANNELS)
            self._xfeat = XFeat(distillation.enlarge)

    def forward(self, batch: Batch, draw: torch.Generator) -> dict[str, Tensor]:
        """`draw` is not used: nothing here is random."""
        how, shape = self.distillation, self.teacher.shape
        y = self.teacher(pixels(batch["frames"]))
        parts = {}
        if how.relation + how.cosine > 0:
            target = self._xfeat(batch["frames"])
            teacher, student = (x.unflatten(1, (shape.token_frames, -1)) for x in (target, y))
            kl = tempered_kl(teacher, student, how.tau, teacher_tau=how.target_tau)
            cosine = functional.cosine_similarity(self.head(y), target, dim=-1, eps=1e-6)
            parts |= {"relation": kl.mean(), "cosine": 1 - cosine.mean()}
        if how.motion > 0:
            parts["motion"] = motion_loss(y, batch["places"], batch["moved"], shape, how.tau)
        weights = {"relation": how.relation, "cosine": how.cosine, "motion": how.motion}
        return {"loss": torch.stack([weights[name] * part for name, part in parts.items()]).sum(), **parts}
