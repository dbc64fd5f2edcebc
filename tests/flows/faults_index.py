"""Which tests show that a fault is survived: F01 to F40, each with its tests as file::name below tests/."""

from __future__ import annotations

FAULTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "F01": ("a server process is killed before it commits", (
        "crash/test_killed_writes.py::test_a_killed_write_is_whole_or_not_there_and_its_repetition_counts_once",)),
    "F02": ("a server process is killed after the commit, before it answers", (
        "crash/test_killed_writes.py::test_a_killed_write_is_whole_or_not_there_and_its_repetition_counts_once",)),
    "F03": ("a server process is killed after the commit, before it rings", (
        "flows/test_faults_of_redis.py::test_f03_f07_f10_f12_whatever_became_of_the_rings_each_change_has_its_run_once",
    )),
    "F04": ("a worker goes on whose run was given to another", (
        "flows/test_faults_of_workers.py::test_f04_a_worker_whose_run_was_given_to_another_cannot_write_any_more",
        "flows/test_workers.py::test_killed_workers_and_a_redis_that_forgets_lose_nothing")),
    "F05": ("a worker is killed inside a step", (
        "flows/test_fault_points.py::test_a_kill_at_every_point_is_survived",
        "flows/test_kills.py::test_hundreds_of_kills_lose_and_double_nothing")),
    "F06": ("a worker is killed between an outside call and its record", (
        "flows/test_faults_of_workers.py::"
        "test_f06_a_call_whose_end_is_unknown_is_repeated_under_its_key_and_shown_as_repeated",)),
    "F07": ("a ring is taken off the queue by a worker that dies", (
        "flows/test_faults_of_redis.py::test_f03_f07_f10_f12_whatever_became_of_the_rings_each_change_has_its_run_once",
    )),
    "F08": ("Redis is away under load", (
        "flows/test_faults_of_redis.py::test_f08_f09_f11_work_goes_on_in_order_while_redis_is_full_or_away",
        "flows/test_workers.py::test_a_missing_redis_harms_nobody")),
    "F09": ("Redis loses everything under load", (
        "flows/test_faults_of_redis.py::test_f08_f09_f11_work_goes_on_in_order_while_redis_is_full_or_away",
        "flows/test_workers.py::test_killed_workers_and_a_redis_that_forgets_lose_nothing")),
    "F10": ("old jobs come back with a restored Redis", (
        "flows/test_faults_of_redis.py::test_f03_f07_f10_f12_whatever_became_of_the_rings_each_change_has_its_run_once",
    )),
    "F11": ("Redis takes nothing more", (
        "flows/test_faults_of_redis.py::test_f08_f09_f11_work_goes_on_in_order_while_redis_is_full_or_away",)),
    "F12": ("every ring comes several times", (
        "flows/test_faults_of_redis.py::test_f03_f07_f10_f12_whatever_became_of_the_rings_each_change_has_its_run_once",
    )),
    "F13": ("the database restarts under load, fast and immediate", (
        "flows/test_faults_of_databases.py::test_f13_a_database_that_restarts_under_load_loses_and_doubles_nothing",
        "crash/test_lost_database.py::test_requests_during_a_restart_are_503_and_none_is_lost")),
    "F14": ("a line is dead and nobody is told", (
        "flows/test_faults_of_databases.py::"
        "test_f14_both_ends_of_a_connection_notice_within_half_a_minute_that_the_other_has_gone",
        "flows/test_hosts.py::test_hosts_work_side_by_side_and_one_that_is_cut_off_loses_nothing")),
    "F15": ("the database takes no more connections", (
        "flows/test_faults_of_databases.py::"
        "test_f15_too_many_connections_are_a_503_and_all_is_well_when_some_have_gone",)),
    "F16": ("the disk is full", (
        "flows/test_faults_of_databases.py::test_f16_a_full_disk_is_a_503_reads_go_on_and_nothing_needs_repair",)),
    "F17": ("a deadlock or a serialization failure at any statement", (
        "flows/test_faults_of_databases.py::test_f17_a_collision_at_any_statement_of_a_run_is_tried_again",
        "store/test_database.py::test_a_deadlock_is_tried_again_until_both_are_done")),
    "F18": ("a run kills its worker each time", (
        "flows/test_deaths.py::test_a_run_at_which_workers_die_has_failed_after_three_of_them",)),
    "F19": ("an outside call hangs", (
        "flows/test_faults_of_workers.py::"
        "test_f19_a_call_that_hangs_is_over_at_its_deadline_and_its_late_answer_is_thrown_away",)),
    "F20": ("clocks jump", (
        "flows/test_faults_of_workers.py::test_f20_leases_go_by_the_clock_of_the_database",
        "flows/test_faults_of_workers.py::test_f20_a_clock_that_goes_back_lets_no_timer_go_twice")),
    "F21": ("several workers look after a schedule, and die of it", (
        "flows/test_schedule_kills.py::test_a_slot_has_its_runs_once_whenever_its_scheduler_is_killed",)),
    "F22": ("nobody looked after a schedule for hours", (
        "flows/test_schedules.py::test_slots_that_were_missed_follow_the_policy",)),
    "F23": ("documents come late, twice, and in the wrong order", (
        "crash/test_any_arrival.py::test_any_order_gives_the_same",
        "crash/test_any_arrival.py::test_duplicates_change_nothing",
        "engine/test_any_order.py::test_random_arrival_gives_the_same_lives")),
    "F24": ("a storm of events of few and of many keys, one of them blocked", (
        "flows/test_order.py::test_f24_no_key_is_served_out_of_order_while_workers_are_killed",
        "flows/test_order.py::test_f24_twenty_thousand_events_of_two_hundred_keys_keep_their_order",
        "flows/test_order.py::test_f24_a_key_that_is_blocked_delays_no_other")),
    "F25": ("the import of a package is killed", (
        "crash/test_killed_packages.py::test_a_killed_release_is_whole_or_not_there",
        "packages/test_apply_killed.py::test_a_kill_leaves_one_whole_release_and_a_repeat_succeeds")),
    "F26": ("a change of tables fails half-way", (
        "packages/test_apply.py::test_a_failure_at_any_point_leaves_no_trace",
        "store/test_ddl.py::test_a_sync_that_fails_leaves_the_tables_alone",
        "engine/test_filling.py::test_formulas_of_a_large_table_are_a_build_that_is_taken_up_again")),
    "F27": ("two people publish at once", (
        "packages/test_apply_beside_others.py::test_of_two_who_apply_at_once_one_wins_and_the_other_is_told",
        "api/test_drafts_api.py::test_two_editors_of_one_document_lose_nothing")),
    "F28": ("a release comes while runs are under way", (
        "flows/test_releases.py::test_a_run_goes_on_by_its_own_flow_after_another_was_released",
        "flows/test_releases.py::test_a_field_that_was_removed_reads_as_blank_and_cannot_be_written",
        "packages/test_apply_beside_others.py::"
        "test_another_process_follows_the_head_although_its_statements_are_prepared")),
    "F29": ("a release is rolled back after data was written under it", (
        "packages/test_apply.py::test_rolling_back_brings_the_values_of_a_removed_field_back",)),
    "F30": ("a large import has bad rows, and is cut off", (
        "crash/test_killed_import.py::test_an_import_killed_at_random_moments_comes_to_the_same",
        "crash/test_lost_database.py::test_guilty_rows_of_an_import_stand_alone")),
    "F31": ("flows fire themselves", (
        "flows/test_control.py::test_a_flow_that_fires_itself_is_cut_at_the_limit",)),
    "F32": ("workers are told to end under load", (
        "flows/test_faults_of_redis.py::"
        "test_f32_workers_that_are_told_to_end_under_load_leave_nothing_to_be_taken_over",)),
    "F33": ("an older and a newer program work side by side", (
        "flows/test_faults_of_copies.py::test_f33_an_older_and_a_newer_program_work_beside_each_other",
        "crash/test_races_of_processes.py::test_a_release_is_published_while_records_are_written")),
    "F34": ("a backup is taken under load and restored", (
        "flows/test_faults_of_copies.py::test_f34_a_backup_taken_under_load_goes_on_as_if_its_workers_had_died",)),
    "F35": ("a file is stored and its record is not, or the reverse", (
        "api/test_files_api.py::test_a_row_that_cannot_be_written_leaves_neither_row_nor_content",
        "api/test_files_api.py::test_what_no_record_took_is_collected_after_a_day")),
    "F36": ("a receiver answers with errors, late, or not at all", (
        "flows/test_outside_steps.py::test_a_call_is_repeated_with_the_same_key_until_it_works",
        "engine/test_deliveries.py::test_a_failure_is_repeated_later_with_the_same_key",
        "engine/test_circuits_and_secrets.py::test_a_host_that_fails_is_left_alone_then_tried_by_one_call",
        "engine/test_deliveries.py::test_what_fails_for_good_is_dead_until_somebody_sends_it_again")),
    "F37": ("several decide at once, too late, or have left", (
        "crash/test_races_of_approvals.py::test_of_five_who_decide_at_once_one_wins_and_the_others_are_told",
        "crash/test_races_of_approvals.py::test_a_decision_and_the_deadline_at_once_have_one_outcome",
        "approvals/test_people.py::test_the_task_of_somebody_who_left_goes_to_his_manager")),
    "F38": ("very many timers are due at once", (
        "flows/test_faults_of_workers.py::"
        "test_f38_timers_due_at_once_go_in_order_and_share_with_what_begins_meanwhile",)),
    "F39": ("a database file is killed, or lies where it must not", (
        "flows/test_faults_of_databases.py::test_f39_a_database_file_is_kept_so_that_a_kill_cannot_break_it",)),
    "F40": ("somebody changes a row behind the platform's back", (
        "crash/test_tampering.py::test_a_changed_value_is_found",
        "engine/test_audit.py::test_a_row_that_was_tampered_with_is_found")),
}  # fmt: skip
"""What goes wrong, and the tests that make it happen."""
