"""Run by two processes: a student whose blocks are sharded gives the losses, gradients and average of one that is not."""

import sys
from pathlib import Path

import torch
from torch.distributed import destroy_process_group, get_rank, init_process_group
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

sys.path.insert(0, str(Path(__file__).parents[1]))

from tuning.average import Average, read_average
from tuning.data import ShardClips, collate
from tuning.objective import Objective
from tuning.recipe import read_recipe
from tuning.student import Student, read_transformer
from tuning.teacher import read_teacher

recipe_path, model, teacher_path, shards = sys.argv[1:]
init_process_group("gloo")
mesh, rank = init_device_mesh("cpu", (2,)), get_rank()
recipe = read_recipe(Path(recipe_path), ["checkpointing=true"])
clips, objective = ShardClips(Path(shards)), Objective(recipe, read_teacher(Path(teacher_path)))
torch.manual_seed(0)
plain = Student(read_transformer(model), recipe, 32)
torch.manual_seed(0)
sharded = Student(read_transformer(model), recipe, 32)
for block in sharded.transformer.transformer_blocks:
    fully_shard(block, mesh=mesh)
fully_shard(sharded, mesh=mesh)

objective(plain, collate([clips[0], clips[1]]), range(2), None).loss.backward()
objective(sharded, collate([clips[rank]]), range(rank, rank + 1), None).loss.backward()
expected = dict(plain.named_parameters())
for name, parameter in sharded.named_parameters():
    torch.testing.assert_close(parameter.grad.full_tensor(), expected[name].grad, rtol=1e-4, atol=1e-6)

folder = Path(shards).parent / "fsdp2"
folder.mkdir(exist_ok=True)
average = Average(dict(sharded.named_parameters()), 0.9)
average.save(folder, rank)
torch.distributed.barrier()
average.load(folder, rank)
whole = read_average(folder)
for name, parameter in expected.items():
    torch.testing.assert_close(whole[name], parameter.detach(), rtol=0, atol=0)
print("equal", flush=True)
destroy_process_group()
