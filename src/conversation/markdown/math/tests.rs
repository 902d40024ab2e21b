//! What is typeset, what is not, and that nothing of it can be markup.

use super::*;

fn html(tex: &str) -> String {
    mathml(tex, true).unwrap_or_else(|| panic!("{tex} is not typeset")).html
}

/// Formulas out of answers as models write them.
const TYPESET: &[&str] = &[
    r"E = mc^2",
    r"a_{1} * b_{2}",
    r"\int_0^1 x\,dx",
    r"+DM_t = \begin{cases} H_t - H_{t-1}, & \text{if } H_t > H_{t-1} \\ 0, & \text{otherwise} \end{cases}",
    r"\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
    r"\sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{bmatrix} 1 & \cdots & 0 \\ \vdots & \ddots & \vdots \\ 0 & \cdots & 1 \end{bmatrix}",
    r"\begin{vmatrix} a & b \\ c & d \end{vmatrix} \begin{Bmatrix} 1 \end{Bmatrix} \begin{matrix} 1 \end{matrix}",
    r"\begin{smallmatrix} 1 & 2 \end{smallmatrix}",
    r"\begin{aligned} f(x) &= (x+1)^2 \\[4pt] &= x^2 + 2x + 1 \end{aligned}",
    r"\begin{aligned}[t] a &= b \end{aligned}",
    r"\begin{align*} a &= b \\ c &= d \end{align*}",
    r"\begin{align} a &= b \label{eq:1} \\ c &= d \nonumber \end{align}",
    r"\begin{alignat*}{2} a &= b \end{alignat*}",
    r"\begin{equation} x = 1 \tag{3} \end{equation}",
    r"\begin{gather} a \\ b \end{gather}",
    r"\begin{split} a &= b \\ &= c \end{split}",
    r"\begin{multline} a \\ b \end{multline}",
    r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
    r"\begin{array}{lcr} a & b & c \end{array}",
    r"\begin{rcases} a \\ b \end{rcases} \begin{dcases} c \end{dcases}",
    r"a \\ b",
    r"a &= b \\ c &= d",
    r"\left( \frac{a}{b} \right)^n \left\{ x \in \mathbb{R} \mid x > 0 \right\}",
    r"\left. \frac{dx}{dt} \right|_{t=0} \left< x \right>",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"\nabla \times \mathbf{E} = -\frac{\partial \mathbf{B}}{\partial t}",
    r"\mathcal{L}(\theta) = -\mathbb{E}_{x \sim p}\left[\log q_\theta(x)\right]",
    r"\hat{y} = \sigma(\mathbf{W}\vec{x} + b) \bar{x} \dot{x} \ddot{x} \tilde{x} \widehat{ABC} \widetilde{xy}",
    r"\operatorname{softmax}(z_i) = \frac{e^{z_i}}{\sum_j e^{z_j}}",
    r"\operatorname*{arg\,max}_\theta \mathcal{L} + \argmin_x f",
    r"\arg\min_{w} \|Xw - y\|_2^2",
    r"\binom{n}{k} = \frac{n!}{k!(n-k)!}",
    r"\boxed{x = 42}",
    r"\underbrace{a + b + c}_{\text{sum}} + \overbrace{d}^{e}",
    r"\overline{AB} \parallel \underline{CD} \overrightarrow{AB}",
    r"x \xrightarrow{f} y",
    r"\sum_{\substack{i<n \\ j<m}} a_{ij}",
    r"\color{red} x + y",
    r"\textcolor{blue}{x} + \textcolor{#00ff00}{y}",
    r"x \tag{1}",
    r"\bm{x} + \boldsymbol{y} + \pmb{z} \mathscr{F} \mathfrak{g} \mathsf{A} \mathtt{B} \mathit{C} \mathrm{d}x \mathds{1}",
    r"\dfrac{1}{2} + \tfrac{1}{2} + \cfrac{1}{1+\cfrac{1}{2}} + \frac12",
    r"\sqrt[3]{27} = 3",
    r"a \equiv b \pmod{n}",
    r"f: A \to B, \quad x \mapsto x^2",
    r"\forall \epsilon > 0\, \exists \delta > 0",
    r"A \cup B \cap C \setminus D \subseteq E \notin F",
    r"\oint_C \vec{F} \cdot d\vec{r} = \iint_S (\nabla \times \vec{F}) \cdot d\vec{S}",
    r"\langle \psi | \hat{H} | \psi \rangle \lvert x \rvert \lVert v \rVert \abs{x} \norm{v}",
    r"\big( \Big[ \bigg\{ \Bigg| x \Bigg| \bigg\} \Big] \big)",
    r"\text{if $x > 0$ then } y",
    r"\text{Rate} = \frac{\text{distance}}{\text{time}} \text{ km/h}",
    r"50\% \text{ of } \$100",
    r"x' + x'' + f'(x)",
    r"\mathbb{P}(A \mid B) = \frac{\mathbb{P}(B \mid A)\,\mathbb{P}(A)}{\mathbb{P}(B)}",
    r"\Re(z) + \Im(z) \aleph_0 \hbar \ell \wp",
    r"\stackrel{\text{def}}{=} \overset{!}{=} \underset{x}{\min}",
    r"\cancel{x} + \phantom{y}",
    r"\text{T} \approx 25^\circ\text{C}",
    r"a < b > c",
    r"\neq \not\in \not\subset",
    r"x \! y \; z \quad \hspace{1em} w",
    r"{}^{14}_6\mathrm{C}",
    r"\ce{2H2O + SO4^2- -> X} \ce{CO2(aq) <=> H2CO3} \ce{Fe^{3+}} \ce{Ca(OH)2} \ce{NH4+} \ce{A ->[heat] B}",
    "a + b % a comment\n+ c",
    "中文 \\text{中文} é",
];

