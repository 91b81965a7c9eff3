"""From demand to dollars a month, line by line. Every line rises with what is asked of it, or stays."""

import math
from dataclasses import dataclass

from infra.cost import prices
from infra.cost.demand import MEASURED, Demand, Measured
from infra.cost.prices import DAYS, HOURS, tiered

_ZONES = 2
_SELDOM_AFTER_DAYS = 30
_BUSY = 0.5
"""No processor is planned to be busier than that in the busiest hour."""
_DOOR_GB = 1.0
"""Memory for each processor of a task."""
_DOOR_DISK_GB = 100.0
_MACHINE_DISK_GB = 230.0
_ENDPOINTS = 8  # ecr.api, ecr.dkr, logs, secretsmanager, ssmmessages, ecs, ecs-agent, ecs-telemetry
_KEYS, _SECRETS, _ALARMS, _METRICS, _WAF_RULES = 6, 9, 25, 40, 6
_LOG_DAYS = 30


@dataclass(frozen=True)
class Line:
    """One line of the bill: dollars a month, and the figure that it follows from."""

    name: str
    dollars: float
    because: str


def bill(demand: Demand, measured: Measured = MEASURED) -> list[Line]:
    """Return the whole bill of a month, in a state where as much goes as comes."""
    return [
        *_storage(demand, measured),
        *_computing(demand, measured),
        *_database(demand, measured),
        *_network(demand, measured),
        *_rest(demand, measured),
        *_texts(demand),
    ]


def total(demand: Demand, measured: Measured = MEASURED) -> float:
    """Return the sum, in dollars a month."""
    return sum(line.dollars for line in bill(demand, measured))


def worker_cpus(demand: Demand, measured: Measured = MEASURED) -> float:
    """Return how many virtual processors the pipeline keeps busy, on average over a day."""
    minute = (
        1 - demand.recoded
    ) * measured.played_cpu_seconds_a_minute + demand.recoded * measured.recoded_cpu_seconds_a_minute
    return demand.clips_a_day * demand.minutes_a_clip * minute / 86_400


def door_cpus(demand: Demand, measured: Measured = MEASURED) -> float:
    """Return how many virtual processors the public door is planned with, for the busiest hour."""
    mean = (
        demand.in_gb_a_day * measured.door_cpu_seconds_a_gb
        + demand.tips_a_day * measured.door_cpu_seconds_a_tip
    ) / 86_400
    return max(_ZONES * 1.0, mean * demand.peak / _BUSY)


def database_cpus(demand: Demand, measured: Measured = MEASURED) -> float:
    """Return how many processors Postgres is planned with, for the busiest hour."""
    return demand.tips_a_second * demand.with_clip * measured.postgres_cpu_seconds_a_clip / _BUSY


def database(demand: Demand, measured: Measured = MEASURED) -> tuple[str, int, float]:
    """Return the smallest class that bears the busiest hour; the largest where none does."""
    needed = database_cpus(demand, measured)
    return next((one for one in prices.RDS_MULTI_AZ if one[1] >= needed), prices.RDS_MULTI_AZ[-1])


def database_gb(demand: Demand, measured: Measured = MEASURED) -> float:
    """Return what the database holds, in GB."""
    clip = measured.postgres_bytes_a_clip + demand.minutes_a_clip * measured.print_bytes_a_minute
    return demand.clips_a_day * demand.kept_days * clip / 2**30


def _storage(demand: Demand, measured: Measured) -> list[Line]:
    fresh_days = min(demand.kept_days, _SELDOM_AFTER_DAYS)
    cold_days = (1 - demand.attached) * _cold(demand.retention_days) + demand.attached * _cold(
        demand.attached_days
    )
    fresh = demand.in_gb_a_day * fresh_days
    cold = demand.in_gb_a_day * cold_days
    copies = demand.in_gb_a_day * measured.copies_share * demand.kept_days
    kept = fresh + copies
    clips = demand.clips_a_day * DAYS
    moves = clips if cold else 0.0
    pieces = math.ceil(demand.clip_gb * 2**30 / measured.piece_bytes) * clips
    writes = clips * measured.objects_a_clip + pieces
    reads = clips * (measured.objects_a_clip + demand.watched * 30) + pieces
    return [
        Line("S3: originals and copies, Standard", tiered(kept, prices.S3_STANDARD), f"{kept:,.0f} GB"),
        Line("S3: originals after 30 days, Infrequent Access", cold * prices.S3_SELDOM, f"{cold:,.0f} GB"),
        Line(
            "S3: requests and moves",
            writes * prices.S3_WRITE + reads * prices.S3_READ + moves * prices.S3_MOVE_SELDOM,
            f"{writes / 1e6:,.1f} million writes, {pieces / 1e6:,.1f} of them pieces of uploads",
        ),
    ]  # fmt: skip


