//! What the node answers, kept on disk for the others to answer the same.

use crate::{BROWSER, Outcome};
use std::{collections::BTreeMap, fs, path::Path};

/// An answer's headers and brotli bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Without those that a server writes about itself and the moment.
    pub headers: BTreeMap<String, String>,
    /// As sent.
    pub body: Vec<u8>,
}

const OF_THE_SERVER: [&str; 7] =
    ["accept-ranges", "connection", "content-length", "date", "last-modified", "server", "x-request-id"];
/// The one header that differs from answer to answer; everybody sends one.
pub const REQUEST_ID: (&str, &str) = ("x-request-id", "0123456789abcdef");

impl Page {
    /// Asks for it as wrk will.
    pub async fn fetch(url: &str) -> Outcome<Self> {
        let client = reqwest::Client::new();
        let request = BROWSER.iter().fold(client.get(url), |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await?.error_for_status()?;
        let told = |name: &str| !OF_THE_SERVER.contains(&name);
        let headers = answer.headers().iter().filter(|(name, _)| told(name.as_str()));
        let headers = headers.map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned()))).collect::<Outcome<_>>()?;
        Ok(Page { headers, body: answer.bytes().await?.into() })
    }

    /// Writes the body twice, as nginx's file at `path` and for [`Page::load`], and the headers.
    pub fn save(&self, directory: &Path, path: &str) -> Outcome<()> {
        fs::create_dir_all(directory.join("files/s"))?;
        fs::write(format!("{}/files{path}", directory.display()), &self.body)?;
        fs::write(directory.join("body"), &self.body)?;
        Ok(fs::write(directory.join("headers"), serde_json::to_vec(&self.headers)?)?)
    }

    /// Reads what was saved, with a request id.
    pub fn load(directory: &Path) -> Outcome<Self> {
        let mut headers: BTreeMap<_, _> = serde_json::from_slice(&fs::read(directory.join("headers"))?)?;
        headers.insert(REQUEST_ID.0.to_owned(), REQUEST_ID.1.to_owned());
        Ok(Page { headers, body: fs::read(directory.join("body"))? })
    }
}
