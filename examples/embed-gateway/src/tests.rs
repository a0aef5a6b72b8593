use std::net::SocketAddr;

use aigw_testkit::raw::Client;

use super::*;

async fn started() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let gateway = gateway().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, gateway));
    tasks.detach_all();
    addr
}

#[tokio::test]
async fn the_service_answers_its_own_route() {
    let mut client = Client::connect(started().await).await.unwrap();
    let answer = client.fetch("/status", &[]).await.unwrap();
    assert_eq!(answer.text(), "0 requests in flight\n");
}

#[tokio::test]
async fn everything_else_is_the_gateways() {
    let mut client = Client::connect(started().await).await.unwrap();
    let body = r#"{"model":"demo","messages":[{"role":"user","content":"Hello"}],"stream":true}"#;
    let answer = client
        .post("/v1/chat/completions", &[], body)
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), answer.header("x-aigw-provider")),
        (200, Some("demo"))
    );
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
    let unknown = client.post("/v1/nothing", &[], "{}").await.unwrap();
    assert_eq!(unknown.json()["error"]["code"], "unknown_path");
}
