"""From requests to what every page and every simulation works on: the 15-minute roll-up and the traffic classes.

One question per `.sql` file; each reads `clean`, the rows a load is about to add.
"""

from analytics.traffic.complexity import complexity_sql
from analytics.traffic.merge import merge_segments
from analytics.traffic.segment import write_segment

__all__ = ["complexity_sql", "merge_segments", "write_segment"]
