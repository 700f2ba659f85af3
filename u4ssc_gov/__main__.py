"""``python -m u4ssc_gov``."""

import sys

from u4ssc_gov.cli import main

sys.exit(main())
