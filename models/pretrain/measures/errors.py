"""Centre errors of made clips, a line each."""

import json
from collections.abc import Iterable, Iterator

from ..data.centres import centre_error, moved, still
from ..data.clips import Clip


def error_lines(made: Iterable[Clip], real: list[Clip]) -> Iterator[str]:
    """A JSON line for each made clip: its error in px over the frames after the first token frame, and the still clip's; how
    far its bodies go in a frame, and the real clip's, px.

    A made clip says by `clip` and `noise` which real clip and noise it is of. @raises ValueError for another prompt
    """
    for clip in made:
        truth = real[int(clip.about["clip"])]
        if clip.about["prompt"] != truth.about["prompt"]:
            raise ValueError(f"a clip of “{clip.about['prompt']}” cannot be measured against “{truth.about['prompt']}”")
        about = {name: int(clip.about[name]) for name in ("clip", "noise")}
        about |= {name: truth.about[name] for name in ("category", "template", "prompt")}
        errors = {"error": centre_error(clip.frames, truth), "still": centre_error(still(truth), truth)}
        motion = {"moved": moved(clip.frames, truth), "moves": moved(truth.frames, truth)}
        yield json.dumps(about | errors | motion, ensure_ascii=False)
