//! Every setting: its flag, its environment variable, its default and its error text. Read once, at start; nothing else in the
//! program reads the environment.

use crate::{
    conversation::Limits,
    page::Brand,
    rate_limit::{Rate, Rates},
    reader::store::Tries,
    share::{ShortCode, settings::Rules},
};
use clap::{ArgAction, Args, ValueEnum};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf, sync::OnceLock};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// Where the data is. Every command takes these.
#[derive(Args, Clone)]
pub struct DatabaseConfig {
    /// PostgreSQL to use, e.g. postgresql://user:password@host1,host2/vitrine?sslmode=require; without it, a private one in the data directory
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<DatabaseUrl>,
    /// Directory of the private PostgreSQL
    #[arg(long, global = true, env = "VITRINE_DATA", value_name = "VITRINE_DATA", default_value = "./data")]
    pub data: PathBuf,
}

/// A connection string, which may hold a password: it has no `Debug`, and is parsed by nobody who would print what does not parse.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl std::str::FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(DatabaseUrl(text.to_owned()))
    }
}

/// What libpq knows and we do not, as people paste it.
const FOREIGN_OPTIONS: [&str; 8] =
    ["sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile", "service", "gssencmode", "requiressl"];

impl DatabaseUrl {
    /// What it says.
    ///
    /// # Errors
    /// The rule it breaks, without the value.
    pub fn config(&self) -> Result<crate::postgres::Config, String> {
        // Ours checks all that libpq's strictest does.
        let text = self.0.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        text.parse().map_err(|_| {
            let rule = "DATABASE_URL (--database-url) is a connection string such as postgresql://user@host/vitrine";
            let foreign = FOREIGN_OPTIONS.iter().find(|option| self.0.contains(&format!("{option}=")));
            match foreign {
                Some(option) if option.starts_with("ssl") => format!(
                    "{rule}, and {option} is none of its options: certificates are checked against the system's authorities, or those of SSL_CERT_FILE"
                ),
                Some(option) => format!("{rule}, and {option} is none of its options"),
                None if self.0.contains("sslmode=") => format!("{rule}; sslmode is disable, prefer, require or verify-full"),
                None => rule.to_owned(),
            }
        })
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

/// What `vitrine serve` takes.
#[derive(Args, Clone)]
pub struct ServeConfig {
    /// Address and port to listen on
    #[arg(long, env = "VITRINE_LISTEN", value_name = "VITRINE_LISTEN", default_value = "127.0.0.1:8080", value_parser = socket)]
    pub listen: SocketAddr,
    /// What links begin with, such as `https://share.example`; required when listening beyond loopback
    #[arg(long, env = "VITRINE_BASE_URL", value_name = "VITRINE_BASE_URL", value_parser = base_url)]
    pub base_url: Option<Url>,
    /// The product whose conversations are shared
    #[arg(long, env = "VITRINE_BRAND_NAME", value_name = "VITRINE_BRAND_NAME", default_value = "Vitrine", value_parser = brand_name)]
    pub brand_name: String,
    /// Where "Try …" and "Start your own conversation" lead; without it they are left out
    #[arg(long, env = "VITRINE_BRAND_URL", value_name = "VITRINE_BRAND_URL", value_parser = web_url)]
    pub brand_url: Option<Url>,
    /// One letter or emoji for the brand's mark; default: the name's first
    #[arg(long, env = "VITRINE_BRAND_MARK", value_name = "VITRINE_BRAND_MARK", value_parser = mark)]
    pub brand_mark: Option<String>,
    /// Accent colour
    #[arg(long, env = "VITRINE_BRAND_ACCENT", value_name = "VITRINE_BRAND_ACCENT", default_value = "#3b82f6", value_parser = colour)]
    pub brand_accent: Colour,
    /// Origins of host apps whose pages may call the owner API, comma-separated
    #[arg(long, env = "VITRINE_APP_ORIGINS", value_name = "VITRINE_APP_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub app_origins: Vec<String>,
    /// Proxies whose X-Forwarded-For or Forwarded counts, as CIDR, comma-separated
    #[arg(long, env = "VITRINE_TRUSTED_PROXIES", value_name = "VITRINE_TRUSTED_PROXIES", value_delimiter = ',', value_parser = cidr)]
    pub trusted_proxies: Vec<IpNet>,
    /// Whether shares may be public, that is listed by search engines
    #[arg(long, env = "VITRINE_ALLOW_PUBLIC", value_name = "VITRINE_ALLOW_PUBLIC", default_value_t = true, action = ArgAction::Set)]
    pub allow_public: bool,
    /// Characters a password must have at least
    #[arg(long, env = "VITRINE_PASSWORD_CHARS", value_name = "VITRINE_PASSWORD_CHARS", default_value_t = 8, value_parser = whole::<u16>(1..=200))]
    pub password_chars: u16,
    /// Characters of new short codes
    #[arg(long, env = "VITRINE_CODE_LENGTH", value_name = "VITRINE_CODE_LENGTH", default_value_t = *ShortCode::LENGTHS.start() as u8, value_parser = whole::<u8>(12..=32))]
    pub code_length: u8,
    /// Bounds on what is pushed.
    #[command(flatten)]
    pub limits: LimitsConfig,
    /// Reader surfaces a minute and at once, per client address
    #[arg(long, env = "VITRINE_LIMIT_READ", value_name = "VITRINE_LIMIT_READ", default_value_t = Rates::default().read)]
    pub limit_read: Rate,
    /// Attachments a minute and at once, per client address
    #[arg(long, env = "VITRINE_LIMIT_ATTACHMENT", value_name = "VITRINE_LIMIT_ATTACHMENT", default_value_t = Rates::default().attachment)]
    pub limit_attachment: Rate,
    /// Unknown codes a minute and at once, per client address
    #[arg(long, env = "VITRINE_LIMIT_UNKNOWN_CODE", value_name = "VITRINE_LIMIT_UNKNOWN_CODE", default_value_t = Rates::default().unknown_code)]
    pub limit_unknown_code: Rate,
    /// Owner API calls a minute and at once, per API key
    #[arg(long, env = "VITRINE_LIMIT_MANAGE", value_name = "VITRINE_LIMIT_MANAGE", default_value_t = Rates::default().manage)]
    pub limit_manage: Rate,
    /// Wrong passwords per share and client in a minute
    #[arg(long, env = "VITRINE_UNLOCK_PER_MINUTE", value_name = "VITRINE_UNLOCK_PER_MINUTE", default_value_t = 5, value_parser = whole::<u16>(1..=1000))]
    pub unlock_per_minute: u16,
    /// Wrong passwords per share and client in an hour
    #[arg(long, env = "VITRINE_UNLOCK_PER_HOUR", value_name = "VITRINE_UNLOCK_PER_HOUR", default_value_t = 20, value_parser = whole::<u16>(1..=1000))]
    pub unlock_per_hour: u16,
    /// Wrong passwords per share in an hour, all clients together, before tries are slowed down
    #[arg(long, env = "VITRINE_UNLOCK_SHARE_PER_HOUR", value_name = "VITRINE_UNLOCK_SHARE_PER_HOUR", default_value_t = 100, value_parser = whole::<u32>(1..=1_000_000))]
    pub unlock_share_per_hour: u32,
    /// Memory of one password hash, KiB (argon2id)
    #[arg(long, env = "VITRINE_ARGON2_KIB", value_name = "VITRINE_ARGON2_KIB", default_value_t = 19 * 1024, value_parser = whole::<u32>(19 * 1024..=1024 * 1024))]
    pub argon2_kib: u32,
    /// Passes of one password hash (argon2id)
    #[arg(long, env = "VITRINE_ARGON2_PASSES", value_name = "VITRINE_ARGON2_PASSES", default_value_t = 2, value_parser = whole::<u32>(2..=20))]
    pub argon2_passes: u32,
    /// Bytes of rendered pages and cards kept in memory
    #[arg(long, env = "VITRINE_CACHE_BYTES", value_name = "VITRINE_CACHE_BYTES", default_value_t = 128 << 20, value_parser = bytes)]
    pub cache_bytes: usize,
    /// Open connections per client address
    #[arg(long, env = "VITRINE_CONNECTIONS_PER_CLIENT", value_name = "VITRINE_CONNECTIONS_PER_CLIENT", default_value_t = 256, value_parser = whole::<u32>(1..=1_000_000))]
    pub connections_per_client: u32,
    /// How logs are written; default: text on a terminal, else JSON
    #[arg(long, env = "VITRINE_LOG_FORMAT", value_name = "VITRINE_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// What is logged: error, warn, info, debug (every request), trace
    #[arg(long, env = "VITRINE_LOG", value_name = "VITRINE_LOG", default_value = "info")]
    pub log: tracing::Level,
}

/// How large a conversation may be, however it comes in.
#[derive(Args, Clone, Copy)]
pub struct LimitsConfig {
    /// Bytes of one conversation
    #[arg(long, env = "VITRINE_CONVERSATION_BYTES", value_name = "VITRINE_CONVERSATION_BYTES", default_value_t = Limits::default().conversation_bytes, value_parser = bytes)]
    pub conversation_bytes: usize,
    /// Messages of one conversation
    #[arg(long, env = "VITRINE_CONVERSATION_MESSAGES", value_name = "VITRINE_CONVERSATION_MESSAGES", default_value_t = Limits::default().messages as u32, value_parser = whole::<u32>(1..=100_000))]
    pub conversation_messages: u32,
    /// Bytes of one file that is imported
    #[arg(long, env = "VITRINE_IMPORT_BYTES", value_name = "VITRINE_IMPORT_BYTES", default_value_t = Limits::default().import_bytes as usize, value_parser = bytes)]
    pub import_bytes: usize,
    /// Bytes of one attachment
    #[arg(long, env = "VITRINE_ATTACHMENT_BYTES", value_name = "VITRINE_ATTACHMENT_BYTES", default_value_t = Limits::default().attachment_bytes, value_parser = attachment_bytes)]
    pub attachment_bytes: usize,
    /// Bytes of a conversation's attachments together
    #[arg(long, env = "VITRINE_ATTACHMENTS_BYTES", value_name = "VITRINE_ATTACHMENTS_BYTES", default_value_t = Limits::default().attachments_bytes, value_parser = attachment_bytes)]
    pub attachments_bytes: usize,
}

impl LimitsConfig {
    /// Bounds on one conversation.
    pub fn limits(&self) -> Limits {
        Limits {
            conversation_bytes: self.conversation_bytes,
            messages: self.conversation_messages as usize,
            import_bytes: self.import_bytes as u64,
            attachment_bytes: self.attachment_bytes,
            attachments_bytes: self.attachments_bytes,
            ..Limits::default()
        }
    }
}

/// Red, green, blue.
pub type Colour = [u8; 3];

impl ServeConfig {
    /// What links begin with, without a trailing slash.
    ///
    /// # Errors
    /// A sentence for the operator, when the program listens beyond loopback and nobody said what links should say.
    pub fn base(&self) -> Result<Url, String> {
        match &self.base_url {
            Some(url) => Ok(url.clone()),
            None if self.listen.ip().is_loopback() => {
                Url::parse(&format!("http://{}", self.listen)).map_err(|error| error.to_string())
            }
            None => Err(format!(
                "VITRINE_BASE_URL is required when VITRINE_LISTEN ({}) is not a loopback address: set it to what links should begin with, such as https://share.example",
                self.listen
            )),
        }
    }

    /// The operator's look.
    pub fn brand(&self) -> Brand {
        let first = || self.brand_name.graphemes(true).next().unwrap_or("V").to_uppercase();
        Brand {
            name: self.brand_name.clone(),
            url: self.brand_url.as_ref().map(Url::to_string).unwrap_or_default(),
            mark: self.brand_mark.clone().unwrap_or_else(first),
            accent: self.brand_accent,
        }
    }

    /// The operator's part of the share rules.
    pub fn rules(&self) -> Rules {
        Rules { password_chars: self.password_chars.into(), allow_public: self.allow_public }
    }

    /// Quotas kept in memory.
    pub fn rates(&self) -> Rates {
        Rates {
            read: self.limit_read,
            attachment: self.limit_attachment,
            unknown_code: self.limit_unknown_code,
            manage: self.limit_manage,
        }
    }

    /// Quotas kept in PostgreSQL.
    pub fn tries(&self) -> Tries {
        Tries {
            per_minute: self.unlock_per_minute.into(),
            per_hour: self.unlock_per_hour.into(),
            share_per_hour: self.unlock_share_per_hour.into(),
        }
    }
}

/// Names this very program: the SHA-256 of its file, so that a page rendered by another build has another ETag; its version where the
/// file cannot be read.
pub fn program() -> String {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let digest = || {
        let mut hash = Sha256::new();
        std::io::copy(&mut std::fs::File::open(std::env::current_exe().ok()?).ok()?, &mut HashWriter(&mut hash)).ok()?;
        Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    PROGRAM.get_or_init(|| digest().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())).clone()
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A whole number of this range, with a rule that names it.
pub fn whole<T: TryFrom<u32>>(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| format!("is a whole number from {} to {}", range.start(), range.end()))
    }
}

fn socket(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is an address and a port, such as 127.0.0.1:8080 or [::]:8080".to_owned())
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "is an http or https URL".to_owned())
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = web_url(text)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if bare { Ok(url) } else { Err("is an http or https URL without path, query or user".to_owned()) }
}

