//! The promises, whatever the database.

pub(crate) mod following;
pub(crate) mod plane;
pub(crate) mod publishing;
pub(crate) mod without_store;
mod world;

pub(crate) use world::{World, document};

/// One test per promise, each with a store of its own.
macro_rules! claims {
    ($world:ident) => {
        suite::claims! { $world:
            publishing::a_publication_is_served_and_a_rollback_brings_the_old_one_back,
            publishing::of_two_publishers_one_wins_and_the_other_sees_both_sides,
            publishing::a_document_with_errors_changes_nothing_and_is_audited,
            publishing::what_the_data_plane_refuses_is_failed_and_nothing_changed,
            publishing::a_draft_is_published_at_its_version_only_and_then_gone,
            publishing::another_value_of_a_secret_is_another_revision,
            publishing::a_secret_in_use_is_not_removed,
            publishing::a_diff_says_that_a_secret_changed_and_never_its_value,
            following::three_replicas_serve_what_one_published,
            following::a_replica_that_cannot_serve_what_is_live_keeps_the_old_and_says_so,
            following::keys_made_on_one_replica_are_known_on_the_others,
            following::starts_at_the_same_time_agree_on_one_first_revision,
            following::a_changed_file_behind_a_reference_is_another_revision,
            without_store::what_was_live_last_is_kept_and_damage_is_passed_over,
            without_store::a_snapshot_opens_under_its_master_key_only_and_shows_nothing,
        }
    };
    ($world:ident: $($module:ident::$name:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            suite::$module::$name(&$world().await).await;
        })*
    };
}
pub(crate) use claims;
