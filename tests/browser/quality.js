// What tools can tell of a page's quality: axe-core for accessibility, html-validate for the markup, and the widths it must bear.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { HtmlValidate } from "html-validate";
import { conversation, openPage, vitrine } from "./harness.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const everything = [
  "# A heading\n\nSome **words**, `code`, a [link](https://example.org/) and a note[^1].\n\n[^1]: Here.\n\n> quoted\n\n- [x] done\n- [ ] open",
  "```rust\nfn main() { println!(\"{}\", 1); } // a comment\n```\n\n```diff\n- old\n+ new\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n> [!WARNING]\n> Beware.\n\n$x^2$",
];

/** What would push a page apart: deep quotes and lists, long words, a table of sentences, a wide formula. */
const unruly = [
  `${"> ".repeat(60)}deep\n\n${Array.from({ length: 20 }, (_, depth) => `${"  ".repeat(depth)}- level ${depth}`).join("\n")}`,
  `${"a".repeat(3000)}\n\n| ${"column | ".repeat(9)}\n|${"---|".repeat(9)}\n| ${"a sentence that is long enough to want a column with room for it | ".repeat(9)}\n\n\\[ ${"x_1 + ".repeat(80)} y \\]`,
];

const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const sources = ["A book", "A paper", "A page"].map((title, at) => ({ id: `${at + 1}`, title, url: `https://example.org/${at}`, snippet: "Words that it says.", site: "Example" }));

/** Every kind of part, in every state that shows. */
const parts = [
  { role: "user", author: "Emily", parts: [
    { type: "file", name: "report.pdf", mime: "application/pdf", size: 120_000, url: "https://example.org/report.pdf" },
    { type: "file", name: "notes.md", mime: "text/markdown", text: "# Notes\n\nWith a note[^1].\n\n[^1]: Here." },
    { type: "file", name: "Pasted", mime: "text/plain", text: "A paragraph in one line. ".repeat(40) },
    { type: "image", name: "gone.png", mime: "image/png", width: 640, height: 480 },
    { type: "image", alt: "Elsewhere", url: "https://example.org/a.png" },
    { type: "image", name: "dot.png", url: dot },
    { type: "text", text: "What is wrong in this report?" },
  ] },
  { role: "assistant", model: "model-x", status: "incomplete", parts: [
    { type: "reasoning", text: "First *this*, then that.\n\n```js\nlet a = 1;\n```", durationSec: 14 },
    { type: "reasoning", text: "", redacted: true },
    { type: "tool_call", name: "search", input: { query: "wakers", deep: [1, { a: null }] }, callId: "a" },
    { type: "tool_result", callId: "a", output: [
      { type: "text", text: "{\"found\": [1, 2]}" },
      { type: "code", code: "print(1)", language: "python", filename: "a.py" },
      { type: "reasoning", text: "Inside." },
      { type: "file", name: "out.csv", mime: "text/csv", text: "a,b\n1,2" },
      { type: "sources", items: sources },
      { type: "image", name: "plot.png", url: dot },
    ] },
    { type: "tool_call", name: "read", input: "a plain input", callId: "b" },
    { type: "tool_result", callId: "b", isError: true, output: [{ type: "text", text: "\u001b[31mno such file\u001b[0m" }] },
    { type: "tool_call", name: "wait", input: {} },
    { type: "tool_result", name: "orphan", callId: "z", output: [{ type: "text", text: "a line of a log\n".repeat(5000) }] },
    { type: "code", code: "fn main() {}", language: "rust", filename: "main.rs" },
    { type: "text", text: "It says so [1](cite:1) and so [2](cite:2).", citations: sources },
    { type: "sources", items: [...sources, { id: "9", title: "One without an address" }, ...sources] },
    ...["refusal", "error", "interrupted", "summary", "unsupported"].map((kind) => ({ type: "notice", kind, text: `A notice: ${kind}. \u001b[1m` })),
  ] },
  { role: "user", parts: [{ type: "text", text: "And?" }] },
  { role: "assistant", status: "error", parts: [{ type: "text", text: "It" }] },
  { role: "tool", parts: [{ type: "tool_result", name: "late", output: [{ type: "text", text: "An answer to nobody." }] }] },
];

/** Every page that readers meet, by name, with where it is. */
async function pages() {
  const messages = [...conversation(8), ...everything.map((content) => ({ role: "assistant", content }))];
  const rich = await vitrine.share({ messages });
  const long = await vitrine.share({ messages: conversation(240) });
  const locked = await vitrine.share({ password: "correct horse battery" });
  const hidden = await vitrine.share({ privacy: "private" });
  const arabic = await vitrine.share({ title: "مرحبا", messages: [{ role: "user", content: "كيف أكتب هذا؟" }, { role: "assistant", content: "هكذا، يا صديقي." }] });
  const torture = await readFile(new URL("../data/torture.md", import.meta.url), "utf8");
  const tortured = await vitrine.share({ title: "Torture", messages: [{ role: "assistant", content: torture }, { role: "user", content: torture }] });
  const unruled = await vitrine.share({ title: "W".repeat(200), messages: unruly.map((content) => ({ role: "assistant", content })) });
  const settings = { include: { toolCalls: true, reasoning: true } };
  const whole = await vitrine.share({ title: "Every part", messages: /** @type {any} */ (parts), ...settings });
  // One message that goes on over three sheets.
  const paste = await vitrine.share({ title: "A paste", messages: [{ role: "user", content: "A line that was pasted, <b>& more</b>.\n".repeat(7500) }, { role: "assistant", content: "Long." }] });
  return {
    "a paste": paste.url,
    "a paste that goes on": `${paste.url}?page=2`,
    "a frame of a paste": paste.embedUrl,
    "every part": whole.url,
    "a frame of every part": whole.embedUrl,
    "everything of every part": `${whole.url}?all`,
    "torture": tortured.url,
    "a tortured frame": tortured.embedUrl,
    "an unruly one": unruled.url,
    "an unruly frame": unruled.embedUrl,
    "a conversation": rich.url,
    "a sheet of a long one": `${long.url}?page=2`,
    "a password": locked.url,
    "a sign-in": hidden.url,
    "an Arabic one": arabic.url,
    "nothing": `${vitrine.origin}/s/AAAAAAAAAAAA`,
    "a frame": rich.embedUrl,
    "a long frame": long.embedUrl,
    "a locked frame": locked.embedUrl,
  };
}

