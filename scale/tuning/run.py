"""What train.py left in a folder: the recipe, and the model with its averaged weights."""

import json
from dataclasses import dataclass
from pathlib import Path

from .average import read_average
from .recipe import Recipe
from .student import Student, add_lora, read_transformer


@dataclass(frozen=True)
class Run:
    """A run that has a checkpoint."""

    folder: Path
    recipe: Recipe
    model: str  # what it started from
    teacher_width: int

    def untuned(self) -> Student:
        """The model before its first step; its projector knows nothing."""
        return Student(read_transformer(self.model), self.recipe, self.teacher_width)

    def tuned(self) -> Student:
        """The model with the last checkpoint's averaged weights, low-rank layers merged.

        Raises:
            ValueError: where the weights are those of another model.
        """
        latest = json.loads((self.folder / "latest.json").read_text())
        transformer = read_transformer(self.model)
        if self.recipe.lora:
            add_lora(transformer, self.recipe.lora)
        student = Student(transformer, self.recipe, self.teacher_width)
        strange = student.load_state_dict(read_average(self.folder / latest["folder"]), strict=False).unexpected_keys
        if strange:
            raise ValueError(f"{self.folder} was trained from another model: it has {strange[0]}, which {self.model} has not")
        if self.recipe.lora:
            transformer.fuse_lora()
            transformer.unload_lora()
        return student


def read_run(folder: Path, model: str | None = None) -> Run:
    """A run of train.py.

    Args:
        folder: its --out.
        model: what it started from, if that has moved.

    Raises:
        ValueError: where it has no checkpoint.
    """
    if not (folder / "latest.json").exists():
        raise ValueError(f"{folder} has no checkpoint: train.py writes one every --save-every steps and at the end")
    about = json.loads((folder / "run.json").read_text())
    recipe = Recipe(**{name: tuple(v) if isinstance(v, list) else v for name, v in about["recipe"].items()})
    return Run(folder, recipe, model or about["model"], about["teacher_width"])
