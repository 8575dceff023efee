"""A CogVideoX pipeline and a VideoMAEv2 of random weights, small enough for a CPU, in the official files' layout; and clips."""

import json
from pathlib import Path

import av
import numpy as np
import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

from tuning.teacher import VideoMAEv2

FRAMES, SIDE, DEPTH, BLOCK, TEXT, LENGTH = 9, 96, 4, 2, 32, 226
SIZE = f"{FRAMES}x{SIDE}x{SIDE}"
SMALL = {"frames": FRAMES, "height": SIDE, "width": SIDE, "block": BLOCK, "hidden": [16, 16, 8], "checkpointing": False}
CAPTIONS = ("a small red ball falls", "a blue box slides", "two balls meet")


def write_model(folder: Path, seed: int = 0) -> None:
    """Transformer of 4 blocks and width 64, autoencoder, T5 and tokenizer of random weights."""
    torch.manual_seed(seed)
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=4,
        attention_head_dim=16,
        num_layers=DEPTH,
        time_embed_dim=16,
        text_embed_dim=TEXT,
        max_text_seq_length=LENGTH,
        sample_width=SIDE // 8,
        sample_height=SIDE // 8,
        sample_frames=FRAMES,
    )
    transformer.save_pretrained(folder / "transformer")
    AutoencoderKLCogVideoX(
        block_out_channels=(8, 8, 8, 8), latent_channels=16, layers_per_block=1, norm_num_groups=2
    ).save_pretrained(folder / "vae")
    CogVideoXDDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        snr_shift_scale=3.0,
        timestep_spacing="trailing",
    ).save_pretrained(folder / "scheduler")
    T5EncoderModel(T5Config(vocab_size=64, d_model=TEXT, d_kv=8, d_ff=32, num_layers=1, num_heads=2)).save_pretrained(
        folder / "text_encoder"
    )
    words = sorted({word for caption in CAPTIONS for word in caption.split()})
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["<pad>", "</s>", "<unk>", *words])}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>").save_pretrained(
        folder / "tokenizer"
    )
    index = {
        "_class_name": "CogVideoXPipeline",
        "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "CogVideoXDDIMScheduler"],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
        "transformer": ["diffusers", "CogVideoXTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLCogVideoX"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))


def write_teacher(path: Path, seed: int = 1) -> None:
    """A VideoMAEv2 of width 32 and depth 2, by the official names."""
    torch.manual_seed(seed)
    teacher = VideoMAEv2(32, 2, 2)
    weights = {f"model.{name}": value for name, value in teacher.state_dict().items()}
    weights |= {"model.fc_norm.weight": torch.ones(32), "model.fc_norm.bias": torch.zeros(32)}
    save_file(weights, path, metadata={"shape": json.dumps({"heads": 2})})


def write_clips(folder: Path) -> None:
    """Three short videos in which a square moves over noise, with captions."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, caption in enumerate(CAPTIONS):
        ground = np.random.default_rng(i).integers(0, 255, (SIDE, SIDE + 16, 3), dtype=np.uint8)
        with av.open(str(folder / f"clip{i}.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=8, options={"crf": "20", "threads": "1"})
            stream.width, stream.height, stream.pix_fmt = SIDE + 16, SIDE, "yuv420p"
            for t in range(12):
                frame = ground.copy()
                frame[20 : 20 + 30, 5 * t + 3 * i : 5 * t + 3 * i + 30] = (200, 40 * i, 30)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())
        (folder / f"clip{i}.txt").write_text(caption + "\n")
