//! Who looks: where a request comes from (`address`) and what its reader has proved (`password`, `grant`).

pub mod address;
pub mod grant;
pub mod password;
pub mod store;
