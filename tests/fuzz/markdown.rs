//! Any text as a message: its HTML holds nothing that the audit of the unit tests does not know, and a preview is one line.

#![no_main]

#[path = "../../src/conversation/markdown/tests/audit.rs"]
mod audit;

use libfuzzer_sys::fuzz_target;
use std::sync::Once;
use vitrine::conversation::markdown::{Context, assistant, plain, user};

static HOOK: Once = Once::new();

fuzz_target!(|text: &str| {
    // libFuzzer ends at the first panic, also at those of the formulas' crate, which are caught and cost a formula its setting.
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let context = Context { id_prefix: "m7-", citations: &[] };
    for html in [assistant(text, &context), user(text, &context)] {
        if let Err(fault) = audit::audit(&html) {
            panic!("{fault} in {html}");
        }
    }
    assert!(!plain(text, 120).contains('\n'));
});
