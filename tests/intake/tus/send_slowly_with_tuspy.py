"""Sends FILE to ENDPOINT with tuspy, in one piece over a slow line.

It prints the upload's address, the status of the answer that comes before all is sent, and where it goes on.
"""

import socket
import sys

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from urllib3.connection import HTTPConnection

SO_MAX_PACING_RATE = 47  # socket(7); Python has no name for it
SLOW = (socket.SOL_SOCKET, SO_MAX_PACING_RATE, 2_000_000)


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


endpoint, file = sys.argv[1:]
uploader = TusClient(endpoint).uploader(file, chunk_size=2**31)
uploader.set_url(uploader.create_url())
say(uploader.url)
HTTPConnection.default_socket_options.append(SLOW)
try:
    uploader.upload_chunk()
except TusCommunicationError as error:
    say(error.status_code)
HTTPConnection.default_socket_options.remove(SLOW)
uploader.offset = uploader.get_offset()
say(uploader.offset)
uploader.upload()
