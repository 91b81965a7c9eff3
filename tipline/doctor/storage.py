"""The object store: reached by each identity, its locks tried, its clock, and the last signed head."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from evidence.ledger.checkpoint import VerifyKeys, Witness, one_or_several
from evidence.settings import StoreSettings
from evidence.storage.client import s3_client
from evidence.storage.store import Store
from tipline.doctor.finding import Finding, fault, warning, well
from tipline.doctor.network import Clock, clock_agrees

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Who is known and may not, is known.
_UNKNOWN_IDENTITY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken")
_SECONDS = 10
_TRIAL = "doctor/"
_TRIAL_LOCKED = timedelta(seconds=60)


def answers(settings: StoreSettings) -> Iterable[Finding]:
    """Ask the store whatever; where it answers that, nothing is said of it yet."""
    try:
        _ask(settings)
    except ClientError:
        return
    except BotoCoreError as error:
        yield _away(error)


def reached(name: str, settings: StoreSettings) -> Iterable[Finding]:
    """Ask the store for something that is not there, as one identity."""
    try:
        _ask(settings)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code in _UNKNOWN_IDENTITY:
            yield fault(
                "store", f"The store does not know the keys of {name} ({code}).",
                "Give it the pair that the store has for it.",
            )  # fmt: skip
            return
        if code == "NoSuchBucket":
            yield fault("store", f"The bucket {settings.derivatives} is gone.", "Restore it from a backup.")
            return
    except BotoCoreError as error:
        yield _away(error)
        return
    yield well("store", f"The store answers {name}.")


def _ask(settings: StoreSettings) -> None:
    client = s3_client(settings, read_seconds=_SECONDS, attempts=1)
    client.get_object(Bucket=settings.derivatives, Key=f"{_TRIAL}nothing")


def _away(error: BotoCoreError) -> Finding:
    return fault(
        "store", f"The store does not answer ({type(error).__name__}); what is in it was not looked at.",
        "Look whether it runs (log/store.log), has room, and is reached from this machine.",
    )  # fmt: skip


def spool_forgets(settings: StoreSettings, bucket: str) -> Iterable[Finding]:
    """Look whether the hosts' bucket of uploads on their way is there, and keeps no version of what goes."""
    try:
        versions = s3_client(settings).get_bucket_versioning(Bucket=bucket).get("Status")
    except ClientError as error:
        if error.response["Error"].get("Code") == "NoSuchBucket":
            yield fault("shelf", f"The bucket {bucket} is gone.", "Start `tipline up` anew: it makes one.")
        else:
            yield warning(
                "shelf", f"These keys may not ask whether the bucket {bucket} keeps versions.",
                f"Ask as its owner: aws s3api get-bucket-versioning --bucket {bucket}",
            )  # fmt: skip
        return
    if versions:
        yield fault(
            "shelf", f"The bucket {bucket} keeps versions: uploads that are deleted stay in it.",
            "Name one yet to be made (TIPLINE_SPOOL_BUCKET), and remove this one with all its versions.",
        )  # fmt: skip
    else:
        yield well("shelf", "The bucket of uploads on their way keeps nothing of what is removed.")


def store_clock(settings: StoreSettings, clock: Clock) -> Iterable[Finding]:
    """Compare the store's clock, of which its locks are measured, with this machine's."""
    asked = clock()
    try:
        told = s3_client(settings).list_objects_v2(Bucket=settings.derivatives, MaxKeys=1)
        headers = told["ResponseMetadata"]["HTTPHeaders"]
    except ClientError as error:
        headers = error.response["ResponseMetadata"]["HTTPHeaders"]
    if "date" in headers:
        yield from clock_agrees("the store", parsedate_to_datetime(headers["date"]), asked, clock())


def locks_hold(settings: StoreSettings) -> Iterable[Finding]:
    """Lock an object for a minute, in each bucket that locks, and try to remove it.

    What an earlier trial left is removed first. Where these keys may not write, only the configuration is
    read.
    """
    client = s3_client(settings)
    for bucket in (settings.originals, settings.checkpoints):
        if not _has_lock(client, bucket):
            yield fault(
                "lock", f"The bucket {bucket} has no Object Lock: whoever has its keys can erase evidence.",
                "Object Lock is switched on when a bucket is made: name one yet to be made, and copy.",
            )  # fmt: skip
            continue
        _clear_trials(client, bucket)
        tried = _refuses_removal(client, bucket)
        if tried is None:
            yield well("lock", f"The bucket {bucket} locks, by its configuration; these keys cannot try it.")
        elif tried:
            yield well("lock", f"The bucket {bucket} refused to remove what was locked.")
        else:
            yield fault(
                "lock", f"The bucket {bucket} removed an object that was locked.",
                "Stop taking in evidence there; its store does not keep what it promises.",
            )  # fmt: skip


def _has_lock(client: "S3Client", bucket: str) -> bool:
    try:
        told = client.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"].get("Code") in ("ObjectLockConfigurationNotFoundError", "NoSuchBucket"):
            return False
        raise
    return told["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"


def _refuses_removal(client: "S3Client", bucket: str) -> bool | None:
    key = f"{_TRIAL}{secrets.token_hex(8)}"
    try:
        put = client.put_object(
            Bucket=bucket, Key=key, Body=b"a trial of the lock",
            ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=datetime.now(UTC) + _TRIAL_LOCKED,
            ChecksumAlgorithm="SHA256",
        )  # fmt: skip
    except ClientError as error:
        if error.response["Error"].get("Code") == "AccessDenied":
            return None
        raise
    try:
        client.delete_object(Bucket=bucket, Key=key, VersionId=put["VersionId"])
    except ClientError:
        return True
    return False


def _clear_trials(client: "S3Client", bucket: str) -> None:
    try:
        for one in client.list_object_versions(Bucket=bucket, Prefix=_TRIAL).get("Versions", []):
            client.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
    except ClientError as error:
        if error.response["Error"].get("Code") != "AccessDenied":  # locked still, or not ours to remove
            raise


def last_head(store: Store, verify_keys: VerifyKeys, signed: int) -> Iterable[Finding]:
    """Check the newest head in the locked bucket: whose signature it bears, and whether it is the newest.

    `signed` is the size of the last head that the database has a copy noted of, 0 for none.
    """
    key, *earlier = one_or_several(verify_keys)
    stored = list(store.checkpoint_objects("checkpoints/"))
    if not stored:
        if signed:
            yield fault("checkpoint", "The locked bucket holds no signed head.", "Run: tipline verify --all")
        else:
            yield well("checkpoint", "Nothing was signed yet.")
        return
    newest = stored[-1]
    body = b"".join(store.open_range(newest.bucket, newest.key, version=newest.version))
    head = Witness.from_bytes(body).checkpoint
    ours = head.signed_by(key)
    if not ours and not any(map(head.signed_by, earlier)):
        yield fault(
            "checkpoint", "The newest head in the locked bucket is not signed by this installation's key.",
            "Somebody else wrote it, or the key was changed: run `tipline verify --all`.",
        )  # fmt: skip
    elif head.size < signed:
        yield fault(
            "checkpoint", f"The locked bucket ends at entry {head.size}, though {signed} were copied there.",
            "Somebody removed heads: run `tipline verify --all`.",
        )  # fmt: skip
    elif not ours:
        yield warning(
            "checkpoint", f"The newest head covers {head.size} entries and is signed with a key of before.",
            "After `tipline rotate` that is right until something is entered; else: tipline verify --all",
        )  # fmt: skip
    else:
        yield well("checkpoint", f"The newest head covers {head.size} entries and bears our signature.")
