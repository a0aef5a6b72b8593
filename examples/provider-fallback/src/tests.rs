use aigw_telemetry::RouteMode;

use super::*;

#[tokio::test]
async fn the_fallback_model_answers_after_the_primarys_429() {
    let (answer, ..) = fall_back().await.unwrap();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("the second"), "{text}");
}

#[tokio::test]
async fn the_primary_is_asked_first_and_each_provider_receives_its_own_models_name() {
    let (_, received, _) = fall_back().await.unwrap();
    let models: Vec<_> = received.iter().map(Recorded::model).collect();
    assert_eq!(models, ["large-model", "small-model"]);
}

#[tokio::test]
async fn the_record_tells_the_whole_story() {
    let (.., record) = fall_back().await.unwrap();
    assert_eq!(record.route_mode, RouteMode::ModelFallback);
    assert_eq!(record.requested_model.as_deref(), Some("assistant"));
    assert_eq!(record.served_model.as_deref(), Some("reserve"));
    let attempts = record.attempts.iter();
    let attempts: Vec<_> = attempts
        .map(|one| (&*one.provider, one.status, one.class))
        .collect();
    assert_eq!(
        attempts,
        [
            ("primary", Some(429), Some("rate_limited")),
            ("second", Some(200), None)
        ]
    );
}
