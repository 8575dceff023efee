"""Float64 PyTorch goldens of the alignment losses: test/fixtures/alignment_goldens.safetensors.

Run from the project root:  python models/export/alignment_goldens.py     (needs torch==2.13.0)

The formulas are docs/method.md sections 2 to 4, written with torch's own normalize, softmax, kl_div and cosine_similarity, so that
they share no code and no algebra with the TypeScript twins; gradients come from autograd.
"""

import json
import struct
from pathlib import Path

import torch
from torch.nn import functional

VERSION = "1"
OUT = Path(__file__).resolve().parents[2] / "test/fixtures/alignment_goldens.safetensors"


def similarity(y):
    z = functional.normalize(y.flatten(0, 1), dim=-1, eps=1e-6)
    return z @ z.T


def tempered(teacher, student, tau, mask):
    frames, spots, _ = teacher.shape
    queries = mask.flatten().nonzero().squeeze(-1)
    shape = (len(queries), frames, spots)
    p = functional.log_softmax(similarity(teacher)[queries].reshape(shape) / tau, dim=-1)
    q = functional.log_softmax(similarity(student)[queries].reshape(shape) / tau, dim=-1)
    kl = functional.kl_div(q, p, reduction="none", log_target=True).sum((1, 2))
    per_token = torch.zeros(frames * spots, dtype=torch.float64).index_copy(0, queries, kl)
    return kl.sum() / (len(queries) * frames), per_token


def relation(teacher, student, margin):
    excess = functional.relu((similarity(student) - similarity(teacher)).abs() - margin)
    return excess.mean(), excess.mean(dim=0)


def gram(teacher, student):
    square = (similarity(student) - similarity(teacher)) ** 2
    return square.mean(), square.mean(dim=0)


def repa(teacher, student):
    cosine = functional.cosine_similarity(teacher.flatten(0, 1), student.flatten(0, 1), dim=-1, eps=1e-12)
    return -cosine.mean(), -cosine


CASES = [
    # name, loss, F, S, C_teacher, C_student, tau, margin
    ("tsa_small", "tsa", 2, 3, 5, 4, 0.1, 0.1),
    ("tsa_sharp", "tsa", 3, 7, 16, 8, 0.01, 0.1),
    ("tsa_one_frame", "tsa", 1, 9, 6, 6, 1.0, 0.1),
    ("tsa_zero_token", "tsa", 2, 6, 7, 5, 0.1, 0.1),
    ("mtsa", "mtsa", 3, 10, 12, 9, 0.1, 0.1),
    ("mtsa_one_token", "mtsa", 2, 5, 8, 3, 0.05, 0.1),
    ("mtsa_ragged", "mtsa", 4, 11, 10, 17, 0.07, 0.1),
    ("trd", "trd", 3, 8, 12, 9, 0.1, 0.1),
    ("trd_no_margin", "trd", 2, 7, 4, 11, 0.1, 0.0),
    ("repa", "repa", 3, 6, 10, 10, 0.1, 0.1),
    ("gram", "gram", 3, 7, 11, 8, 0.1, 0.1),
]


def case(index, name, loss, frames, spots, c_teacher, c_student, tau, margin):
    generator = torch.Generator().manual_seed(1000 + index)
    draw = lambda channels: torch.randn(frames, spots, channels, generator=generator, dtype=torch.float64)
    teacher, student = draw(c_teacher), draw(c_student)
    mask = torch.ones(frames, spots, dtype=torch.uint8)
    if name == "tsa_zero_token":
        student[0, 1] = 0
        teacher[1, 2] = 0
    if loss == "mtsa":
        mask = (torch.rand(frames, spots, generator=generator) < 0.35).to(torch.uint8)
        mask[0, 0] = 1
    if name == "mtsa_one_token":
        mask.zero_()
        mask[1, 3] = 1
    student.requires_grad_(True)
    if loss in ("tsa", "mtsa"):
        value, per_token = tempered(teacher, student, tau, mask)
    elif loss == "trd":
        value, per_token = relation(teacher, student, margin)
    elif loss == "gram":
        value, per_token = gram(teacher, student)
    else:
        value, per_token = repa(teacher, student)
    (gradient,) = torch.autograd.grad(value, student)
    tensors = {
        f"{name}.teacher": teacher,
        f"{name}.student": student.detach(),
        f"{name}.mask": mask,
        f"{name}.loss": value.detach().reshape(1),
        f"{name}.per_token": per_token.detach().reshape(frames, spots),
        f"{name}.grad_student": gradient,
    }
    return tensors, {f"{name}": json.dumps({"loss": loss, "tau": tau, "margin": margin})}


def write(path, tensors, metadata):
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.contiguous().numpy().tobytes()
        dtype = {torch.float64: "F64", torch.uint8: "U8"}[tensor.dtype]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    tensors, metadata = {}, {"magic": "tempered-alignment-goldens", "version": VERSION, "torch": torch.__version__}
    for index, arguments in enumerate(CASES):
        more, described = case(index, *arguments)
        tensors |= more
        metadata |= described
    write(OUT, tensors, metadata)
    print(f"{OUT}: {OUT.stat().st_size} bytes, {len(CASES)} cases")


if __name__ == "__main__":
    main()
