"""`python -m analytics` is `routecast`."""

import sys

from analytics.cli import main

sys.exit(main())
