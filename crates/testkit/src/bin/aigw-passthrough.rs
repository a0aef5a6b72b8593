//! The bare pass-through as a process of its own: `aigw-passthrough --listen ADDR --upstream ADDR`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;

/// The allocator of the product, so that the comparison is not one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| -> Option<SocketAddr> {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse().ok()
    };
    let (Some(listen), Some(upstream)) = (value("--listen"), value("--upstream")) else {
        eprintln!("usage: aigw-passthrough --listen ADDR --upstream ADDR");
        return ExitCode::from(2);
    };
    match run(listen, upstream).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aigw-passthrough: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(listen: SocketAddr, upstream: SocketAddr) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    println!("http://{}", listener.local_addr()?);
    aigw_testkit::passthrough::passthrough(listener, upstream).await
}
