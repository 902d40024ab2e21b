import assert from "node:assert/strict";
import { test } from "node:test";
import { conversation, eventually, openPage, vitrine } from "./harness.js";

/** Where to copy is allowed. @param {import("node:test").TestContext} t @param {import("playwright-core").BrowserContextOptions} [options] */
async function openToCopy(t, options) {
  const opened = await openPage(t, options);
  await opened.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  return { ...opened, clipboard: () => opened.page.evaluate(() => navigator.clipboard.readText()) };
}

for (const password of [undefined, "correct horse battery"]) {
  test(`a message is copied as the Markdown it was written in, ${password ? "protected" : "open"}`, async (t) => {
    const said = "Some **bold** words[^1] and\n\n```rust\nfn main() {}\n```\n\n[^1]: a note";
    const share = await vitrine.share({ password, messages: [{ role: "user", content: "?" }, { role: "assistant", content: said }] });
    const { page, clipboard, trouble } = await openToCopy(t);
    await page.goto(share.url);
    if (password) {
      await page.getByLabel("Password").fill(password);
      await page.keyboard.press("Enter");
    }
    const button = page.locator("#m2").getByRole("button", { name: "Copy as Markdown" });
    await button.focus();
    // They fade in.
    const opacity = () => page.locator("#m2 .tools").evaluate((tools) => getComputedStyle(tools).opacity);
    await eventually(async () => (await opacity()) === "1", "seen on focus");
    await page.keyboard.press("Enter");
    await page.locator("#m2").getByText("Copied").waitFor();
    assert.equal(await clipboard(), `${said}\n`);
    assert.equal(await page.getByRole("status").textContent(), "Copied");
    assert.deepEqual(trouble, []);
  });
}

test("what cannot be copied is said", async (t) => {
  const share = await vitrine.share();
  const { page, clipboard } = await openToCopy(t);
  await page.goto(share.url);
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  await vitrine.revoke(share);
  await page.locator("#m2").hover();
  await page.locator("#m2 .source").click();
  await page.locator("#m2").getByText("Not copied").waitFor();
  assert.equal(await clipboard(), "before");
});

test("a message's link goes to it and is copied", async (t) => {
  const share = await vitrine.share();
  const { page, clipboard } = await openToCopy(t);
  await page.goto(share.url);
  await page.locator("#m3").hover();
  await page.locator("#m3 .to").click();
  await page.locator("#m3:target").waitFor();
  await eventually(async () => (await clipboard()) === `${share.url}#m3`, "the link is on the clipboard");
  assert.equal(page.url(), `${share.url}#m3`);
});

test("the outline lists the questions of a longer conversation and leads to them", async (t) => {
  const share = await vitrine.share({ messages: conversation(30) });
  const { page } = await openPage(t, { viewport: { width: 1400, height: 800 } });
  await page.goto(share.url);
  const outline = page.getByRole("navigation", { name: "Questions" });
  assert.equal(await outline.getByRole("link").count(), 15);
  assert.equal(await page.getByRole("button", { name: "Questions" }).count(), 0, "it is there already");
  await outline.getByRole("link", { name: "What does word-21 mean?" }).click();
  await page.locator("#m21:target").waitFor();
  assert.equal(page.url(), `${share.url}#m21`);

  // Where there is no room beside the column a button opens it, and a choice closes it.
  await page.setViewportSize({ width: 390, height: 800 });
  assert.equal(await outline.count(), 0);
  await page.getByRole("button", { name: "Questions" }).click();
  await outline.getByRole("link", { name: "What does word-5 mean?" }).click();
  await page.locator("#m5:target").waitFor();
  assert.equal(await outline.count(), 0, "it covers what was chosen");
  assert.ok(await page.locator("#m5").isVisible());
});

test("a short conversation has no outline", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t, { viewport: { width: 1400, height: 800 } });
  await page.goto(share.url);
  assert.equal(await page.locator("#outline, [popovertarget]").count(), 0);
});

test("a page in Arabic is mirrored, and its code is not", async (t) => {
  const share = await vitrine.share({
    title: "كيف أكتب هذا؟",
    messages: [{ role: "user", content: "مرحبا، كيف أكتب هذا؟" }, { role: "assistant", content: "هكذا:\n\n```rust\nfn main() {}\n```" }],
  });
  const { page } = await openPage(t, { viewport: { width: 390, height: 800 } });
  await page.goto(share.url);
  const { mark, copy, wide, code } = await page.evaluate(() => {
    const left = (/** @type {string} */ selector) => document.querySelector(selector)?.getBoundingClientRect().left ?? -1;
    const pre = document.querySelector("pre");
    return { mark: left(".mark"), copy: left("[data-copy]"), wide: document.documentElement.scrollWidth - innerWidth, code: pre && getComputedStyle(pre).direction };
  });
  assert.ok(mark > copy && wide <= 0, `mark at ${mark}, button at ${copy}, ${wide} px too wide`);
  assert.equal(code, "ltr");
});
