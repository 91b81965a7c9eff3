"""Migrations are plain SQL, forward only, in one line from empty to head, and frozen once they landed."""

import hashlib
from pathlib import Path

MIGRATIONS = sorted((Path(__file__).parents[2] / "evidence/db/migrations").glob("*.sql"))

# A database somewhere has these applied, and is never asked again: what they lack, a new migration adds.
FROZEN = {
    "20261122000001_ledger.sql": "4db7cff26eff83cfe0f1e9df28bda1f1c94d827534e325b80de5071f92fed6ce",
    "20261122000002_tips.sql": "8c5ee3d7d488c59fc3d468e00e1a582c445229d8b9ef1e87f9fd86f920d58483",
    "20261122000003_media.sql": "43599e91c79b6e07ea70a634dc24d637321b8900fd56d4882182e2512b8b795d",
    "20261122000004_reviewers.sql": "9df8e80d03b8a5486aae83824ce385d5b2a3767cbd1d229d6865ff3fd0f8cf79",
    "20261122000005_cases.sql": "16f1b19a997d9996b770aff2d0482944ab593d6da874e9efd909bab6522fd1c0",
    "20261122000006_intake_door.sql": "aa9166f9ddc4b7ab340d14b965be6d3b37ea97354cb639b519adb8f65e5052a9",
    "20261125000001_progress.sql": "5795caadc9ec480143162eb07de40f2b11db62b60e0778ec9b8747c9fd07ca59",
    "20261125000002_traces.sql": "55b6b3d77c04892f654d9d93ff5e8906b525d19a74f37a9ae72e3a0de6d02ccd",
    "20261125000003_echoes.sql": "2405ef8da35b35bfbb88cbb07608785ef5578027db8d503d44dd554384c6f2e4",
    "20261125000004_thread.sql": "79187e1bb9c1730bd2031ddcafdd3d1d71c611f3207758383d4dd656f9c67fcf",
    "20261125000005_sms.sql": "c7dfe90acb373eddfbd7f23ece5899577ce384b3b3178d022b099d40e2e33d68",
    "20261125000006_due.sql": "391c98de4457ae6ea066016e133c4160bebf15c0e085b1f359289a8ea6073400",
    "20261125000007_texted.sql": "a2b6265ecc9bc2644928930c3d2340bee2c5b035c126b769b9808b90425cf463",
    "20261126000008_purge.sql": "4f4a42b3254abb4013b6fd58b31aaaba42adbc32ccd0c6a8c89bdadbe4630e90",
    "20261126000009_texts_kept.sql": "491c914cb85b65ac2e105381fe1f0eea64da807e005acf70326680aa50ee2d5d",
    "20261126000010_lookup.sql": "35cf71e4c66131b70dd7ebe134454fd1d21e7f999079ce9c283697d966b4df18",
    "20261126000011_linked.sql": "40c1d543a3fb623fbad47df1d1e0f2a54c5591a01883f4a2375a148d8abb9807",
    "20261126000012_live.sql": "3d14e66249c5d5efabdae51f34112a5c1730cc1272f5682783035054ceec2902",
    "20261126000013_after_live.sql": "a580ec88875a9aaa3f637d3a40815e658e372fc47707d3449362fd3e2c2955dd",
    "20261126000014_live_again.sql": "ff6210879dd29cae67a3348295b7b028fbbfba7be69957abdfb8273be22439ae",
    "20261126000016_deleted_again.sql": "0337c2b58ebe7511c783f8e8bf612720cb9b422dba976754ddb6c4000b9a9d46",
    "20261126000017_doctor.sql": "f098e77cf6bb48c837bd5438b17641df65854c0b7748a067bf7a36a460595a99",
    "20261126000018_lane_index.sql": "6e0a92a1a16bd805267e7ef54dec86b37e9f75d9ab15550020c120a24c2fd09f",
    "20261126000019_lanes.sql": "77900b6404424f968b1eaed3a09f5bccf1c5454f205220ba8f90c502cabe2708",
    "20261126000020_texts_and_keys.sql": "a27539758b51ee8d2c7bc99536440de88067226df338029326df8056d814112a",
}


def test_what_landed_never_changes() -> None:
    landed = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in MIGRATIONS if file.name in FROZEN
    }
    assert landed == FROZEN


def test_versions_are_unique_and_in_one_line() -> None:
    versions = [file.name.split("_")[0] for file in MIGRATIONS]
    assert versions == sorted(set(versions))
    assert all(len(version) == 14 and version.isdigit() for version in versions)


def test_each_hands_its_objects_to_the_owner_and_none_goes_back() -> None:
    for file in MIGRATIONS:
        text = file.read_text()
        # What runs beside the doors is one statement alone: an index, which its table's owner gets anyhow.
        if "transaction:false" not in text:
            assert "SET ROLE tipline_owner;" in text, file.name
            assert text.index("RESET ROLE;") > text.index("SET ROLE tipline_owner;"), file.name
        assert text.split("-- migrate:down")[1].strip() == "", f"{file.name} must not go back"


def test_definer_functions_fix_their_search_path() -> None:
    for file in MIGRATIONS:
        for line in file.read_text().splitlines():
            if "SECURITY DEFINER" in line:
                assert "SET search_path = public, pg_temp" in line, file.name
