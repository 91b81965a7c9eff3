"""A town to look at: tips with words and pictures, made by the kernel's own functions, each as its login."""

import hashlib
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import imageio_ffmpeg
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from PIL import Image, ImageDraw, ImageFilter

from evidence import media, tips
from evidence.db.connect import Connection
from evidence.echoes import Look, Origin, Prints, write_down
from evidence.echoes.lookup import Likeness
from evidence.echoes.pictures import SamePictures
from evidence.echoes.sound import SameSound
from evidence.media.door import finish_upload, open_upload
from evidence.media.lease import release
from evidence.media.media import DerivativeKind, MediaKind, Stage
from evidence.media.progress import Made
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from evidence.seal import public_key_of, seal_to
from evidence.storage.original import Original
from evidence.storage.store import Store
from evidence.thread import Receipt, StaffKeys, TipText, read_for_citizen, reply, write_with_words
from evidence.thread.message import newest_sequence
from evidence.tips.door import TipKeys, mailbox, open_tip, withdraw
from tests.conftest import Database

SECONDS = 4
SIZE = (1280, 720)
PICTURE = {"width": 1280, "height": 720, "rotation": 0}


def street(seed: int) -> Image.Image:
    """A street at night, drawn: different for each seed."""
    draw_from = Random(seed)
    width, height = SIZE
    sky = Image.linear_gradient("L").resize(SIZE)
    hue = draw_from.choice([(38, 58, 96), (70, 48, 40), (28, 66, 74), (58, 44, 84)])
    picture = Image.merge("RGB", [sky.point(lambda v, c=c: int(c * (0.25 + v / 255))) for c in hue])
    draw = ImageDraw.Draw(picture)
    x = 0
    while x < width:
        breadth, tall = draw_from.randint(90, 220), draw_from.randint(220, 480)
        draw.rectangle((x, height - 180 - tall, x + breadth, height - 180), fill=(16, 20, 28))
        for row in range(height - 160 - tall, height - 220, 42):
            for column in range(x + 14, x + breadth - 20, 34):
                if draw_from.random() < 0.35:
                    draw.rectangle((column, row, column + 14, row + 22), fill=(222, 186, 112))
        x += breadth + draw_from.randint(0, 30)
    draw.rectangle((0, height - 180, width, height), fill=(30, 32, 38))
    for start in range(0, width, 140):
        draw.rectangle((start, height - 92, start + 70, height - 86), fill=(190, 180, 130))
    for _ in range(draw_from.randint(2, 5)):
        at, low = draw_from.randint(80, width - 200), height - draw_from.randint(60, 150)
        draw.rounded_rectangle(
            (at, low - 44, at + 150, low),
            16,
            fill=draw_from.choice([(96, 30, 30), (40, 60, 90), (80, 80, 84)]),
        )
        draw.ellipse((at + 138, low - 26, at + 156, low - 10), fill=(255, 240, 190))
    return picture.filter(ImageFilter.GaussianBlur(1.2))


@cache
def film(root: Path, seed: int) -> Path:
    """A clip a browser plays: the drawn street, slowly panned; H.264 in a faststart MP4."""
    still, clip = root / f"street-{seed}.png", root / f"street-{seed}.mp4"
    street(seed).save(still)
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-loop", "1", "-i", str(still),
            "-vf", "scale=1344:756,crop=1280:720:x='16+16*sin(t)':y=18,fps=24", "-t", str(SECONDS),
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", str(clip),
        ],
        check=True,
    )  # fmt: skip
    return clip


