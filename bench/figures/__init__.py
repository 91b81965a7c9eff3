"""Every figure, by the name that `python -m bench` knows it by."""

from collections.abc import Callable, Iterator

from bench.figures.live import live
from bench.figures.pair import Pair
from bench.figures.scale import hosts, jobs, one_postgres, workers
from bench.figures.tips import echoes, pipeline, receipt, texts
from bench.figures.uploads import crowd, large_crowd, memory, small, takeover, throughput
from bench.report import Row

# The small ones come first: they make many files, and find few that were just removed (see `small`).
FIGURES: dict[str, Callable[[Pair], Iterator[Row]]] = {
    "small": small,
    "throughput": throughput,
    "crowd": crowd,
    "large_crowd": large_crowd,
    "memory": memory,
    "takeover": takeover,
    "pipeline": pipeline,
    "texts": texts,
    "live": live,
    "echoes": echoes,
    "receipt": receipt,
    "workers": workers,
    "jobs": jobs,
    "one_postgres": one_postgres,
    "hosts": hosts,
}
# These are for a disk: twenty gigabytes, and what a database reads from its buffers either way.
ON_A_DISK = ("memory", "echoes", "workers", "jobs", "one_postgres", "hosts")
