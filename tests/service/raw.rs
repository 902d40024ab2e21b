//! Bytes on a socket, for what no well-behaved client sends.

use crate::harness::Node;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, timeout},
};

/// A connection to a node.
pub async fn connect(node: &Node) -> TcpStream {
    TcpStream::connect(node.base.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends, and reads until the server closes; so every request in `bytes` but the last must keep the connection open.
pub async fn exchange(node: &Node, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = connect(node).await;
    stream.write_all(bytes.as_ref()).await.expect("sent");
    rest(&mut stream).await
}

/// GET of a target exactly as it is written.
pub async fn get(node: &Node, target: &str) -> String {
    exchange(node, format!("GET {target} HTTP/1.1\r\nHost: v\r\nConnection: close\r\n\r\n")).await
}

/// What the server sends until it closes; a reset counts as the end, and so does ten minutes of nothing.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(Ok(count @ 1..)) = timeout(Duration::from_secs(600), stream.read(&mut chunk)).await {
        text.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads until `text` has come, and not far beyond it.
pub async fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    let mut byte = [0];
    while !read.ends_with(text) {
        assert_eq!(stream.read(&mut byte).await.expect("more"), 1, "closed before {text:?}: {read}");
        read.push(char::from(byte[0]));
    }
    read
}

/// The status of the first answer in `text`; 0 if there is none.
pub fn status(text: &str) -> u16 {
    text.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