const reached = await pages();

for (const [device, viewport] of Object.entries({ desktop: { width: 1400, height: 900 }, phone: { width: 390, height: 844 } })) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`axe finds nothing on a ${device}, ${colorScheme}`, async (t) => {
      const { page } = await openPage(t, { viewport, colorScheme, bypassCSP: true });
      for (const [name, url] of Object.entries(reached)) {
        await page.goto(url, { waitUntil: "load" });
        await page.evaluate(axe);
        const look = () => page.evaluate(async () => {
          // @ts-ignore: put there the line before
          const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
          return violations.map((/** @type {{ id: string, nodes: { html: string, failureSummary: string }[] }} */ found) =>
            `${found.id}: ${found.nodes[0].html} ${found.nodes[0].failureSummary}`);
        });
        assert.deepEqual(await look(), [], name);
        const folded = page.locator("summary:visible, .contents:visible");
        if ((await folded.count()) > 0) {
          await folded.evaluateAll((all) => all.forEach((one) => /** @type {HTMLElement} */ (one).click()));
          assert.deepEqual(await look(), [], `${name}, unfolded`);
        }
      }
    });
  }
}

test("the markup is valid", async () => {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard", "html-validate:a11y"],
    // How it is written, not whether it is right; and headers the server sends with it.
    rules: { "no-trailing-whitespace": "off", "long-title": "off", "require-sri": "off", "doctype-style": "off", "void-style": "off" },
  });
  for (const [name, url] of Object.entries(reached)) {
    const report = await validator.validateString(await (await fetch(url)).text());
    const found = report.results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`));
    assert.deepEqual(found, [], name);
  }
});

test("no page is wider than its screen, from 320 px to 4k", async (t) => {
  const { page } = await openPage(t);
  for (const width of [320, 640, 1024, 1280, 1920, 3840]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [name, url] of Object.entries(reached)) {
      await page.goto(url, { waitUntil: "load" });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} at ${width} px`);
    }
  }
});

test("torture shows what its author wrote, and nothing runs", async (t) => {
  const { page, trouble, requests } = await openPage(t);
  await page.goto(reached.torture, { waitUntil: "networkidle" });
  const torture = await readFile(new URL("../data/torture.md", import.meta.url), "utf8");
  const message = page.locator("#m1 .box");
  // Between these signs the source and what is seen are the same.
  const seen = await message.innerText();
  for (const [, words] of torture.matchAll(/⟦([^⟦⟧]*)⟧/g)) {
    const plain = words.replace("&lt;", "<");
    assert.ok(seen.includes(plain), `${plain} is not to be seen`);
  }
  assert.equal(await message.locator("math").count(), 12, "formulas");
  assert.equal(await message.locator("figure.code").count(), 12, "blocks of code");
  assert.equal(await message.locator("h2, h1").count(), 0, "headings stand below the page's own");
  assert.deepEqual([trouble, requests.filter((request) => !request.url().startsWith(vitrine.origin)).length], [[], 0]);
  // What a person typed stays as typed.
  assert.ok((await page.locator("#m2 .box").innerText()).includes("## Emphasis"));
});

test("nothing moves after the first paint", async (t) => {
  for (const viewport of [{ width: 1400, height: 900 }, { width: 390, height: 844 }]) {
    const { page } = await openPage(t, { viewport });
    for (const [name, url] of Object.entries(reached)) {
      await page.goto(url, { waitUntil: "networkidle" });
      const shifts = await page.evaluate(() => new Promise((known) => {
        new PerformanceObserver((list) => known(list.getEntries().length)).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => known(0), 200);
      }));
      assert.equal(shifts, 0, `${name}, ${viewport.width} px wide`);
    }
  }
});

test("forced colours leave every mark to be seen", async (t) => {
  const { page } = await openPage(t, { forcedColors: "active", viewport: { width: 1400, height: 900 } });
  await page.goto(`${reached["a conversation"]}#m3`);
  const { mark, ground, bubble } = await page.evaluate(() => {
    const style = (/** @type {string} */ selector, /** @type {string} */ pseudo = "") => getComputedStyle(/** @type {Element} */ (document.querySelector(selector)), pseudo);
    return { mark: style("#m3", "::before").backgroundColor, ground: style("body").backgroundColor, bubble: style("#m3 .box").borderTopStyle };
  });
  assert.notEqual(mark, ground, "the message that was linked to");
  assert.equal(bubble, "solid");
});