#[test]
fn tables_have_only_attributes_that_validators_know() {
    for tex in [
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{cases} x & y \\ z & w \end{cases}",
        r"x^{\begin{matrix} a \\ b \end{matrix}}",
    ] {
        let html = mathml(tex, true).map(|mathml| mathml.html).unwrap_or_default();
        let table = html.split("<mtable").nth(1).and_then(|rest| rest.split('>').next());
        assert!(table.is_some_and(|attributes| !attributes.contains("scriptlevel")), "{html}");
    }
}

#[test]
fn what_models_write_is_typeset() {
    for tex in TYPESET {
        let html = html(tex);
        let leftover =
            [" style=", "<mi>t</mi><mo stretchy=\"false\">]", "<mi>p</mi><mi>t</mi>"].into_iter().find(|left| html.contains(left));
        assert_eq!(leftover, None, "{tex}: {html}");
        assert!(!html.contains('$') || tex.contains("\\$"), "{tex}: {html}");
        assert!(mathml(tex, false).is_some(), "{tex} in a line");
    }
}

#[test]
fn what_is_typeset_means_what_was_written() {
    for (tex, expected) in [
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("a<b", "<mo>&lt;</mo>"),
        (r"\text{a<b>c}", "<mtext>a&lt;b&gt;c</mtext>"),
        (r"\boxed{x}", "<mrow class=\"boxed\"><mi>x</mi></mrow>"),
        (r"\textcolor{red}{x}", "<mrow class=\"red\"><mi>x</mi></mrow>"),
        (r"\textcolor{#00c}{x}y", ""),
        (r"\color{blue}x", "<mrow class=\"blue\">"),
        (r"\color{green}x", "<mrow class=\"green\">"),
        (r"\color{orange}x", "<mrow class=\"orange\">"),
        (r"\color{violet}x", "<mrow class=\"violet\">"),
        (r"\color{black}x", "<mrow><mi>x</mi></mrow>"),
        (r"\begin{aligned} a &= b \end{aligned}", "<mtd class=\"r pr\"><mi>a</mi></mtd><mtd class=\"l pl\"><mo>=</mo>"),
        (r"\begin{cases} a & b \end{cases}", "<mtd class=\"l pr\"><mi>a</mi></mtd><mtd class=\"l pr g\">"),
        (r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}", "<mtd class=\"bt br\"><mi>c</mi></mtd><mtd class=\"bt\">"),
        (r"\cancel{x}", "<mrow class=\"struck\"><mi>x</mi>"),
        (r"a \! b", "<mspace class=\"neg\"></mspace>"),
        (r"\text{a $x^2$ b}", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\text{\textbf{b}}", "<b>b</b>"),
        (r"x \tag{1}", "<mtext>(1)</mtext>"),
        (r"\ce{H2O}", "<mn>2</mn>"),
        (r"\ce{NH4+}", "<mo"),
    ] {
        match mathml(tex, true) {
            Some(Mathml { html, .. }) => assert!(html.contains(expected), "{tex}: {html}"),
            None => assert!(expected.is_empty(), "{tex}"),
        }
    }
    assert_eq!(mathml("x^2+1", true).map(|mathml| mathml.width), Some(4));
}

