"""Sends FILE to ENDPOINT with tuspy, and remembers in STORE where it was: run again, it goes on."""

import sys

from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

endpoint, file, store = sys.argv[1:]
uploader = TusClient(endpoint).uploader(
    file,
    chunk_size=262144,
    retries=10,
    retry_delay=1,
    store_url=True,
    url_storage=FileStorage(store),
    metadata={"filename": "clip.mp4", "filetype": "video/mp4"},
)
while not uploader.url or uploader.offset < uploader.get_file_size():
    uploader.upload_chunk()
    sys.stdout.write(f"{uploader.offset}\n")
    sys.stdout.flush()
