//! Languages that are rarer, or for which syntect has no grammar.

use super::{C_LIKE, DOUBLE, Dialect, HASH, Habits, NONE, PLAIN, SINGLE, SLASHES, STARS, TRIPLE, long, quote, raw};

const DASHES: &[&str] = &["--"];
const SEMICOLON: &[&str] = &[";"];
const PERCENT: &[&str] = &["%"];

pub(super) static DIALECTS: &[Dialect] = &[
    Dialect {
        names: &["powershell", "ps1", "pwsh", "psm1", "ps"],
        keywords: "begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for foreach function hidden if in \
             param process return static switch throw trap try until using while",
        functions: "add-content clear-host copy-item export-csv foreach-object format-list format-table get-childitem get-command get-content \
             get-date get-help get-item get-location get-process get-service import-csv import-module install-module invoke-command \
             invoke-restmethod invoke-webrequest join-path measure-object move-item new-item new-object out-file out-null read-host \
             remove-item rename-item restart-service select-object set-content set-executionpolicy set-location sort-object start-process \
             start-service stop-process stop-service test-path where-object write-error write-host write-output write-verbose \
             write-warning",
        line_comments: HASH,
        block_comment: Some(("<#", "#>")),
        quotes: &[long(quote("@\"", "\"@")), raw(long(quote("@'", "'@"))), raw(DOUBLE), raw(SINGLE)],
        habits: Habits { ignores_case: true, shell: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Batch File", "batch"],
        keywords: "call cmd defined do else endlocal equ errorlevel exist exit for geq goto gtr if in leq lss neq not setlocal shift",
        functions: "attrib cd chdir cls copy del dir echo erase findstr md mkdir move net pause ping popd pushd rd reg ren rename rmdir robocopy \
             sc set start taskkill tasklist timeout title type where xcopy",
        line_comments: &["::", "REM ", "rem ", "@rem "],
        quotes: &[raw(DOUBLE)],
        habits: Habits { ignores_case: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Ruby", "Ruby on Rails", "Crystal"],
        keywords: "alias and attr_accessor attr_reader attr_writer begin break case class def defined? do else elsif end ensure extend for if in \
             include lib loop macro module next not or prepend private protected public raise redo require require_relative rescue retry \
             return self struct super then undef unless until when while yield",
        constants: "true false nil",
        line_comments: HASH,
        quotes: &[long(DOUBLE), long(SINGLE), long(quote("`", "`"))],
        habits: Habits { capital_types: true, calls: true, annotations: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["PHP", "PHP Source"],
        keywords: "abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty enum \
             extends final finally fn for foreach function global goto if implements include include_once instanceof insteadof interface \
             isset list match namespace new or parent print private protected public readonly require require_once return self static \
             switch this throw trait try unset use var while xor yield",
        types: "bool float int iterable mixed never object string void",
        constants: "true false null TRUE FALSE NULL",
        line_comments: &["//", "#"],
        block_comment: STARS,
        quotes: &[long(DOUBLE), long(SINGLE)],
        habits: Habits { dollar_words: true, ..C_LIKE },
        ..PLAIN
    },
    Dialect {
        names: &["Perl"],
        keywords: "and cmp continue do else elsif eq eval for foreach ge given gt if last le local lt my ne next no not or our package redo \
             require return sub unless until use wantarray when while xor",
        functions: "bless chomp close defined delete die each exists grep join keys length map open pop print printf push ref reverse say scalar \
             shift sort splice split sprintf substr undef unshift values warn",
        line_comments: HASH,
        quotes: &[long(DOUBLE), raw(long(SINGLE))],
        habits: Habits { dollar_words: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Lua"],
        keywords: "and break do else elseif end for function goto if in local not or repeat return self then until while",
        constants: "true false nil",
        line_comments: DASHES,
        block_comment: Some(("--[[", "]]")),
        quotes: &[raw(long(quote("[[", "]]"))), DOUBLE, SINGLE],
        habits: Habits { calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["R"],
        keywords: "break else for function if in library next repeat require return while",
        constants: "TRUE FALSE NULL NA NaN Inf NA_integer_ NA_real_ NA_character_",
        line_comments: HASH,
        quotes: &[long(DOUBLE), long(SINGLE)],
        habits: Habits { calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Julia"],
        keywords: "abstract baremodule begin break catch const continue do else elseif end export finally for function global if import in \
             isa let local macro module mutable primitive quote return struct try type using where while",
        constants: "true false nothing missing NaN Inf",
        line_comments: HASH,
        block_comment: Some(("#=", "=#")),
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["MATLAB", "octave"],
        keywords: "break case catch classdef continue else elseif end endfunction endif endfor endwhile for function global if methods otherwise \
             parfor persistent properties return spmd switch try while",
        constants: "true false pi inf NaN Inf eps",
        line_comments: &["%", "#"],
        block_comment: Some(("%{", "%}")),
        quotes: &[raw(DOUBLE), raw(SINGLE)],
        habits: Habits { calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Scala"],
        keywords: "abstract case catch class def derives do else end enum export extends extension final finally for given if implicit import \
             inline lazy match new object opaque open override package private protected return sealed super then this throw trait try \
             type using val var while with yield",
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        nested_comments: true,
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Dart"],
        keywords: "abstract as assert async await base break case catch class const continue covariant default deferred do else enum export \
             extends extension external factory final finally for get if implements import in interface is late library mixin new on \
             operator part required rethrow return sealed set show static super switch sync this throw try typedef var when while with \
             yield",
        types: "bool double dynamic int num void",
        constants: "true false null",
        line_comments: SLASHES,
        block_comment: STARS,
        nested_comments: true,
        quotes: &[TRIPLE, long(quote("'''", "'''")), DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["Haskell", "PureScript", "Elm"],
        keywords: "as case class data default deriving do else exposing family forall foreign hiding if import in infix infixl infixr instance \
             let mdo module newtype of pattern port proc qualified rec then type where",
        line_comments: DASHES,
        block_comment: Some(("{-", "-}")),
        nested_comments: true,
        quotes: &[TRIPLE, DOUBLE],
        habits: Habits { capital_types: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Elixir"],
        keywords: "after alias and case catch cond def defdelegate defexception defguard defimpl defmacro defmacrop defmodule defp defprotocol \
             defstruct do else end fn for if import in not or quote raise receive require rescue super try unless unquote use when with",
        constants: "true false nil",
        line_comments: HASH,
        quotes: &[TRIPLE, long(DOUBLE), SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["F#", "OCaml"],
        keywords: "abstract and as assert async begin class constraint default delegate do done downcast downto elif else end exception external \
             finally for fun function functor if in inherit inline interface internal lazy let match member method module mutable \
             namespace new nonrec object of open override private public rec return sig static struct task then to try type upcast use \
             val virtual when while with yield",
        types: "array bool char float int list option string unit",
        constants: "true false null None Some Ok Error",
        line_comments: SLASHES,
        block_comment: Some(("(*", "*)")),
        nested_comments: true,
        quotes: &[TRIPLE, long(DOUBLE)],
        habits: Habits { capital_types: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Objective-C", "Objective-C++"],
        keywords: "auto break case const continue default do else enum extern for goto if in inline nonatomic readonly readwrite register return \
             self sizeof static strong struct super switch typedef union volatile weak while",
        types: "BOOL CGFloat Class IBAction IBOutlet NSInteger NSUInteger SEL bool char double float id instancetype int long short signed \
             unsigned void",
        constants: "YES NO nil Nil NULL true false",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[quote("@\"", "\""), DOUBLE, SINGLE],
        habits: Habits { preprocessor: true, ..C_LIKE },
        ..PLAIN
    },
    Dialect {
        names: &["cuda", "cu", "opencl", "hlsl", "arduino", "ino", "metal"],
        keywords: "__constant__ __device__ __global__ __host__ __kernel __shared__ auto break case class const constexpr continue default delete do \
             else enum extern for goto if in inline inout namespace new operator out private public register return sizeof static struct \
             switch template this typedef typename union using virtual volatile while",
        types: "bool boolean byte char cudaError_t cudaStream_t dim3 double float float2 float3 float4 half int int32_t int64_t long short size_t \
             String uint uint8_t uint16_t uint32_t uint64_t unsigned void word",
        constants: "true false NULL nullptr HIGH LOW INPUT OUTPUT INPUT_PULLUP",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: Habits { calls: true, capital_types: true, preprocessor: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Zig"],
        keywords: "align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer else enum errdefer error \
             export extern fn for if inline noalias nosuspend opaque or orelse packed pub resume return struct suspend switch test \
             threadlocal try union unreachable usingnamespace var volatile while",
        types: "bool c_int comptime_float comptime_int f16 f32 f64 f128 i8 i16 i32 i64 i128 isize type u8 u16 u32 u64 u128 usize void",
        constants: "true false null undefined",
        line_comments: SLASHES,
        quotes: &[DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["vb", "vbnet", "vba", "vb.net", "vbscript", "vbs", "basic", "visual-basic"],
        keywords: "addhandler and andalso as byref byval call case catch class const continue declare dim do each else elseif end enum erase error \
             event exit finally for friend function get goto handles if implements imports in inherits interface is isnot let lib like \
             loop me mod module mybase namespace new next not on operator option optional or orelse overrides paramarray preserve private \
             property protected public raiseevent readonly redim return select set shared static step stop structure sub then throw to \
             try typeof until using wend when while with withevents xor",
        types: "boolean byte char currency date decimal double integer long object short single string variant",
        constants: "true false nothing null empty",
        functions: "cint cstr msgbox print ucase lcase trim len mid instr replace",
        line_comments: &["'", "REM "],
        quotes: &[raw(DOUBLE)],
        habits: Habits { ignores_case: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Fortran (Modern)", "Fortran (Fixed Form)", "fortran"],
        keywords: "allocatable allocate associate call case contains cycle deallocate dimension do else elseif end enddo endif exit function if \
             implicit in inout intent interface kind module none only out parameter pointer print private procedure program public pure \
             read recursive result return save select stop subroutine target then type use where while write",
        types: "character complex double integer logical precision real",
        line_comments: &["!"],
        quotes: &[raw(DOUBLE), raw(SINGLE)],
        habits: Habits { ignores_case: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Pascal", "delphi"],
        keywords: "and array as asm begin case class const constructor destructor div do downto else end except exports file finalization finally \
             for function goto if implementation in inherited initialization inline interface is label library mod nil not object of on \
             operator or out override packed private procedure program property protected public published raise record repeat set shl \
             shr then to try type unit until uses var virtual while with xor",
        types: "ansistring boolean byte cardinal char double extended integer int64 longint pchar real shortint single string tobject word",
        constants: "true false",
        functions: "readln write writeln",
        line_comments: SLASHES,
        block_comment: Some(("{", "}")),
        quotes: &[raw(SINGLE)],
        habits: Habits { ignores_case: true, calls: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["assembly", "x86asm", "masm", "armasm", "riscv", "mips"],
        keywords: "add adc addi addq and blt bne beq b call cmp cmpq cmpl dec div ecall idiv imul inc int j ja jae jal jb jbe je jg jge jl jle jmp \
             jne jnz jz la ldr lea leaq leave li loop lw mov movl movq movsx movzx mul mv neg nop not or pop popq push pushq ret sar shl \
             shr str sub subq subl sw syscall svc test testq xor xorl xorq",
        types: "byte db dd dq dw dword equ ptr qword resb resd resq word",
        functions: "section segment global extern bits default align .data",
        constants: "al ah ax eax rax bl bx ebx rbx cl cx ecx rcx dl dx edx rdx si esi rsi di edi rdi bp ebp rbp sp esp rsp r8 r9 r10 r11 r12 r13 r14 \
             r15 xmm0 xmm1 xmm2 xmm3 x0 x1 x2 x3 x4 x5 x6 x7 x8 w0 w1 w2 lr pc r0 r1 r2 r3 r4 r5 r6 r7",
        line_comments: &[";", "#", "//", "@"],
        quotes: &[raw(DOUBLE), raw(SINGLE)],
        habits: Habits { ignores_case: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Protocol Buffer", "Protocol Buffer (TEXT)"],
        keywords: "enum extend extensions import map message oneof option optional package public repeated required reserved returns rpc service \
             stream syntax",
        types: "bool bytes double fixed32 fixed64 float int32 int64 sfixed32 sfixed64 sint32 sint64 string uint32 uint64",
        constants: "true false",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: Habits { capital_types: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["GraphQL"],
        keywords: "directive enum extend fragment implements input interface mutation on query scalar schema subscription type union",
        types: "Boolean Float ID Int String",
        constants: "true false null",
        line_comments: HASH,
        quotes: &[TRIPLE, DOUBLE],
        habits: Habits { capital_types: true, annotations: true, dollar_words: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Terraform"],
        keywords: "backend check data dynamic for if import in lifecycle locals module moved output provider provisioner removed resource terraform \
             variable",
        types: "any bool list map number object set string tuple",
        constants: "true false null",
        line_comments: &["#", "//"],
        block_comment: STARS,
        quotes: &[DOUBLE],
        habits: Habits { calls: true, keys: Some(b'='), ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["Solidity"],
        keywords: "abstract anonymous as assembly assert break calldata case catch constant constructor continue contract default delete do else emit \
             enum error event external fallback for from function if immutable import indexed interface internal is library mapping \
             memory modifier new override payable pragma private public pure receive require return returns revert storage struct super \
             this throw try type unchecked using view virtual while",
        types: "address bool bytes bytes32 int int256 string uint uint8 uint16 uint32 uint64 uint128 uint256",
        constants: "true false wei gwei ether seconds minutes hours days weeks",
        line_comments: SLASHES,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["prisma"],
        keywords: "datasource enum generator model type view",
        types: "BigInt Boolean Bytes DateTime Decimal Float Int Json String",
        constants: "true false null",
        line_comments: SLASHES,
        quotes: &[DOUBLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["mermaid"],
        keywords: "accTitle activate actor alt and as autonumber class classDef classDiagram click critical dateFormat \
             deactivate direction else end erDiagram flowchart gantt gitGraph graph journey linkStyle loop mindmap note opt par \
             participant pie quadrantChart rect section sequenceDiagram state stateDiagram style subgraph \
             timeline title xychart",
        constants: "TD TB BT LR RL",
        line_comments: &["%%"],
        quotes: &[raw(DOUBLE)],
        habits: Habits { capital_types: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["prolog", "swipl"],
        keywords: "is mod not dynamic discontiguous module use_module initialization",
        constants: "true false fail",
        line_comments: PERCENT,
        block_comment: STARS,
        quotes: &[DOUBLE, SINGLE],
        habits: C_LIKE,
        ..PLAIN
    },
    Dialect {
        names: &["scheme"],
        keywords: "and begin case cond define define-record-type define-syntax delay do else if lambda let let* let-values letrec library or quasiquote \
             quote set! syntax-rules unless when",
        functions: "append apply assoc caar cadr car cdr cons display equal? eq? error filter fold for-each length list map member newline not \
             null? pair? reverse vector vector-ref",
        constants: "#t #f nil",
        line_comments: SEMICOLON,
        block_comment: Some(("#|", "|#")),
        quotes: &[long(DOUBLE)],
        habits: Habits { hyphens: true, ..NONE },
        ..PLAIN
    },
    Dialect {
        names: &["GDScript (Godot Engine)", "gdscript"],
        keywords: "and as assert await break breakpoint class class_name const continue elif else enum export extends for func if in is match not \
             onready or pass preload return self setget signal static super tool var void while yield",
        types: "Array Color Dictionary Node Node2D Node3D PackedScene String Vector2 Vector3 bool float int",
        constants: "true false null PI TAU INF NAN",
        line_comments: HASH,
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        habits: Habits { dollar_words: true, ..C_LIKE },
        ..PLAIN
    },
    Dialect {
        names: &["cobol"],
        keywords: "accept add call close compute data delete display divide division else end end-evaluate end-if end-perform end-read evaluate exit \
             file from giving go goback identification if input into is move multiply not of open output perform pic picture procedure \
             program-id read record replacing rewrite run section select stop string subtract then thru times to until using value varying \
             when with working-storage write",
        constants: "zero zeros zeroes space spaces true false",
        line_comments: &["*>"],
        quotes: &[raw(DOUBLE), raw(SINGLE)],
        habits: Habits { ignores_case: true, hyphens: true, ..NONE },
        ..PLAIN
    },
];
