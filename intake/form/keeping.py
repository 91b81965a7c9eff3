"""One file of a form, streamed into the spool as an upload of its own."""

from collections.abc import AsyncIterator
from contextlib import closing

from evidence.spool import Taken, Upload, UploadSecret
from intake.door import Door
from intake.form.filled import FormFile
from intake.uploads import arrival
from intake.uploads.growing import Growing
from intake.uploads.sizes import require_room
from intake.wire.multipart import BrokenForm, PartData, PartEnds, PartEvent


async def keep_file(door: Door, events: AsyncIterator[PartEvent], filename: str, media_type: str) -> FormFile:
    """Read one file to its end and put it on the disk; where that fails, nothing of it is left.

    Raises `TooLarge`, `BrokenForm`, `DiskFull`, or what interrupted the body.
    """
    upload = Upload.new(
        UploadSecret.new(),
        length=None,
        lifetime=door.settings.upload_lifetime,
        sealed_name=arrival.seal_name(door.settings.agency_public_key, filename, media_type),
        metadata="",
    )
    await door.threads.on_disk(door.spool.create, upload)
    try:
        taken = await door.threads.on_disk(door.spool.take, upload.id)
        size = await _stream(door, events, taken)
        await door.threads.on_disk(door.spool.declare_length, taken, size)
        leaves_sha256 = await door.threads.on_disk(door.spool.complete, upload.id, size)
        standing = await door.threads.on_disk(door.spool.look, upload.id)
    except BaseException:
        await door.threads.on_disk(door.spool.remove, upload.id)
        raise
    return FormFile(filename, standing, leaves_sha256)


async def _stream(door: Door, events: AsyncIterator[PartEvent], taken: Taken) -> int:
    with closing(Growing(door.spool, taken, door.threads)) as growing:
        async for event in events:
            if isinstance(event, PartEnds):
                await growing.settle_leaves()
                return growing.position
            if isinstance(event, PartData):
                require_room(growing.position + len(event.piece), door.settings.max_file_bytes)
                behind = growing.write(event.piece)
                if behind is not None:
                    await behind
    raise BrokenForm
