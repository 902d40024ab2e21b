//! `POST /api/imports`: an export file in any format that can be imported, answered with a row a conversation while it is read.

mod upload;

use super::{
    conversations::checked_owner_id,
    credential::host_app,
    error::Error,
    reply::{Piece, Reply},
    request::Request,
};
use crate::{
    app::App,
    conversation::import::store::{Importing, Row, Target},
    rate_limit::ImportPlace,
    telemetry,
};
use futures_util::FutureExt;
use serde::Serialize;
use std::{io, panic::AssertUnwindSafe, sync::Arc};
use tokio::sync::mpsc;

/// Rows that wait for a client that reads slowly. Behind them the import waits too.
const ROWS: usize = 16;

/// Imports a file, raw or as the one file of a form. `?ownerId=` says whose its conversations are; they replace nobody else's.
///
/// # Errors
/// What is wrong with the request or with the file as a whole; what goes wrong after the first conversation is the answer's last row.
pub async fn import(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (host_app, key) = host_app(&app, &request).await?;
    let owner_id = request.query("ownerId").map(|owner_id| checked_owner_id(&owner_id)).transpose()?;
    let place = Arc::new(app.rate_limits.begin_import(key)?);
    let file = upload::receive(&app, request).await?;
    let importing = Importing::start(io::BufReader::new(file), app.limits, place.clone());
    let mut import = Import { app, importing, host_app, owner_id, _place: place };
    let first = import.next().await?;
    let (sender, receiver) = mpsc::channel(ROWS);
    let telling = async move {
        // A panic must not look like the end of a file.
        let told = AssertUnwindSafe(import.tell(first, &sender)).catch_unwind().await;
        let failed = match told {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => {
                tracing::error!("an import panicked");
                Some(Error::Internal)
            }
        };
        if let Some(Ok(row)) = failed.map(|error| line(&error.row())) {
            drop(sender.send(row).await);
        }
        drop(sender.send(Piece::End).await);
    };
    telemetry::spawn(telling);
    Ok(Reply::stream("application/x-ndjson", receiver))
}

/// A running import, whoever it is for.
struct Import {
    app: Arc<App>,
    importing: Importing,
    host_app: i64,
    owner_id: Option<String>,
    /// Given back when everything read is stored, or when the reading has stopped, whichever is later.
    _place: Arc<ImportPlace>,
}

impl Import {
    async fn next(&mut self) -> Result<Option<Row>, Error> {
        let target = Target { pool: &self.app.pool, host_app: self.host_app, owner_id: self.owner_id.as_deref() };
        self.importing.next(target).await.map_err(Error::from)
    }

    /// Tells of every conversation as soon as it is stored, at the client's pace; ends when the client goes away.
    async fn tell(mut self, first: Option<Row>, sender: &mpsc::Sender<Piece>) -> Result<(), Error> {
        let mut next = first;
        while let Some(row) = next {
            if sender.send(line(&row)?).await.is_err() {
                tracing::debug!("the client of an import went away");
                return Ok(());
            }
            next = self.next().await?;
        }
        Ok(())
    }
}

fn line(value: &impl Serialize) -> io::Result<Piece> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(Piece::Bytes(line.into()))
}