#[test]
fn what_is_no_formula_is_not_typeset() {
    for tex in [
        r"\frac{1}{",
        r"\undefinedmacro{x}",
        "}",
        "{",
        r"\begin{matrix}",
        r"\left(",
        r"a & b",
        r"\newcommand{\R}{x} \R",
        r"\def\x{\x\x}\x",
        r"\href{javascript:alert(1)}{x}",
        r"\href{https://a.example/}{x}",
        r"\url{https://a.example/}",
        r"\includegraphics{x}",
        r"\eqref{x}",
        r"\hspace{100000em}",
        r"\rule{900em}{900em}",
        "x\0",
        r"\ce{\evil}",
    ] {
        assert_eq!(mathml(tex, true), None, "{tex}");
    }
    assert_eq!(mathml(&"x".repeat(MAX_BYTES + 1), true), None);
}

/// Every place that takes text, with every text that would be markup.
#[test]
fn nothing_in_a_formula_becomes_markup() {
    let attacks = [
        "<img/src=x/onerror=alert(1)>",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "</math><script>alert(1)</script>",
        "</mo></mrow></math><img src=x>",
        "<mi>x</mi>",
        "<b>x</b>",
        "<annotation-xml encoding=\"text/html\"><img src=x>",
        "\" onclick=\"alert(1)",
        "&lt;img src=x&gt;",
        "&#60;img&#62;",
        "<!--",
        "<style>*{display:none}</style>",
        "x\u{202e}y",
    ];
    let places = [
        "{}",
        "\\operatorname{{}}",
        "\\operatorname*{{}}",
        "\\mathop{{}}",
        "\\text{{}}",
        "\\textbf{{}}",
        "\\mathrm{{}}",
        "\\mathbf{{}}",
        "\\mathtt{{}}",
        "\\texttt{{}}",
        "\\color{{}}x",
        "\\textcolor{{}}{x}",
        "\\textcolor{red}{{}}",
        "\\begin{{}}x\\end{{}}",
        "\\begin{array}{{}}x\\end{array}",
        "\\hspace{{}}",
        "\\tag{{}}",
        "\\label{{}}",
        "\\ref{{}}",
        "\\href{{}}{x}",
        "\\href{x}{{}}",
        "\\class{{}}{x}",
        "\\style{{}}{x}",
        "\\cssId{{}}{x}",
        "\\htmlClass{{}}{x}",
        "\\xrightarrow{{}}",
        "\\boxed{{}}",
        "\\substack{{}}",
        "\\ce{{}}",
        "\\ce{A ->[{}] B}",
        "\\sqrt[{}]{x}",
        "\\genfrac{{}}{}{}{}{a}{b}",
        "\\DeclareMathOperator{\\x}{{}}\\x",
        "\\{}",
        "x_{{}}",
        "\\left{}x\\right)",
        "\\\\[{}]",
    ];
    let mut typeset = 0;
    for place in places {
        for attack in attacks {
            let tex = place.replacen("{}", attack, 1).replace("{{}}", "{x}");
            for is_display in [false, true] {
                let Some(Mathml { html, .. }) = mathml(&tex, is_display) else { continue };
                typeset += 1;
                for tag in html.split('<').skip(1) {
                    let tag = tag.split_once('>').unwrap_or_else(|| panic!("{tex}: {html}")).0;
                    let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                    let known = ELEMENTS.contains(&name);
                    assert!(known, "{tex}: <{tag}> in {html}");
                    let attributes = &tag[tag.find(' ').unwrap_or(tag.len())..];
                    for attribute in attributes.split_ascii_whitespace().filter_map(|pair| pair.split_once('=')) {
                        assert!(ATTRIBUTES.contains(&attribute.0) || !tag.contains('='), "{tex}: {} in {html}", attribute.0);
                    }
                }
                assert!(!html.contains('\u{202e}') && !html.contains("<script") && !html.contains("<img"), "{tex}: {html}");
            }
        }
    }
    assert!(typeset > 100, "{typeset}: the places take text");
}

const ELEMENTS: &[&str] = &[
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mpadded",
    "mphantom",
    "b",
    "i",
    "em",
    "s",
    "u",
    "code",
];
const ATTRIBUTES: &[&str] = &[
    "lspace",
    "rspace",
    "width",
    "height",
    "minsize",
    "maxsize",
    "linethickness",
    "accent",
    "accentunder",
    "displaystyle",
    "largeop",
    "movablelimits",
    "stretchy",
    "symmetric",
    "form",
    "mathvariant",
    "scriptlevel",
    "class",
];

