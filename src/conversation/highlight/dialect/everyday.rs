//! The languages that every other conversation holds.

use super::{C_LIKE, Class, DOUBLE, Dialect, HASH, Habits, NONE, PLAIN, Quote, SINGLE, SLASHES, STARS, TRIPLE, long, quote, raw};

const ECMA_KEYWORDS: &str = "abstract as async await break case catch class const continue debugger declare default delete do else enum \
     export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace new of override \
     private protected public readonly return satisfies set static super switch this throw try type typeof var void while with yield";
const C_KEYWORDS: &str = "auto break case const continue default do else enum extern for goto if inline register restrict return sizeof static \
     struct switch typedef union volatile while";
const C_TYPES: &str = "bool char double float int int8_t int16_t int32_t int64_t long short signed size_t ssize_t uint8_t uint16_t uint32_t \
     uint64_t uintptr_t unsigned void wchar_t";

pub(super) static DIALECTS: &[Dialect] = &[
    Dialect {
        names: &["Rust"],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop macro_rules match mod move mut pub \
             ref return self static struct super trait type union unsafe use where while yield",
        types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
        constants: "true false",
        line_comments: SLASHES,
        block_comment: STARS,
        nested_comments: true,
        quotes: &[long(DOUBLE)],
        habits: Habits { capital_types: true, calls: true, rust: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["JavaScript", "TypeScript", "TypeScriptReact"],
        keywords: ECMA_KEYWORDS,
        types: "any bigint boolean never number object string symbol undefined unknown",
        constants: "true false null NaN Infinity",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE, Quote { holds_code: true, ..long(quote("`", "`")) }],
        habits: Habits { ecma: true, ..C_LIKE },
        ..PLAIN
    },
    Dialect {
        names: &["Python"],
        keywords: "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda \
             match nonlocal not or pass raise return self try while with yield",
        types: "bool bytes bytearray complex dict float frozenset int list object set str tuple",
        constants: "True False None NotImplemented Ellipsis",
        line_comments: HASH,
        quotes: &[TRIPLE, long(quote("'''", "'''")), DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Bourne Again Shell (bash)"],
        keywords: "case do done elif else esac fi for function if in select then time until while",
        functions: "alias apt apt-get awk bash bundle cargo cat cd chmod chown command cp curl cut date declare docker echo env eval exec exit \
             export find git go grep head jq kill kubectl let ln local ls make mkdir mktemp mv node npm npx pip pip3 pnpm printf pushd popd \
             python python3 read readonly return rm rsync sed set shift sleep sort source ssh sudo systemctl tail tar tee test touch tr trap \
             type uniq unset wc wget which xargs yarn",
        constants: "true false",
        line_comments: HASH,
        quotes: &[long(DOUBLE), raw(long(SINGLE))],
        habits: Habits { shell: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["JSON"],
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE],
        habits: Habits { keys: Some(b':'), ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["YAML"],
        constants: "true false null yes no on off",
        line_comments: HASH,
        quotes: &[DOUBLE, raw(SINGLE)],
        // A `#` needs white space before it, as in a shell.
        habits: Habits { keys: Some(b':'), shell: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["TOML", "INI"],
        constants: "true false",
        line_comments: &["#", ";"],
        quotes: &[TRIPLE, raw(long(quote("'''", "'''"))), DOUBLE, raw(SINGLE)],
        habits: Habits { keys: Some(b'='), sections: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["CSS", "SCSS"],
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: Habits { keys: Some(b':'), annotations: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["SQL"],
        keywords: "add after all alter analyze and any as asc begin between by cascade case check collate column commit concurrently conflict \
             constraint create cross current current_date current_timestamp database declare default delete desc distinct do drop else end \
             except execute exists explain filter first following for foreign from full function grant group having if ilike in index inner \
             insert instead intersect interval into is join key language last lateral left like limit materialized natural not nothing \
             nulls of offset on only or order outer over partition plan preceding primary procedure range recursive references replace \
             restrict returning returns revoke right role rollback row rows schema select sequence set table temporary then to \
             transaction trigger truncate unbounded union unique update using values view when where window with without",
        types: "bigint bigserial blob boolean bytea char character date decimal double float int integer json jsonb numeric real serial smallint \
             text time timestamp timestamptz uuid varchar",
        constants: "true false null",
        line_comments: &["--"],
        block_comment: STARS,
        quotes: &[raw(SINGLE), raw(DOUBLE), raw(long(quote("$$", "$$")))],
        habits: Habits { ignores_case: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Go"],
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return \
             select struct switch type var",
        types: "any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 \
             uintptr",
        constants: "true false nil iota",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE, raw(long(quote("`", "`")))],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Java"],
        keywords: "abstract assert break case catch class continue default do else enum exports extends final finally for if implements import \
             instanceof interface module native new package permits private protected public record requires return sealed static \
             strictfp super switch synchronized this throw throws transient try var void volatile while yield",
        types: "boolean byte char double float int long short",
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Kotlin"],
        keywords: "abstract actual annotation as break by class companion const constructor continue crossinline data do else enum expect external \
             final for fun get if import in infix init inline inner interface internal is lateinit noinline object open operator out \
             override package private protected public reified return sealed set super suspend tailrec this throw try typealias val var \
             vararg when where while",
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        nested_comments: true,
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["C"],
        keywords: C_KEYWORDS,
        types: C_TYPES,
        constants: "true false NULL nullptr",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: Habits { calls: true, capital_types: true, preprocessor: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["C++"],
        keywords: "alignas alignof asm auto break case catch class co_await co_return co_yield concept const const_cast consteval constexpr \
             constinit continue decltype default delete do dynamic_cast else enum explicit export extern final for friend goto if inline \
             mutable namespace new noexcept operator override private protected public register reinterpret_cast requires return sizeof \
             static static_assert static_cast struct switch template this thread_local throw try typedef typeid typename union using \
             virtual volatile while",
        types: C_TYPES,
        constants: "true false NULL nullptr",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[raw(long(quote("R\"(", ")\""))), DOUBLE, SINGLE],
        habits: Habits { calls: true, capital_types: true, preprocessor: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["C#"],
        keywords: "abstract as async await base break case catch checked class const continue default delegate do else enum event explicit extern \
             finally fixed for foreach get goto if implicit in init interface internal is lock namespace new operator out override params \
             partial private protected public readonly record ref required return sealed set sizeof stackalloc static struct switch this \
             throw try typeof unchecked unsafe using var virtual void volatile when where while yield",
        types: "bool byte char decimal double dynamic float int long nint object sbyte short string uint ulong ushort",
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[TRIPLE, raw(long(quote("@\"", "\""))), DOUBLE, SINGLE],
        habits: Habits { preprocessor: true, ..C_LIKE },
        ..PLAIN
    },
    Dialect {
        names: &["Swift"],
        keywords: "actor any as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough \
             fileprivate final for func guard if import in indirect init inout internal is lazy let mutating open operator override private \
             protocol public repeat rethrows return self some static struct subscript super switch throw throws try typealias unowned var \
             weak where while",
        constants: "true false nil",
        line_comments: SLASHES,
        block_comment: STARS,
        nested_comments: true,
        quotes: &[TRIPLE, DOUBLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Dockerfile"],
        keywords: "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
        line_comments: HASH,
        quotes: &[DOUBLE, SINGLE],
        habits: Habits { shell: true, ..NONE },
        ..PLAIN
    },
    Dialect { names: &["Diff"], habits: Habits { lines: Some(line_of_diff), ..NONE }, ..PLAIN },
    Dialect { names: &["Markdown"], habits: Habits { lines: Some(line_of_markdown), ..NONE }, ..PLAIN },
    Dialect { names: &["HTML", "XML"], block_comment: Some(("<!--", "-->")), habits: Habits { markup: true, ..NONE }, ..PLAIN },
];

fn line_of_diff(line: &str) -> Option<Class> {
    match line.as_bytes() {
        [b'+', b'+', b'+', b' ', path @ ..] | [b'-', b'-', b'-', b' ', path @ ..] if is_path(path) => Some(Class::Heading),
        [b'+' | b'>', ..] => Some(Class::Inserted),
        [b'-' | b'<', ..] => Some(Class::Deleted),
        [b'@', b'@', ..] => Some(Class::Meta),
        _ if line.starts_with("diff ") || line.starts_with("index ") => Some(Class::Heading),
        _ => None,
    }
}

fn line_of_markdown(line: &str) -> Option<Class> {
    match line.trim_start_matches(' ').as_bytes() {
        [b'#', ..] => Some(Class::Heading),
        [b'>', ..] => Some(Class::Comment),
        [b'`', b'`', b'`', ..] | [b'~', b'~', b'~', ..] => Some(Class::Meta),
        _ => None,
    }
}

/// A path, perhaps with a time behind a tab; `--- two words` is a comment of SQL that went.
fn is_path(text: &[u8]) -> bool {
    let path = text.split(|byte| matches!(byte, b'\t' | b'\n' | b'\r')).next().unwrap_or_default();
    !path.is_empty() && !path.contains(&b' ')
}
