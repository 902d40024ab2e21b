//! From a grammar's scopes to the few classes that style sheets know.

use std::sync::OnceLock;
use syntect::parsing::{ClearAmount, Scope, ScopeStackOp};

/// What a stretch of code is; its class in the HTML is one letter, because a page repeats it thousands of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Keyword,
    String,
    Number,
    Comment,
    Function,
    Type,
    Attribute,
    Meta,
    Heading,
    Inserted,
    Deleted,
}

impl Class {
    pub(super) fn name(self) -> &'static str {
        match self {
            Class::Keyword => "k",
            Class::String => "s",
            Class::Number => "n",
            Class::Comment => "c",
            Class::Function => "f",
            Class::Type => "t",
            Class::Attribute => "v",
            Class::Meta => "m",
            Class::Heading => "h",
            Class::Inserted => "i",
            Class::Deleted => "d",
        }
    }
}

/// The longest matching prefix decides; `None` is plain again, whatever stands around. Scopes without a line here look like what
/// they stand in, so that the quotes of a string are string.
const RULES: &[(&str, Option<Class>)] = &[
    ("comment", Some(Class::Comment)),
    ("constant", Some(Class::Number)),
    ("constant.other.color", Some(Class::Number)),
    ("constant.other.placeholder", Some(Class::Number)),
    ("entity.name", Some(Class::Type)),
    ("entity.name.function", Some(Class::Function)),
    ("entity.name.label", Some(Class::Meta)),
    ("entity.name.macro", Some(Class::Function)),
    ("entity.name.section", Some(Class::Heading)),
    ("entity.name.tag", Some(Class::Keyword)),
    ("entity.name.tag.yaml", Some(Class::Attribute)),
    ("entity.name.tag.toml", Some(Class::Attribute)),
    ("entity.other.attribute-name", Some(Class::Attribute)),
    ("entity.other.inherited-class", Some(Class::Type)),
    ("keyword", Some(Class::Keyword)),
    ("keyword.operator", None),
    ("keyword.operator.logical.python", Some(Class::Keyword)),
    ("keyword.operator.word", Some(Class::Keyword)),
    ("keyword.other.unit", Some(Class::Number)),
    ("markup.deleted", Some(Class::Deleted)),
    ("markup.heading", Some(Class::Heading)),
    ("markup.inserted", Some(Class::Inserted)),
    ("markup.raw", Some(Class::String)),
    ("markup.underline.link", Some(Class::String)),
    ("meta.annotation", Some(Class::Meta)),
    ("meta.annotation.parameters", None),
    ("meta.attribute.rust", Some(Class::Meta)),
    ("meta.diff.header", Some(Class::Heading)),
    ("meta.diff.range", Some(Class::Meta)),
    ("meta.interpolation", None),
    ("meta.preprocessor", Some(Class::Meta)),
    ("meta.property-name", Some(Class::Attribute)),
    ("meta.template.expression", None),
    ("source.js.embedded", None),
    ("storage", Some(Class::Keyword)),
    ("string", Some(Class::String)),
    ("string.unquoted.argument", None),
    ("string.unquoted.plain", None),
    ("string.unquoted.heredoc", Some(Class::String)),
    ("support.class", Some(Class::Type)),
    ("support.constant", Some(Class::Number)),
    ("support.function", Some(Class::Function)),
    ("support.macro", Some(Class::Function)),
    ("support.type", Some(Class::Type)),
    ("support.type.property-name", Some(Class::Attribute)),
    ("support.type.vendored.property-name", Some(Class::Attribute)),
    ("variable.annotation", Some(Class::Meta)),
    ("variable.function", Some(Class::Function)),
    ("variable.language", Some(Class::Keyword)),
    ("variable.parameter", Some(Class::Attribute)),
];

/// The rules under their first atom's number, most specific first.
struct Rules(Vec<Vec<(Scope, Option<Class>)>>);

impl Rules {
    fn get() -> &'static Rules {
        static RULES_BY_ATOM: OnceLock<Rules> = OnceLock::new();
        RULES_BY_ATOM.get_or_init(|| {
            let mut rules = Rules(Vec::new());
            for &(selector, class) in RULES {
                let Ok(scope) = Scope::new(selector) else { continue };
                let atom = usize::from(scope.atom_at(0));
                if rules.0.len() <= atom {
                    rules.0.resize(atom + 1, Vec::new());
                }
                rules.0[atom].push((scope, class));
            }
            for bucket in &mut rules.0 {
                bucket.sort_by_key(|(scope, _)| std::cmp::Reverse(scope.len()));
            }
            rules
        })
    }

    fn class(&self, scope: Scope, surrounding: Option<Class>) -> Option<Class> {
        let bucket = self.0.get(usize::from(scope.atom_at(0))).map_or(&[][..], Vec::as_slice);
        bucket.iter().find(|(prefix, _)| prefix.is_prefix_of(scope)).map_or(surrounding, |&(_, class)| class)
    }
}

/// syntect's `ScopeStack` with the class of every level instead of its scope.
pub(super) struct Stack {
    rules: &'static Rules,
    classes: Vec<Option<Class>>,
    cleared: Vec<Vec<Option<Class>>>,
}

impl Stack {
    pub(super) fn new() -> Self {
        Stack { rules: Rules::get(), classes: Vec::with_capacity(32), cleared: Vec::new() }
    }

    pub(super) fn class(&self) -> Option<Class> {
        self.classes.last().copied().flatten()
    }

    pub(super) fn apply(&mut self, op: &ScopeStackOp) {
        match *op {
            ScopeStackOp::Push(scope) => self.classes.push(self.rules.class(scope, self.class())),
            ScopeStackOp::Pop(count) => self.classes.truncate(self.classes.len().saturating_sub(count)),
            ScopeStackOp::Clear(amount) => {
                let kept = match amount {
                    ClearAmount::TopN(count) => self.classes.len().saturating_sub(count),
                    ClearAmount::All => 0,
                };
                self.cleared.push(self.classes.split_off(kept));
            }
            ScopeStackOp::Restore => self.classes.extend(self.cleared.pop().into_iter().flatten()),
            ScopeStackOp::Noop => {}
        }
    }
}
