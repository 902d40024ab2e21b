//! `vitrine demo`: the server with something to look at. Run again, it leads to the same links.

use super::{console::Console, serve};
use crate::{
    app::App,
    config::{DatabaseConfig, ServeConfig},
    conversation::{push, store, transcript::pack},
    http::demo,
    owner::{self, Owner, Reach},
    share::{
        EmbedOrigins, Privacy, ShortCode, Updates,
        settings::{Change, Options, Password, Settings},
        store::{self as shares, Changed, Created},
    },
};
use std::{net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::watch};

/// The host app the demonstration belongs to: the one that commands mean unless told otherwise, so that the key it prints reaches
/// what is imported beside it.
const APP: &str = "default";
/// What opens the locked share. It guards nothing but the demonstration.
const PASSWORD: &str = "correct horse";
const OPEN: (&str, &str) = ("demo-open", include_str!("open.json"));
const LOCKED: (&str, &str) = ("demo-locked", include_str!("locked.json"));

/// Serves, shares two conversations, and embeds them in a blog on the next port, under another site's name.
///
/// # Errors
/// A sentence for the operator.
pub async fn run(config: ServeConfig, database: &DatabaseConfig, console: Console) -> Result<(), String> {
    if !config.listen.ip().is_loopback() {
        return Err(format!("VITRINE_LISTEN: {} is no loopback address, and the demonstration is not for others", config.listen));
    }
    let blog = SocketAddr::new(config.listen.ip(), config.listen.port().checked_add(1).unwrap_or(0));
    let blog =
        TcpListener::bind(blog).await.map_err(|error| format!("the demonstration's blog cannot listen on {blog}: {error}"))?;
    serve::run(config, database, Some(Box::new(move |app, stop| Box::pin(show(app, stop, blog, console))))).await
}

async fn show(app: Arc<App>, stop: watch::Receiver<bool>, blog: TcpListener, console: Console) -> Result<(), String> {
    let host_app = owner::store::host_app(&app.pool, APP).await.map_err(|error| error.to_string())?;
    let owner = Owner { host_app, reach: Reach::HostApp };
    let open = share(&app, &owner, OPEN, None).await?;
    let locked = share(&app, &owner, LOCKED, Some(PASSWORD)).await?;
    let (key, _) = owner::store::replace_key(&app.pool, APP, "demo").await.map_err(|error| error.to_string())?;
    let port = blog.local_addr().map_err(|error| error.to_string())?.port();
    let (open, locked) = (app.share_url(&open.short_code), app.share_url(&locked.short_code));
    // 127.0.0.1 and localhost are different sites to a browser, as a blog and a share are.
    let links = [
        ("A shared conversation", open.clone()),
        ("A locked one", format!("{locked}   password: {PASSWORD}")),
        ("A blog that embeds both", format!("http://localhost:{port}/")),
        ("An API key", key.reveal().to_owned()),
    ];
    console.say("");
    for (what, link) in links {
        console.say(&format!("  {what:<25}{link}"));
    }
    console.say("\n  Ctrl-C stops the server.\n");
    demo::serve_blog(app, blog, demo::Post { open, locked, password: PASSWORD }, stop).await;
    Ok(())
}

async fn share(app: &App, owner: &Owner, (id, document): (&str, &str), password: Option<&str>) -> Result<Settings, String> {
    let conversation = push::parse(document.as_bytes(), &app.limits).map_err(|error| format!("{error:?}"))?;
    let packed = pack(&conversation).map_err(|error| error.to_string())?;
    store::push(&app.pool, owner.host_app, id, None, &packed).await.map_err(|error| error.to_string())?;
    let hash = match password.and_then(Password::typed) {
        Some(password) => Some(app.hasher.hash(password).await.map_err(|_| "too busy to hash a password")?),
        None => None,
    };
    let options = Options {
        privacy: Privacy::Unlisted,
        password: None,
        expires_in: None,
        allowed_emails: vec![],
        updates: Updates::Live,
        include: serde_json::from_str(r#"{"toolCalls": true, "reasoning": true}"#).map_err(|error| error.to_string())?,
        embed_origins: EmbedOrigins::Any,
    };
    let code = ShortCode::random(app.code_length);
    match shares::create(&app.pool, owner, id, &options, hash.as_deref(), &code).await.map_err(|error| error.to_string())? {
        Created::New(settings) => Ok(*settings),
        Created::NoConversation => Err(format!("{id} was erased while it was being shared")),
        // Somebody may have played with it: what this command says of it must hold.
        Created::Exists(settings) => {
            let change = Change {
                privacy: Some(Privacy::Unlisted),
                password: Some(password.and_then(Password::typed)),
                expires_in: Some(None),
                ..Change::default()
            };
            match shares::change(&app.pool, owner, &settings.id, &change, hash.as_deref())
                .await
                .map_err(|error| error.to_string())?
            {
                Changed::Done(settings) => Ok(*settings),
                Changed::Refused(_) | Changed::NoShare => Err(format!("the share of {id} was changed while it was being shown")),
            }
        }
    }
}
