"""``python -m parley_client`` is ``parley``."""

import sys

from parley_client.cli.main import main

sys.exit(main())
