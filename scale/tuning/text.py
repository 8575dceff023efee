"""Prompt embeddings of CogVideoX: T5's, padded to 226 tokens."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase, T5EncoderModel


@dataclass(frozen=True)
class TextEncoder:
    """T5 and its tokenizer."""

    tokenizer: PreTrainedTokenizerBase
    encoder: nn.Module
    length: int


def read_text_encoder(model: str, device: torch.device, dtype: torch.dtype, length: int = 226) -> TextEncoder:
    """From a folder or the hub."""
    encoder = T5EncoderModel.from_pretrained(model, subfolder="text_encoder", dtype=dtype).to(device).eval()
    return TextEncoder(AutoTokenizer.from_pretrained(model, subfolder="tokenizer"), encoder, length)


@torch.no_grad()
def embed(text: TextEncoder, prompt: str) -> Tensor:
    """[1, 226, 4096]; as VideoREPA and diffusers do, without an attention mask."""
    ids = text.tokenizer(prompt, padding="max_length", max_length=text.length, truncation=True, return_tensors="pt").input_ids
    device = next(text.encoder.parameters()).device
    return text.encoder(ids.to(device))[0]
