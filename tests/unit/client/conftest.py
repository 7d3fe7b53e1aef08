"""The client is a package of its own, which nobody has to install to test it."""

import sys
from pathlib import Path

_HERE = str(Path(__file__).parents[3] / "clients" / "python")
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)
