//! What holds on both databases. Each test gets a database of its own.

pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod drafts;
pub(crate) mod keys;
pub(crate) mod killed;
pub(crate) mod ledger;
pub(crate) mod revisions;
pub(crate) mod secrets;
pub(crate) mod tokens;
mod world;

pub(crate) use world::*;

/// Makes a test of every claim, each with a new world. A claim that is not listed is unused, which does not compile.
macro_rules! claims {
    ($world:ident) => {
        suite::claims! { $world;
            revisions {
                the_same_content_is_the_same_revision
                a_changed_secret_is_another_revision
                a_revision_is_read_as_it_was_written
                a_text_changed_in_the_database_is_an_error
                an_unknown_revision_is_told
                ten_thousand_revisions_are_paged_by_the_index
                a_text_with_a_nul_is_refused_by_both_databases
            }
            ledger {
                a_publication_goes_from_staged_to_live_and_is_superseded
                a_failed_publication_changes_nothing
                a_stale_base_is_a_conflict_with_both_sides
                a_second_publisher_waits_for_the_first
                of_two_publishers_at_once_one_wins
                a_settled_publication_cannot_be_settled_again
                what_a_process_left_staged_is_failed_when_it_starts_again
                what_another_process_left_staged_is_failed_after_its_lease
                a_clock_that_goes_back_blocks_no_publication
                a_rollback_is_a_publication_of_an_older_revision
                the_database_itself_refuses_a_second_live_publication
            }
            drafts {
                a_draft_is_saved_on_top_of_its_version_only
                a_discarded_draft_is_gone
                a_draft_needs_a_title
            }
            audit {
                every_write_leaves_its_row
                an_edited_row_is_named
                a_removed_row_is_named
                swapped_rows_are_named
                a_row_cut_off_at_the_end_is_missed
                a_removed_row_hidden_by_renumbering_is_noticed
                an_unreadable_row_counts_as_edited
                a_chain_longer_than_a_page_is_checked_to_its_end
                rows_are_filtered_and_paged
                order_is_by_number_when_the_clock_goes_back
            }
            keys {
                a_key_is_created_changed_rotated_and_revoked
                a_change_on_top_of_an_old_version_is_refused
                names_are_unique_until_revoked
                a_rotation_without_grace_ends_the_old_secret_at_once
                a_key_of_the_process_keeps_its_policy_when_its_text_changes
                limits_that_are_no_object_are_refused
            }
            tokens {
                a_token_is_found_by_its_hash_until_it_ends
                a_token_of_the_process_is_replaced_when_it_changes
                a_session_ends_by_time_by_logout_and_with_its_token
                logins_are_throttled_and_forgiven
                sources_of_failed_logins_are_bounded
            }
            secrets {
                a_sealed_value_comes_back_and_no_column_holds_it
                another_master_key_opens_nothing
                rotating_the_master_key_keeps_values_and_shared_keys
                a_value_moved_to_another_name_does_not_open
                shared_keys_are_the_same_in_every_process
                values_and_names_have_limits
            }
            changes {
                a_change_is_seen_in_the_same_process_at_once
                another_process_sees_a_change
                a_rolled_back_write_tells_nobody
                a_newer_schema_is_refused
                a_newer_schema_that_old_programs_can_use_is_opened
                stores_opened_at_once_make_one_schema
            }
            killed {
                an_undisturbed_publication_ends_live
                a_process_killed_at_any_step_leaves_the_old_or_the_new_one_live
            }
        }
    };
    ($world:ident; $($group:ident { $($claim:ident)* })*) => {
        $(mod $group {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $claim() {
                    crate::suite::$group::$claim(&crate::$world().await).await;
                }
            )*
        })*
    };
}
pub(crate) use claims;