def _cold(days: float) -> float:
    """Days in the colder class that are paid for: whoever leaves it early pays for its least time."""
    return max(days - _SELDOM_AFTER_DAYS, prices.S3_SELDOM_DAYS) if days > _SELDOM_AFTER_DAYS else 0.0


def _computing(demand: Demand, measured: Measured) -> list[Line]:
    busy, doors = worker_cpus(demand, measured), door_cpus(demand, measured)
    # One worker's machine always stands ready; what comes on top is spot, by the age of the oldest job.
    machine_bears = prices.MACHINE_CPUS * _BUSY
    spot = max(0.0, busy - machine_bears) / machine_bears
    disks = (1 + spot) * _MACHINE_DISK_GB * prices.EBS_GP3_GB
    machines = (1 + spot * prices.MACHINE_SPOT) * prices.MACHINE_HOUR * HOURS + disks
    door_hour = prices.FARGATE_CPU_HOUR + _DOOR_GB * prices.FARGATE_GB_HOUR
    disk = max(_ZONES, math.ceil(doors / 2)) * _DOOR_DISK_GB * prices.FARGATE_DISK_GB_HOUR
    others = 2 * _ZONES * 0.5 + 0.5 + 0.1  # the last: the list of deletions, a minute or two of every five
    kept_busy = f"{busy:,.1f} processors busy on average; {prices.MACHINE}, spot but for one"
    return [
        Line("EC2: workers", machines, kept_busy),
        Line("Fargate: public doors", (doors * door_hour + disk) * HOURS, f"{doors:,.1f} processors"),
        Line("Fargate: console, texts, deletion", others * door_hour * HOURS, f"{others:.1f} processors"),
    ]  # fmt: skip


def _database(demand: Demand, measured: Measured) -> list[Line]:
    name, cores, hour = database(demand, measured)
    size = max(20.0, 1.3 * database_gb(demand, measured))
    return [
        Line(
            "RDS: Postgres in two zones",
            hour * HOURS,
            f"{name}, {cores} processors; planned with {database_cpus(demand, measured):,.1f}",
        ),
        Line(
            "RDS: storage and backups",
            size * (prices.RDS_GP3_GB + prices.RDS_BACKUP_GB),
            f"{size:,.0f} GB, most of it fingerprints",
        ),
    ]


def _network(demand: Demand, measured: Measured) -> list[Line]:
    out = demand.clips_a_day * DAYS * demand.watched * demand.clip_gb * measured.copies_share
    through = demand.in_gb_a_day * DAYS + out
    lcu = through / HOURS  # one for a GB in an hour: of LCU's four measures the largest here
    inside = demand.clips_a_day * DAYS * measured.log_bytes_a_clip / 2**30
    return [
        Line("ALB", (2 * prices.ALB_HOUR + lcu * prices.ALB_LCU_HOUR) * HOURS, f"{lcu:,.1f} LCU on average"),
        Line("Egress: what staff watch", tiered(out, prices.EGRESS), f"{out:,.0f} GB"),
        Line(
            "NAT and endpoints",
            _ZONES * (prices.NAT_HOUR + _ENDPOINTS * prices.ENDPOINT_HOUR) * HOURS
            + inside * (prices.NAT_GB + prices.ENDPOINT_GB),
            "S3 by its gateway; nothing large passes here",
        ),
    ]


def _rest(demand: Demand, measured: Measured) -> list[Line]:
    clips = demand.clips_a_day * DAYS
    logs = clips * measured.log_bytes_a_clip / 2**30
    requests = clips * measured.requests_a_clip
    # With bucket keys one request to KMS serves many objects; a hundredth is left.
    keyed = clips * measured.objects_a_clip / 100
    return [
        Line(
            "CloudWatch",
            logs * (prices.LOGS_GB + prices.LOGS_KEPT_GB * _LOG_DAYS / 30)
            + _ALARMS * prices.ALARM
            + _METRICS * prices.METRIC,
            f"{logs:,.1f} GB of logs",
        ),
        Line(
            "KMS and secrets",
            _KEYS * prices.KMS_KEY + keyed * prices.KMS_REQUEST + _SECRETS * prices.SECRET,
            f"{_KEYS} keys, {_SECRETS} secrets",
        ),
        Line(
            "WAF",
            prices.WAF_LIST + _WAF_RULES * prices.WAF_RULE + requests * prices.WAF_REQUEST,
            f"{requests / 1e6:,.1f} million requests",
        ),
    ]


def _texts(demand: Demand) -> list[Line]:
    texts = demand.tips_a_day * demand.texted * DAYS
    fixed = prices.SMS_NUMBER + prices.SMS_CAMPAIGN if demand.texted else 0.0
    each = prices.SMS_IN + 2 * prices.SMS_OUT + 0.3 * prices.MMS_IN
    return [Line("Twilio", fixed + texts * each, f"{texts:,.0f} tips by text, two answers each")]
