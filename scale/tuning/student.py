"""The student: CogVideoX with the projector beside it, its features after one block by diffusers' own checkpointing hook."""

import torch
from diffusers import CogVideoXTransformer3DModel
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from tempered_alignment import Projector

from .recipe import Recipe


class Student(nn.Module):
    """What DDP, ZeRO or FSDP wraps: one forward pass gives the velocity and the features in the teacher's grid.

    diffusers calls a function of ours in place of each block, once in a forward pass, and not when a checkpointed block is
    computed again. So features are taken there, whether blocks are checkpointed or not. Under `no_grad` it does not.
    """

    def __init__(self, transformer: CogVideoXTransformer3DModel, recipe: Recipe, teacher_width: int) -> None:
        super().__init__()
        if transformer.config.use_rotary_positional_embeddings or transformer.config.patch_size_t is not None:
            raise ValueError(
                "the model has rotary positions or patches in time, as CogVideoX-5B and 1.5 have, and they would be left out: "
                "take CogVideoX-2B"
            )
        self.transformer, self.recipe = transformer, recipe
        depth = len(transformer.transformer_blocks)
        if not 1 <= recipe.block <= depth:
            raise ValueError(f"features are aligned after one of the {depth} blocks, got block={recipe.block}")
        width = transformer.config.num_attention_heads * transformer.config.attention_head_dim
        aligned = recipe.loss != "none"
        self.projector = (
            Projector(width, recipe.hidden, teacher_width, stride=recipe.view, drop_first=True) if aligned else None
        )
        self._features: Tensor | None = None
        transformer.enable_gradient_checkpointing(gradient_checkpointing_func=self._block)

    def _block(self, block: nn.Module, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        h, text = checkpoint(block, *inputs, use_reentrant=False) if self.recipe.checkpointing else block(*inputs)
        if block is self.transformer.transformer_blocks[self.recipe.block - 1]:
            # In float32, and what later blocks read is made of it: of what `forward` returns in bfloat16 Accelerate hands on a
            # float32 copy, and no loss would depend on that copy. There and back no number changes.
            self._features = h.float()
            h = self._features.to(h.dtype)
        return h, text

    def forward(self, x: Tensor, t: Tensor, text: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """The velocity, the features h, and h in the teacher's grid.

        Args:
            x: noisy latents [B, F, 16, H, W].
            t: timesteps int64 [B].
            text: embeddings of the prompt [B, L, D].

        Returns:
            velocity as x; h [B, N, width] in float32, of which both others are made, so that losses have gradients at it; its
            projection [B, F', S', C], or None without an alignment loss.
        """
        dtype = self.transformer.patch_embed.proj.weight.dtype  # float16 or bfloat16 only where the engine wants it (ZeRO)
        velocity = self.transformer(x.to(dtype), text.to(dtype), t, return_dict=False)[0]
        h, self._features = self._features, None
        if h is None:
            raise RuntimeError("there are no features under no_grad: freeze the weights instead")
        if self.projector is None:
            return velocity, h, None
        return velocity, h, self.projector(h.to(dtype).unflatten(1, self.grid(x))).flatten(2, 3)

    def grid(self, x: Tensor) -> tuple[int, int, int]:
        """Frames, rows and columns of the tokens of latents [B, F, 16, H, W]."""
        patch = self.transformer.config.patch_size
        return x.shape[1], x.shape[3] // patch, x.shape[4] // patch


def add_lora(transformer: CogVideoXTransformer3DModel, rank: int) -> None:
    """Freezes the transformer and adds low-rank layers of this rank to its attention."""
    from peft import LoraConfig

    transformer.requires_grad_(False)
    targets = ["to_q", "to_k", "to_v", "to_out.0"]
    transformer.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights=True, target_modules=targets))


def read_transformer(path: str, dtype: torch.dtype = torch.float32) -> CogVideoXTransformer3DModel:
    """CogVideoX's transformer from a folder or the hub."""
    return CogVideoXTransformer3DModel.from_pretrained(path, subfolder="transformer", torch_dtype=dtype)
