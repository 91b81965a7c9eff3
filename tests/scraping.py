"""Reading what a process tells Prometheus, as Prometheus reads it."""

from dataclasses import dataclass
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from tipline.up.ports import LOOPBACK


@dataclass(frozen=True)
class Scrape:
    """One look at one process."""

    text: str

    def value(self, name: str, **labels: str) -> float | None:
        """The sample's value; None where there is none with exactly these labels."""
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                if (sample.name, sample.labels) == (name, labels):
                    return float(sample.value)
        return None

    def series(self) -> list[tuple[str, dict[str, str]]]:
        """Each sample's name and labels."""
        return [
            (sample.name, sample.labels)
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
        ]

    def names(self) -> set[str]:
        """Every name under which a query finds something, also of what has not happened yet."""
        found = set[str]()
        for family in text_string_to_metric_families(self.text):
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(
                family.type, ("",)
            )
            found |= {sample.name for sample in family.samples} | {family.name + end for end in endings}
        return found

    def labels_of(self, name: str) -> set[str]:
        """The names of the labels that a metric has somewhere."""
        return {
            label
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name
            for label in sample.labels
        }


def scrape(port: int) -> Scrape:
    """Ask as Prometheus does."""
    with urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=20) as answer:
        return Scrape(answer.read().decode())
