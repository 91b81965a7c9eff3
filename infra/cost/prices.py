"""AWS's and Twilio's list prices, as they are believed to be: to be checked before anybody relies on them.

Source: the public price lists for us-east-1 (Northern Virginia), on demand, from memory, on the day below.
Nobody who wrote this could reach AWS. No discount, no free tier, no tax, no support plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BELIEVED_ON = "2026-11-26"
REGION = "us-east-1"
HOURS = 730.0
"""Of a month, as AWS reckons."""
DAYS = HOURS / 24


@dataclass(frozen=True)
class Tier:
    """A price for what is below a limit and above the tier before, in units a month."""

    until: float
    dollars: float


# Amazon S3: GB-months, requests, moves. A GB is 2^30 bytes in S3's bills.
S3_STANDARD: Sequence[Tier] = (Tier(50_000, 0.023), Tier(500_000, 0.022), Tier(float("inf"), 0.021))
S3_SELDOM = 0.0125
"""Standard, Infrequent Access; what goes before 30 days pays for them."""
S3_SELDOM_DAYS = 30
S3_WRITE = 0.005 / 1000
S3_READ = 0.0004 / 1000
S3_MOVE_SELDOM = 0.01 / 1000

# Fargate, Linux on x86 (the ffmpeg wheel is for it).
FARGATE_CPU_HOUR = 0.04048
FARGATE_GB_HOUR = 0.004445
FARGATE_DISK_GB_HOUR = 0.000111
"""Above the 20 GB that each task has."""

# EC2: one worker's machine, Linux on demand, and its disk; spot moves, and is less than half of it.
MACHINE, MACHINE_CPUS, MACHINE_HOUR = "m7i.xlarge", 4, 0.2016
MACHINE_SPOT = 0.4
EBS_GP3_GB = 0.08

# RDS for PostgreSQL in two zones: class, processors, dollars an hour.
RDS_MULTI_AZ: Sequence[tuple[str, int, float]] = (
    ("db.t4g.medium", 2, 0.129),
    ("db.m7g.large", 2, 0.337),
    ("db.m7g.xlarge", 4, 0.674),
    ("db.m7g.2xlarge", 8, 1.348),
    ("db.m7g.4xlarge", 16, 2.696),
    ("db.m7g.8xlarge", 32, 5.392),
    ("db.m7g.16xlarge", 64, 10.784),
)
RDS_GP3_GB = 0.23
RDS_BACKUP_GB = 0.095

ALB_HOUR, ALB_LCU_HOUR = 0.0225, 0.008
NAT_HOUR, NAT_GB = 0.045, 0.045
ENDPOINT_HOUR, ENDPOINT_GB = 0.01, 0.01
"""An interface endpoint in one zone. S3's gateway costs nothing."""
EGRESS: Sequence[Tier] = (
    Tier(10_240, 0.09), Tier(51_200, 0.085), Tier(153_600, 0.07), Tier(float("inf"), 0.05),
)  # fmt: skip
LOGS_GB, LOGS_KEPT_GB = 0.50, 0.03
ALARM, METRIC = 0.10, 0.30
KMS_KEY, KMS_REQUEST = 1.0, 0.03 / 10_000
WAF_LIST, WAF_RULE, WAF_REQUEST = 5.0, 1.0, 0.60 / 1_000_000
SECRET = 0.40

# Twilio, a number with ten digits in the United States; carriers' fees included.
SMS_NUMBER, SMS_CAMPAIGN = 1.15, 10.0
SMS_IN, SMS_OUT, MMS_IN = 0.0083 + 0.003, 0.0083 + 0.0035, 0.0165 + 0.005


def tiered(units: float, tiers: Sequence[Tier]) -> float:
    """Return what so many units cost, each at the price of its tier."""
    dollars, below = 0.0, 0.0
    for tier in tiers:
        dollars += max(0.0, min(units, tier.until) - below) * tier.dollars
        below = tier.until
    return dollars
