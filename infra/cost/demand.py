"""What people send and what becomes of it; three sizes of agency; what one clip costs, as measured."""

from dataclasses import dataclass

_GB = 2**30


@dataclass(frozen=True)
class Demand:
    """What one installation is asked for, once it has run as long as tips are kept."""

    tips_a_day: float
    minutes_a_clip: float = 1.0
    megabits: float = 8.0
    with_clip: float = 0.8
    """The share of tips that bring one."""
    recoded: float = 0.4
    """The share of clips that no browser plays as they are (HEVC), and so are coded anew."""
    retention_days: float = 90.0
    attached: float = 0.05
    """The share of tips that a case takes."""
    attached_days: float = 730.0
    watched: float = 1.5
    """How often a clip is watched to its end, by anybody."""
    texted: float = 0.1
    peak: float = 4.0
    """The busiest hour, as a multiple of the mean: what doors and database must bear."""

    @property
    def clips_a_day(self) -> float:
        """Clips that come in a day."""
        return self.tips_a_day * self.with_clip

    @property
    def clip_gb(self) -> float:
        """An original, in S3's gigabytes."""
        return self.minutes_a_clip * 60 * self.megabits * 1e6 / 8 / _GB

    @property
    def in_gb_a_day(self) -> float:
        """What comes in."""
        return self.clips_a_day * self.clip_gb

    @property
    def tips_a_second(self) -> float:
        """In the busiest hour."""
        return self.tips_a_day * self.peak / 86_400

    @property
    def kept_days(self) -> float:
        """How long a tip is kept, on average."""
        return (1 - self.attached) * self.retention_days + self.attached * self.attached_days


SIZES = {
    "town": Demand(tips_a_day=40),
    "city": Demand(tips_a_day=4_000),
    # Two million clips a day.
    "nation": Demand(tips_a_day=2_500_000),
}


@dataclass(frozen=True)
class Measured:
    """What docs/bench.md has, of one virtual core of this kind: replace it by your own figures."""

    played_cpu_seconds_a_minute: float = 9.0
    """All copies of a minute of 1080p H.264 (`pipeline`), fingerprints included."""
    recoded_cpu_seconds_a_minute: float = 108.0
    """All copies of a minute of 1080p HEVC, as 27 of 15 s were seen; at a load of 17, and so rather less."""
    door_cpu_seconds_a_gb: float = 1.7
    """Pieces of some seconds, hashed on their way (decision 18)."""
    door_cpu_seconds_a_tip: float = 0.005
    postgres_cpu_seconds_a_clip: float = 0.06
    """`one_postgres`: a file with all that is made of it; a photo, the dearer of the two."""
    postgres_bytes_a_clip: float = 46_000.0
    """`one_postgres`, without fingerprints."""
    print_bytes_a_minute: float = 66_500.0
    """240 pictures of 227 bytes with their index, and the sound (`echoes`)."""
    piece_bytes: float = 5e6
    """What a phone sends at a time, and so what the log of uploads has an object for (decision 32)."""
    copies_share: float = 0.55
    """Copies' bytes, as a share of the original's: an H.264 original is repacked, an HEVC one coded anew."""
    objects_a_clip: float = 12.0
    """Original, copies, pictures, and pieces that go again."""
    requests_a_clip: float = 40.0
    log_bytes_a_clip: float = 6_000.0


MEASURED = Measured()
