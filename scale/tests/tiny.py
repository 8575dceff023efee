"""A CogVideoX pipeline and a VideoMAEv2 of random weights, small enough for a CPU, by the official layout; and real clips."""

import json
import shutil
import struct
from pathlib import Path

import av
import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

from tuning.teacher import VideoMAEv2

# Not square, so that rows in the place of columns are seen: 6 × 9 tokens, and 2 × 3 of the teacher.
FRAMES, HEIGHT, WIDTH, DEPTH, BLOCK, TEXT, LENGTH = 9, 96, 144, 4, 2, 32, 226
SIZE = f"{FRAMES}x{HEIGHT}x{WIDTH}"
SMALL = {"frames": FRAMES, "height": HEIGHT, "width": WIDTH, "block": BLOCK, "hidden": [16, 16, 8], "checkpointing": False}
SHIPPED = Path(__file__).resolve().parents[2] / "public/clips"
CLIPS = {
    "big-buck-bunny": "a large rabbit in a meadow",
    "chelsea": "a cat looks into the camera",
    "coffee": "a cup of coffee on a table",
}
CAPTIONS = tuple(CLIPS.values())


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
        sample_width=WIDTH // 8,
        sample_height=HEIGHT // 8,
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


def write_turned(film: Path, path: Path) -> None:
    """The film as a phone writes a portrait one: lying, and to be shown turned clockwise by a quarter."""
    raw = bytearray(film.read_bytes())
    at = raw.index(b"tkhd") + 44  # of a header of version 0: the matrix
    raw[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(raw)


def write_cut(film: Path, path: Path, frames: int) -> None:
    """The film without its first frames by an edit list, as an editor cuts it: they stay in the file and are not shown."""
    keep = {"avoid_negative_ts": "disabled", "use_editlist": "1"}
    with av.open(str(film)) as before, av.open(str(path), "w", options=keep) as after:
        stream = before.streams.video[0]
        copy = after.add_stream_from_template(stream)
        for packet in before.demux(stream):
            if packet.dts is not None:
                shift = int(frames / stream.average_rate / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, copy
                after.mux(packet)


def write_clips(folder: Path) -> None:
    """Three films that the page ships (H.264, 24 and 100 frames, 320 × 224 and 640 × 360), each with its caption beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, caption in CLIPS.items():
        shutil.copy(SHIPPED / f"{name}.mp4", folder)
        (folder / f"{name}.txt").write_text(caption + "\n")
