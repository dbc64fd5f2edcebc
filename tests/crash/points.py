"""The fault points by the part of the write path that they are in, and which test kills a process at them."""

from __future__ import annotations

RECORDS = frozenset({"records.before_rows", "records.after_rows", "records.after_audit", "records.after_events",
                     "records.after_derived", "records.after_hooks"})  # fmt: skip
WORK = frozenset({"work.before_finishers", "work.before_commit"})
STORE = frozenset({"store.before_commit", "store.after_commit"})
TIMELINE = frozenset({"timeline.before_post", "timeline.after_decisions", "timeline.after_state"})
LEDGER = frozenset({"ledger.after_lots", "ledger.after_movements", "ledger.after_entries"})
IMPORT = ("import.chunk_read", "import.chunk_written", "import.file_read", "import.documents_ready",
          "import.documents_written", "import.portion_written", "import.settled")  # fmt: skip
PACKAGES = ("packages.after_lock", "packages.after_ddl", "packages.before_head", "packages.after_head",
            "packages.before_commit")  # fmt: skip
ELSEWHERE = {
    "approvals.after_save": "crash/test_races_of_approvals.py",
    "approvals.before_save": "crash/test_races_of_approvals.py",
    "export.portion": "api/test_exports_api.py",
    "export.written": "api/test_exports_api.py",
    "files.after_content": "api/test_files_api.py",
    "files.before_row": "api/test_files_api.py",
    "files.after_rows": "api/test_files_api.py",
    "formulas.after_page": "engine/test_filling.py",
    "import.undone_portion": "api/test_import_files_api.py",
    "messages.after_claim": "crash/test_killed_deliveries.py",
    "messages.after_delivery": "crash/test_killed_deliveries.py",
    "messages.after_settle": "crash/test_killed_deliveries.py",
    "schedules.after_fired": "flows/test_schedule_kills.py",
    "schedules.after_plans": "flows/test_schedule_kills.py",
    "schedules.after_slot": "flows/test_schedule_kills.py",
    "schedules.after_spread": "flows/test_schedule_kills.py",
    "rollups.after_owners": "engine/test_filling.py",
    "rollups.after_rebuild": "engine/test_filling.py",
    "outside.after_call": "engine/test_circuits_and_secrets.py",
}
"""Points outside the write path, with the test that ends a process' work there."""
