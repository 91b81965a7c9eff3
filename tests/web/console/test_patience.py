"""Slow and oversized bodies: they cost their senders time, and nobody else."""

import socket

import httpx

from tests.web.console.conftest import Running
from web.console.patience import LARGEST_BODY, Patient


def begin_post(running: Running) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", running.settings.port), timeout=10)
    line.sendall(
        f"POST /signin HTTP/1.1\r\nHost: localhost\r\nOrigin: {running.settings.origin}\r\n"
        "Content-Length: 1000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ntoken=".encode()
    )
    return line


def test_slow_strangers_do_not_use_up_the_page_threads(running: Running) -> None:
    lines = [begin_post(running) for _ in range(30)]
    try:
        assert running.client().get("/signin", timeout=5).status_code == 200
    finally:
        for line in lines:
            line.close()


def test_a_body_that_does_not_come_is_not_waited_for(running: Running) -> None:
    pages = running.console.pages
    assert isinstance(pages, Patient)
    object.__setattr__(running.console, "pages", Patient(pages.pages, seconds=0.05))
    with begin_post(running) as line:
        answer = line.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too_slow" in answer


def test_a_body_is_small(running: Running) -> None:
    answer = running.client().post("/signin", content=b"x" * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_who_leaves_in_the_middle_leaves_the_console_well(running: Running) -> None:
    begin_post(running).close()
    assert httpx.get(f"{running.settings.origin}/healthz", verify=False).status_code == 200