@dataclass
class Town:
    """Doors into one database and one store."""

    database: Database
    store: Store
    root: Path
    agency_key: bytes = field(default_factory=lambda: bytes(PrivateKey.generate()))
    thread_key: bytes = field(default_factory=lambda: bytes(SigningKey.generate()))

    def link(self, name: str, role: str) -> str:
        """A sign-in link's token, minted as the operator does."""
        with self.database.as_role("operator") as conn:
            return mint_link(conn, name, role)

    def person(self, name: str, role: str) -> Reviewer:
        """Somebody on the staff."""
        self.link(name, role)
        with self.database.as_role("console") as conn:
            found = named(conn, name)
        assert found
        return found

    def tip(
        self, what: str = "", where: str = "", when: str = "", contact: str = "", language: str = "en"
    ) -> UUID:
        """A tip comes in over the web; its id."""
        with self.database.as_role("intake") as conn:
            opened = open_tip(
                conn,
                TipText(what=what, where=where, when=when, contact=contact),
                channel="web",
                language=language,
                agency_public_key=public_key_of(self.agency_key),
                uploads_until=datetime.now(UTC) + timedelta(hours=1),
                keys=TipKeys.new(),
            )
            self._tokens[opened.id] = opened.token
            self.receipts[opened.id] = opened.receipt
        return opened.id

    receipts: dict[UUID, Receipt] = field(default_factory=dict)

    def writes(self, tip_id: UUID, text: str) -> None:
        """The citizen comes back with the words, and writes."""
        with self.database.as_role("intake") as conn:
            write_with_words(
                conn,
                self.receipts[tip_id],
                text,
                agency_public_key=public_key_of(self.agency_key),
                once=secrets.token_bytes(32),
            )

    def reads(self, tip_id: UUID) -> list[str]:
        """The citizen opens the thread; what staff wrote."""
        receipt = self.receipts[tip_id]
        with self.database.as_role("intake") as conn:
            box = mailbox(conn, receipt.lookup)
        assert box
        return [
            read_for_citizen(envelope.sealed_citizen, receipt.private_key).what
            for envelope in box.messages
            if envelope.author == "staff" and envelope.sealed_citizen
        ]

    def withdraws(self, tip_id: UUID) -> None:
        """The citizen takes the tip back."""
        with self.database.as_role("intake") as conn:
            assert withdraw(conn, self.receipts[tip_id])

    def replies(self, tip_id: UUID, text: str, by: Reviewer) -> None:
        """Somebody on the staff writes."""
        keys = StaffKeys(self.agency_key, self.thread_key)
        with self.database.as_role("console") as conn:
            seen = newest_sequence(conn, tip_id)
            reply(conn, tip_id, text, actor=by.actor, keys=keys, once=secrets.token_bytes(32), seen=seen)

    _tokens: dict[UUID, bytes] = field(default_factory=dict)

    def token(self, tip_id: UUID) -> bytes:
        """What binds uploads, and broadcasts, to a tip."""
        return self._tokens[tip_id]

    def receive(self, tip_id: UUID, name: str, content: bytes) -> UUID:
        """A file of a tip is received in full; the media's id."""
        upload_id, leaf = uuid4(), hashlib.sha256(content).digest()
        sealed_name = seal_to(public_key_of(self.agency_key), f'{{"name": "{name}", "type": ""}}'.encode())
        with self.database.as_role("intake") as conn:
            token = self._tokens[tip_id]
            open_upload(
                conn, upload_id, token=token, max_files=25, expires_at=datetime.now(UTC) + timedelta(hours=1)
            )
            return finish_upload(
                conn,
                upload_id,
                size=len(content),
                leaves_sha256=hashlib.sha256(leaf).digest(),
                sealed_name=sealed_name,
            )

    def seal(self, media_id: UUID, content: bytes) -> None:
        """The pipeline's first stage: the original goes under lock."""
        path = self.root / f"original-{media_id}"
        path.write_bytes(content)
        digest, until = hashlib.sha256(content).digest(), datetime.now(UTC) + timedelta(days=1)
        stored = self.store.put_original(
            str(media_id), Original(path, len(content), digest, until, "GOVERNANCE")
        )

        def work(conn: Connection, lease: media.Lease) -> None:
            media.mark_sealed(
                conn, lease, sha256=digest, size=len(content), stored=stored, retain_until=until
            )
            media.finish_stage(conn, lease, "inspect")

        self.stage(media_id, "seal", work)

    def inspect(self, media_id: UUID, kind: MediaKind, mime: str, facts: dict[str, object]) -> None:
        """The second stage: what the file is."""

        def work(conn: Connection, lease: media.Lease) -> None:
            media.mark_inspected(conn, lease, kind=kind, mime=mime, facts=facts)
            media.finish_stage(conn, lease, "preview")

        self.stage(media_id, "inspect", work)

    def quarantine(self, media_id: UUID, code: str, sentence: str) -> None:
        """The second stage finds that this is no media."""
        self.stage(media_id, "inspect", lambda conn, lease: media.set_aside(conn, lease, code, sentence))

    def derive(
        self,
        media_id: UUID,
        stage: Stage,
        next_stage: Stage,
        kind: DerivativeKind,
        path: Path,
        mime: str,
        **facts: object,
    ) -> UUID:
        """A later stage makes one derivative; its id."""
        recipe = "test quick" if facts.get("quick") else "test v1"
        content, key = path.read_bytes(), f"{media_id}/{kind}/{recipe}"
        digest = hashlib.sha256(content).digest()
        stored = self.store.put_derivative(key, path, digest, mime)
        made: list[UUID] = []

        def work(conn: Connection, lease: media.Lease) -> None:
            record = Made(
                kind=kind, recipe=recipe, input_sha256=bytes(32), sha256=digest, size=len(content),
                mime=mime, stored=stored, facts=facts, command="made for a test",
            )  # fmt: skip
            made.append(media.add_derivative(conn, lease, record))
            media.finish_stage(conn, lease, next_stage)

        self.stage(media_id, stage, work)
        return made[0]

    def poster(self, media_id: UUID, seed: int) -> UUID:
        """The preview stage of a clip."""
        path = self.root / f"poster-{seed}.jpg"
        street(seed).resize((640, 360)).save(path, quality=80)
        return self.derive(media_id, "preview", "watch", "poster", path, "image/jpeg", width=640, height=360)

    def clip(self, tip_id: UUID, seed: int = 1, name: str = "IMG_2041.MOV") -> tuple[UUID, UUID]:
        """A clip goes through the whole pipeline; its media and its playback copy."""
        path = film(self.root, seed)
        media_id = self.receive(tip_id, name, path.read_bytes())
        self.seal(media_id, path.read_bytes())
        self.inspect(media_id, "video", "video/mp4", {"seconds": SECONDS, "picture": PICTURE})
        self.poster(media_id, seed)
        copy = self.derive(media_id, "watch", "done", "playback", path, "video/mp4", seconds=SECONDS)
        return media_id, copy

    def photo(self, tip_id: UUID, seed: int = 2) -> tuple[UUID, UUID]:
        """A photo goes through the whole pipeline; its media and its stripped copy."""
        path = self.root / f"photo-{seed}.jpg"
        street(seed).save(path, quality=85)
        media_id = self.receive(tip_id, "20261122_2210.jpg", path.read_bytes())
        self.seal(media_id, path.read_bytes())
        self.inspect(media_id, "photo", "image/jpeg", {"seconds": None, "picture": PICTURE})
        self.poster(media_id, seed)
        copy = self.derive(media_id, "watch", "done", "still", path, "image/jpeg", width=1280, height=720)
        return media_id, copy

    def alike(
        self,
        media_id: UUID,
        other: UUID,
        *,
        pictures_ms: int | None = 12_000,
        mirrored: bool = False,
        sound_ms: int | None = None,
        same_file: bool = False,
    ) -> None:
        """The pipeline finds that a media holds what another's does."""
        like = Likeness(
            media_id=other,
            same_file=same_file,
            pictures=None if pictures_ms is None else SamePictures(pictures_ms, 10, 0.9, 0, 0),
            mirrored=mirrored,
            sound=None if sound_ms is None else SameSound(sound_ms, 0.02, 0, 0),
        )
        looked = Look(Prints((), ()), 0, (like,), known=1 << 62)

        def work(conn: Connection, lease: media.Lease) -> None:
            write_down(conn, lease, looked, Origin("test v1", "none", {}))
            release(conn, lease)

        self.stage(media_id, "done", work)

    def close(self, tip_id: UUID, reason: str, by: Reviewer, note: str = "") -> None:
        """Somebody closes a tip."""
        with self.database.as_role("console") as conn:
            tips.close(conn, tip_id, reason, note, by.actor)

    def stage(self, media_id: UUID, stage: Stage, work: Callable[[Connection, media.Lease], None]) -> None:
        with self.database.as_role("worker") as conn:
            lease = media.claim(conn, media_id, stage, 60)
            assert lease
            work(conn, lease)

    def age(self, tip_id: UUID, **ago: float) -> None:
        """Make a tip older than it is."""
        with self.database.as_admin() as conn:
            conn.execute(
                "UPDATE tip SET received_at = received_at - %s WHERE id = %s", [timedelta(**ago), tip_id]
            )


def random_bytes(count: int) -> bytes:
    """Bytes that compress to nothing and repeat nowhere."""
    return secrets.token_bytes(count)
