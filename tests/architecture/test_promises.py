"""What the city promised, looked for in what we depend on: no face is recognized, no body is measured."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Libraries, models and services that recognize people, and the words their names are made of.
BIOMETRIC = re.compile(
    r"face|facial|biometr|insightface|deepface|dlib|mediapipe|retinaface|arcface|mtcnn|facenet|openface"
    r"|rekognition|gait|iris[-_]?rec|fingerprint[-_]?rec|voiceprint|speaker[-_]?(id|rec|verif)|resemblyzer"
    r"|pyannote|speechbrain|kairos|clearview|amazon-rekognition|azure-cognitiveservices-vision",
    re.IGNORECASE,
)
# Words that hold one of those by accident, each looked at by a person.
INNOCENT = {"interface", "typeface", "surface"}


def locked_python_packages() -> set[str]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    return {package["name"] for package in lock["package"]}


def locked_node_packages() -> set[str]:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    return {name.removeprefix("node_modules/") for name in lock["packages"] if name}


def biometric(name: str) -> bool:
    plain = name
    for word in INNOCENT:
        plain = plain.replace(word, "")
    return bool(BIOMETRIC.search(plain))


def test_the_search_finds_what_it_is_for() -> None:
    assert all(biometric(name) for name in ("face-recognition", "deepface", "@vladmandic/face-api", "dlib"))
    assert not biometric("@types/interface-thing")


def test_no_dependency_recognizes_people() -> None:
    packages = locked_python_packages() | locked_node_packages()
    assert len(packages) > 50
    assert {name for name in packages if biometric(name)} == set()


def test_no_column_keeps_what_identifies_a_tipster() -> None:
    """No address, agent, number or biometric column, in any migration."""
    forbidden = re.compile(
        r"^\s+\w*(ip_?addr|remote_addr|user_?agent|referer|phone|face|biometric|voiceprint|file_?name)\w*\s",
        re.IGNORECASE | re.MULTILINE,
    )
    for migration in sorted((ROOT / "evidence/db/migrations").glob("*.sql")):
        assert forbidden.findall(migration.read_text()) == [], migration.name