#[test]
fn the_reader_of_mathml_refuses_what_it_does_not_know() {
    let read = |inside: &str| Mathml::read(&format!("<math>{inside}</math>"));
    for inside in [
        "<img src=x>",
        "<mi>x",
        "<mi>x</mo>",
        "</mi>",
        "x",
        "<mi><mi>x</mi></mi>",
        "<mi><b>x</b></mi>",
        "<mrow>x</mrow>",
        "<mi onclick=\"x\">x</mi>",
        "<mi href=\"x\">x</mi>",
        "<mi id=\"x\">x</mi>",
        "<mi mathvariant=\"bold\">x</mi>",
        "<mi mathvariant=normal>x</mi>",
        "<mo lspace=\"calc(1px)\">x</mo>",
        "<mo lspace=\"1e9em\">x</mo>",
        "<mo lspace=\"41em\">x</mo>",
        "<mspace width=\"1px\"/>",
        "<mspace>",
        "<mi/>",
        "<mtext><a href=\"x\">y</a></mtext>",
        "<mtext><b class=\"x\">y</b></mtext>",
        "<mtext><script>y</script></mtext>",
        "<semantics><mi>x</mi><annotation-xml><p>x</p></annotation-xml></semantics>",
        "<maction><mi>x</mi></maction>",
        "<mi>&evil;</mi>",
        "<mi>&#x3c;</mi>",
        "<mi>a > b</mi>",
        "<mi>a < b</mi>",
        "<MI>x</MI>",
        "<mglyph/>",
    ] {
        assert_eq!(read(inside), None, "{inside}");
    }
    assert_eq!(Mathml::read("<math onload=\"x\"><mi>x</mi></math>"), None);
    assert_eq!(Mathml::read("<mi>x</mi>"), None);
    assert_eq!(read(&("<mrow>".repeat(61) + &"</mrow>".repeat(61))), None);
    assert_eq!(
        read("<mtext>a<span class=\"x\">b</span><i>c</i></mtext><mspace width=\"0.2em\"/>").unwrap().html,
        "<mtext>ab<i>c</i></mtext><mspace width=\"0.2em\"></mspace>"
    );
    assert_eq!(read("<mrow style=\"position:fixed;color:#ff0000;\"></mrow>").unwrap().html, "<mrow class=\"red\"></mrow>");
}

/// No stack is deep enough for recursion over what a formula may nest; commands nest without braces too.
#[test]
fn nesting_is_refused_before_it_costs_a_stack() {
    let units = [
        ("{", "}"),
        ("\\sqrt", ""),
        ("\\frac1", ""),
        ("\\displaystyle ", ""),
        ("\\color{red}", ""),
        ("\\left(", "\\right)"),
        ("\\begin{matrix}", "\\end{matrix}"),
        ("x^{", "}"),
        ("\\hat", ""),
        ("\\overset a", ""),
        ("{a\\over ", "}"),
        ("\\mathop", ""),
        ("\\sum_", ""),
        ("\\not", ""),
        ("\\boxed{", "}"),
        ("\\text{$", "$}"),
        ("\\textcolor{red}{", "}"),
        ("x_", ""),
        ("\\ ", ""),
        ("'", ""),
        ("\\\\", ""),
        ("&", ""),
    ];
    for (open, close) in units {
        let count = MAX_BYTES / (open.len() + close.len() + 1);
        for count in [count, 240, 100] {
            let tex = format!("{} x{}", open.repeat(count), close.repeat(count));
            let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || mathml(&tex, true).is_some());
            assert!(thread.unwrap().join().is_ok(), "{open}");
        }
    }
    assert_eq!(mathml(&("{".repeat(300) + "x" + &"}".repeat(300)), true), None);
    assert!(mathml(&"\\alpha + ".repeat(100), true).is_some());
}

#[test]
fn nesting_is_counted() {
    for (tex, deep) in [
        ("x", 0),
        ("{x}{y}", 1),
        ("\\sqrt\\sqrt x", 2),
        ("\\alpha & \\beta & \\gamma", 1),
        ("\\frac{\\sqrt{x}}{y}", 4),
        ("\\\\\\\\", 0),
        ("}}}\\a", 1),
        ("\\é{", 2),
    ] {
        assert_eq!(nesting(tex), deep, "{tex}");
    }
}