fn origin(text: &str) -> Result<String, String> {
    base_url(text.trim())
        .map(|url| url.origin().ascii_serialization())
        .map_err(|_| "is a list of origins such as https://chat.example".to_owned())
}

fn cidr(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let one = || text.parse().ok().map(|address: std::net::IpAddr| address.into());
    text.parse().ok().or_else(one).ok_or_else(|| "is a list of networks such as 10.0.0.0/8 or addresses".to_owned())
}

fn brand_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let good = (1..=60).contains(&name.graphemes(true).count()) && !name.chars().any(char::is_control);
    if good { Ok(name.to_owned()) } else { Err("is 1 to 60 characters without control characters".to_owned()) }
}

fn mark(text: &str) -> Result<String, String> {
    let one = text.graphemes(true).count() == 1 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if one { Ok(text.to_owned()) } else { Err("is one letter or emoji".to_owned()) }
}

fn colour(text: &str) -> Result<Colour, String> {
    let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii());
    let channel = |hex: &str, at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    hex.and_then(|hex| Some([channel(hex, 0)?, channel(hex, 2)?, channel(hex, 4)?]))
        .ok_or_else(|| "is a colour such as #3b82f6".to_owned())
}

/// PostgreSQL keeps a value of up to a gibibyte, and a node holds a push in memory.
fn attachment_bytes(text: &str) -> Result<usize, String> {
    bytes(text).ok().filter(|size| *size <= 512 << 20).ok_or_else(|| "is a number of bytes from 1024 to 512MiB".to_owned())
}

fn bytes(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let factor = match unit.trim() {
        "" => Some(1),
        "KiB" | "K" | "k" => Some(1 << 10),
        "MiB" | "M" => Some(1 << 20),
        "GiB" | "G" => Some(1 << 30),
        _ => None,
    };
    let size = factor.and_then(|factor: usize| number.parse::<usize>().ok()?.checked_mul(factor)).filter(|size| *size >= 1 << 10);
    size.ok_or_else(|| "is a number of bytes of at least 1024, such as 10485760 or 10MiB".to_owned())
}
