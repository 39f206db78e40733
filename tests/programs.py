"""The programs that some tests need beside the gateway, and that a machine may lack.

Where one is missing its tests are skipped with a line "SKIPPED: ...", which ./dev test repeats at its end. With CI=true they
fail, unless ./dev could not get it: UNAVAILABLE names those.
"""

import os
import pathlib
import shutil
import unittest

# ./dev setup puts into build/tools what would start a server if it were installed.
PLACES = [os.environ.get("PATH", os.defpath), "/usr/sbin", str(pathlib.Path(__file__).resolve().parent.parent / "build/tools")]


def demand(name):
    """Its path, or the end of the test that needs it."""
    found = shutil.which(name, path=os.pathsep.join(PLACES))
    if found:
        return found
    is_unavailable = name in os.environ.get("UNAVAILABLE", "").split()
    if os.environ.get("CI") == "true" and not is_unavailable:
        raise AssertionError(f"there is no {name}; ./dev setup gets it")
    why = f"there is no {name}; " + ("apt could not get it: build/setup_beside.log" if is_unavailable else "./dev setup gets it")
    print(f"SKIPPED: the tests with {name}, because {why}", flush=True)
    raise unittest.SkipTest(why)
