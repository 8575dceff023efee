"""python -m tempered_features FILE …: says what each file holds, or in one sentence why Tempered would refuse it."""

import sys

from . import check

for path in sys.argv[1:]:
    try:
        for key, grid in check(path).items():
            print(path, key, "×".join(map(str, grid)))
    except ValueError as error:
        sys.exit(f"{path}: {error}")
