"""A file is whole or as it was, whoever writes it and whatever ends the process."""

import os
from multiprocessing import get_context
from pathlib import Path

import pytest
from pretrain.files import held, replacing, write_whole


def test_a_file_that_is_not_finished_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "row.json"
    write_whole(path, "one")
    with pytest.raises(KeyboardInterrupt), replacing(path) as part:
        part.write_text("tw")
        assert path.read_text() == "one" and str(os.getpid()) in part.name
        raise KeyboardInterrupt
    assert path.read_text() == "one" and list(tmp_path.iterdir()) == [path]


def hold(path: Path) -> bool:
    with held(path) as ours:
        return ours


@pytest.mark.parametrize("name", ["lock", "."])  # a file, and the folder
def test_a_place_is_held_by_one_process(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with get_context("fork").Pool(1) as pool:
        with held(path) as ours:
            assert ours and not pool.apply(hold, [path])
        assert pool.apply(hold, [path])


def test_what_was_forked_meanwhile_does_not_keep_a_place(tmp_path: Path) -> None:
    with held(tmp_path / "lock"):
        pool = get_context("fork").Pool(1)  # as the workers of a stream
    with pool, held(tmp_path / "lock") as ours:
        assert ours
