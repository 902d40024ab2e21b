//! Connections to the database. Every wait has an end, so that an unreachable database becomes an error within seconds
//! instead of a queue of requests.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Error;

/// Connections shared by the requests of a node.
pub type Pool = deadpool_postgres::Pool;

/// How long one host may take to accept a connection, unless `connect_timeout` says otherwise.
const CONNECT: Duration = Duration::from_secs(2);
/// What TLS and authentication may take on top.
const HANDSHAKE: Duration = Duration::from_secs(1);
/// How long a request waits for another to give its connection back.
const WAIT: Duration = Duration::from_secs(2);
/// How long sent bytes may stay unacknowledged before the connection counts as dead, unless `tcp_user_timeout` says otherwise.
const UNACKNOWLEDGED: Duration = Duration::from_secs(3);
/// Silence after which the kernel asks whether the other side is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);

/// A pool of at most `size` connections, opened as they are needed.
pub fn pool(config: Config, size: usize) -> Result<Pool, Error> {
    let config = with_deadlines(config);
    let create = create_timeout(&config);
    let manager = Manager::from_config(config.clone(), tls(&config)?, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .create_timeout(Some(create))
        .wait_timeout(Some(WAIT))
        .build()
        .map_err(|_| Error::ConnectTimeout)
}

/// One connection outside of any pool, for those who keep it: a task drives it until the client is dropped or the server goes,
/// which `Client::is_closed` tells.
pub async fn connect(config: &Config) -> Result<Client, Error> {
    let config = with_deadlines(config.clone());
    let connecting = config.connect(tls(&config)?);
    let (client, connection) =
        tokio::time::timeout(create_timeout(&config), connecting).await.map_err(|_| Error::ConnectTimeout)??;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "lost a database connection");
        }
    });
    Ok(client)
}

/// Fills in what the operator's URL leaves open.
fn with_deadlines(mut config: Config) -> Config {
    if config.get_application_name().is_none() {
        config.application_name("vitrine");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    // tokio-postgres has a default of two hours and no way to tell it from a chosen value: longer is never meant here.
    if config.get_keepalives_idle() > KEEPALIVE_IDLE {
        config.keepalives_idle(KEEPALIVE_IDLE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(Duration::from_secs(5));
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
    config
}

/// Hosts are tried one after the other, each within the connect timeout.
fn create_timeout(config: &Config) -> Duration {
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len()).max(1);
    config.get_connect_timeout().copied().unwrap_or(CONNECT) * u32::try_from(hosts).unwrap_or(u32::MAX) + HANDSHAKE
}

/// TLS as `sslmode` asks for it. `require` checks the certificate against the system's authorities (or those of `SSL_CERT_FILE`);
/// `prefer`, the default, encrypts when the server can and checks nothing, as libpq does: Debian's PostgreSQL offers a
/// self-signed certificate from the start, and a check would refuse every plain `postgres://user@localhost/`.
fn tls(config: &Config) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().map_err(Error::Tls)?;
    let mut tls = if config.get_ssl_mode() == SslMode::Require {
        builder.with_root_certificates(system_authorities()).with_no_client_auth()
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider))).with_no_client_auth()
    };
    if config.get_ssl_negotiation() == SslNegotiation::Direct {
        tls.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(tls))
}

fn system_authorities() -> RootCertStore {
    let mut authorities = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "an authority's certificate cannot be read");
    }
    authorities.add_parsable_certificates(found.certs);
    authorities
}

/// Takes any certificate, but no forged signature: `sslmode=prefer` guards against listeners only, not against impostors.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_says_is_kept_and_the_rest_gets_an_end() {
        let chosen = with_deadlines(
            "postgres://u@a,b,c/d?connect_timeout=1&tcp_user_timeout=9000&keepalives_idle=7&application_name=x".parse().unwrap(),
        );
        assert_eq!(chosen.get_connect_timeout(), Some(&Duration::from_secs(1)));
        assert_eq!(chosen.get_keepalives_idle(), Duration::from_secs(7));
        assert_eq!(chosen.get_application_name(), Some("x"));
        assert_eq!(create_timeout(&chosen), Duration::from_secs(4), "three hosts, then the handshake");

        let plain = with_deadlines("postgres://u@a/d".parse().unwrap());
        assert_eq!(create_timeout(&plain), Duration::from_secs(3));
        assert_eq!(plain.get_keepalives_idle(), KEEPALIVE_IDLE);
        assert!(plain.get_tcp_user_timeout().is_some() && plain.get_keepalives_retries().is_some());
    }

    /// Accepts and says nothing, as a hung server or a dead proxy does.
    #[tokio::test]
    async fn a_silent_server_becomes_an_error() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://u@{}/d?connect_timeout=1", listener.local_addr().unwrap());
        let config: Config = url.parse().unwrap();
        let pool = pool(config.clone(), 1).unwrap();
        let (direct, pooled) = tokio::join!(connect(&config), pool.get());
        assert!(matches!(direct, Err(Error::ConnectTimeout)));
        assert!(pooled.is_err());
    }
}
