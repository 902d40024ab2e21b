//! The languages that models write most, one sample each: every one gets colours, and keeps its text.

use super::code_block;
use super::tests::{spans, text};
use std::collections::HashSet;

/// Names as fences have them, and code in which at least two kinds of things stand.
const SAMPLES: &[(&[&str], &str)] = &[
    (&["python", "py", "python3"], "def f(x):\n    return \"a\" # b\n"),
    (&["javascript", "js", "mjs", "node"], "const a = 'b'; // c\n"),
    (&["typescript", "ts"], "let a: string = 'b';\n"),
    (&["jsx"], "const A = () => <div id=\"x\">y</div>;\n"),
    (&["tsx"], "const A = () => <div id=\"x\">y</div>;\n"),
    (&["bash", "sh", "shell", "zsh", "console"], "if true; then echo \"a\"; fi # b\n"),
    (&["fish"], "function f; echo \"a\"; end # b\n"),
    (&["powershell", "ps1", "pwsh"], "function Get-A($b) { Write-Host \"a\" } # c\n"),
    (&["bat", "batch", "cmd"], "@echo off\nREM a\nset A=\"b\"\n"),
    (&["json"], "{\"a\": 1}\n"),
    (&["jsonc", "json5"], "{\"a\": 1} // b\n"),
    (&["yaml", "yml"], "a: \"b\" # c\n"),
    (&["toml"], "[a]\nb = 1\n"),
    (&["ini", "conf", "cfg", "properties"], "[a]\nb = 1\n"),
    (&["xml", "svg"], "<a b=\"c\">d</a>\n"),
    (&["html"], "<a href=\"c\">d</a>\n"),
    (&["css"], "a { color: \"red\" } /* b */\n"),
    (&["scss"], "$a: 1px; .b { color: \"red\" } // c\n"),
    (&["less"], "@a: 1px; .b { color: red } // c\n"),
    (&["sass"], "$a: 1px\n.b\n  color: red // c\n"),
    (&["sql", "postgresql", "mysql", "sqlite", "plsql", "tsql"], "select 'a' from b; -- c\n"),
    (&["go", "golang"], "func main() { a := \"b\" } // c\n"),
    (&["rust", "rs"], "fn main() { let a = \"b\"; } // c\n"),
    (&["c"], "int main(void) { return \"b\"; } // c\n"),
    (&["cpp", "c++", "cc", "hpp"], "class A { int b = 1; }; // c\n"),
    (&["csharp", "cs", "c#"], "class A { string b = \"c\"; } // d\n"),
    (&["java"], "class A { String b = \"c\"; } // d\n"),
    (&["kotlin", "kt"], "fun main() { val a = \"b\" } // c\n"),
    (&["swift"], "func f() { let a = \"b\" } // c\n"),
    (&["objective-c", "objc"], "@interface A : NSObject\n- (int)b; // c\n@end\n"),
    (&["php"], "<?php\nfunction f($a) { return \"b\"; } // c\n"),
    (&["ruby", "rb"], "def f\n  \"a\" # b\nend\n"),
    (&["perl", "pl"], "my $a = \"b\"; # c\n"),
    (&["lua"], "local a = \"b\" -- c\n"),
    (&["r"], "f <- function(x) { \"a\" } # b\n"),
    (&["julia", "jl"], "function f(x)\n  \"a\" # b\nend\n"),
    (&["matlab", "octave"], "function y = f(x)\n  y = 'a'; % b\nend\n"),
    (&["scala"], "object A { val b = \"c\" } // d\n"),
    (&["haskell", "hs"], "module A where\nf = \"a\" -- b\n"),
    (&["elixir", "ex"], "defmodule A do\n  def f, do: \"a\" # b\nend\n"),
    (&["erlang", "erl"], "-module(a).\nf(X) -> \"a\". % b\n"),
    (&["clojure", "clj"], "(defn f [x] \"a\") ; b\n"),
    (&["lisp", "elisp", "racket"], "(defun f (x) \"a\") ; b\n"),
    (&["ocaml", "ml"], "let f x = \"a\" (* b *)\n"),
    (&["fsharp", "fs", "f#"], "let f x = \"a\" // b\n"),
    (&["dart"], "void main() { var a = 'b'; } // c\n"),
    (&["groovy", "gradle"], "def a = \"b\" // c\n"),
    (&["vb", "vbnet", "vba", "basic"], "Dim a As String = \"b\" ' c\n"),
    (&["fortran", "f90"], "program a\n  print *, \"b\" ! c\nend program\n"),
    (&["pascal", "delphi"], "begin\n  a := 'b'; // c\nend.\n"),
    (&["asm", "assembly", "nasm"], "mov eax, 1 ; b\n"),
    (&["dockerfile", "docker"], "FROM a\nRUN echo \"b\" # c\n# d\n"),
    (&["makefile", "make"], "A = b\nall: x # c\n\techo \"$(A)\"\n"),
    (&["cmake"], "project(a \"b\") # c\n"),
    (&["nginx"], "server { listen 80; } # c\n"),
    (&["terraform", "hcl", "tf"], "resource \"a\" \"b\" { c = 1 } # d\n"),
    (&["graphql", "gql"], "type A { b: Int! } # c\n"),
    (&["protobuf", "proto"], "message A { string b = 1; } // c\n"),
    (&["markdown", "md"], "# A\n> b\n"),
    (&["latex", "tex"], "\\section{A} % b\n$x$\n"),
    (&["bibtex", "bib"], "@article{a, title = \"b\"}\n"),
    (&["diff", "patch"], "@@ -1 +1 @@\n-a\n+b\n"),
    (&["vim", "viml"], "let a = \"b\"\nif a | endif\n"),
    (&["zig"], "fn f() void { const a = \"b\"; } // c\n"),
    (&["nim"], "proc f() = echo \"a\" # b\n"),
    (&["crystal"], "def f\n  \"a\" # b\nend\n"),
    (&["d"], "void main() { auto a = \"b\"; } // c\n"),
    (&["solidity", "sol"], "contract A { uint b = 1; } // c\n"),
    (&["vue"], "<template><a b=\"c\">d</a></template>\n"),
    (&["svelte"], "<script>let a = 1;</script><a b=\"c\">d</a>\n"),
    (&["verilog", "systemverilog"], "module a; wire b = 1'b0; // c\nendmodule\n"),
    (&["vhdl"], "entity a is -- b\nend a;\nconstant c : integer := 1;\n"),
    (&["tcl"], "proc f {} { puts \"a\" } # b\n"),
    (&["awk"], "BEGIN { print \"a\" } # b\n"),
    (&["glsl"], "void main() { float a = 1.0; } // b\n"),
    (&["wgsl"], "fn f() { let a = 1.0; } // b\n"),
    (&["jinja", "jinja2", "django"], "{% if a %}{{ \"b\" }}{# c #}{% endif %}\n"),
    (&["nix"], "let a = \"b\"; in a # c\n"),
    (&["prisma"], "model A { id Int @id } // b\n"),
    (&["mermaid"], "graph TD\n  A[\"b\"] --> C %% d\n"),
    (&["http"], "GET /a HTTP/1.1\nHost: b\n"),
    (&["dotenv", "env"], "A=\"b\" # c\n"),
    (&["regex"], "^(a|b)[c-d]+\\d$\n"),
    (&["csv"], "a,\"b\",1\n2,\"c\",d\n"),
    (&["ada"], "procedure A is -- b\n  C : String := \"d\";\nbegin null; end A;\n"),
    (&["prolog"], "f(X) :- g(X), \"a\". % b\n"),
    (&["typst"], "= A\n#let b = \"c\" // d\n"),
    (&["elm"], "f x = \"a\" -- b\nimport A\n"),
    (&["purescript"], "module A where\nf = \"a\" -- b\n"),
    (&["coffeescript", "coffee"], "f = (x) -> \"a\" # b\nif x then y\n"),
    (&["stylus"], ".a\n  color red // b\n"),
    (&["gdscript"], "func f():\n\treturn \"a\" # b\n"),
    (&["apache"], "<VirtualHost *:80>\nServerName a # b\n</VirtualHost>\n"),
    (&["jq"], ".a | map(\"b\") # c\n"),
    (&["scheme"], "(define (f x) \"a\") ; b\n"),
    (&["cobol"], "MOVE \"a\" TO B. *> c\n"),
    (&["cuda"], "__global__ void f() { int a = 1; } // b\n"),
];

#[test]
fn the_languages_that_models_write_have_colours() {
    let mut missing = Vec::new();
    for (names, code) in SAMPLES {
        for name in *names {
            let html = spans(code, name);
            let classes: HashSet<&str> =
                html.match_indices("<span class=\"").map(|(at, open)| &html[at + open.len()..at + open.len() + 1]).collect();
            if classes.len() < 2 {
                missing.push(format!("{name}: {html}"));
            }
            assert_eq!(text(&html), *code, "{name}");
            assert!(code_block(code, Some(name), None).contains(&format!("<span class=\"language\">{name}</span>")), "{name}");
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(SAMPLES.len() >= 60);
}
