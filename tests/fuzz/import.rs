//! Any file as an export: an answer, and what it gives is within the limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{io::Cursor, ops::ControlFlow};
use vitrine::conversation::{Limits, import};

fuzz_target!(|file: &[u8]| {
    let limits = Limits::default();
    let mut found = 0;
    let result = import::import(&mut Cursor::new(file), &limits, &mut |one| {
        found += 1;
        if let import::Outcome::Conversation { conversation, name, .. } = one.outcome {
            assert!(!conversation.messages.is_empty() && conversation.messages.len() <= limits.messages);
            assert!(name.among(None).len() <= 200);
        }
        ControlFlow::Continue(())
    });
    if let Ok(summary) = result {
        assert_eq!(summary.conversations + summary.skipped, found);
    }
});
