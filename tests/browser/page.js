import assert from "node:assert/strict";
import { test } from "node:test";
import { conversation, eventually, openPage, vitrine } from "./harness.js";

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

for (const [device, screen] of Object.entries({ desktop, phone })) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`the page reads well on a ${device}, ${colorScheme}`, async (t) => {
      const share = await vitrine.share();
      const { page, trouble, requests } = await openPage(t, { ...screen, colorScheme });
      await page.goto(share.url, { waitUntil: "load" });
      await page.getByRole("heading", { name: "A waker that was dropped" }).first().waitFor();
      await page.getByText("word-4").waitFor();
      assert.deepEqual(trouble, []);
      const addresses = requests.map((request) => request.url()).filter((url) => !url.startsWith("data:"));
      assert.ok(addresses.length <= 5, `requests: ${addresses}`);
      assert.deepEqual(addresses.filter((url) => new URL(url).origin !== vitrine.origin), []);
      const { wide, ground } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        ground: [document.body, document.documentElement].map((box) => getComputedStyle(box).backgroundColor).find((colour) => !colour.endsWith(", 0)")) ?? "",
      }));
      assert.ok(wide <= 0, `${wide} px wider than the screen`);
      const brightness = Math.max(...(ground.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number));
      assert.equal(brightness > 128, colorScheme === "light", `ground ${ground}`);
    });
  }
}

test("Copy link copies the share's address", async (t) => {
  const share = await vitrine.share();
  const { page, context } = await openPage(t);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`${share.url}#m2`);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText(/copied/i).first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), share.url);
});

test("a code block copies its text and nothing else", async (t) => {
  const share = await vitrine.share();
  const { page, context } = await openPage(t);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(share.url);
  const code = page.locator("figure.code").first();
  await code.getByRole("button", { name: /copy/i }).click();
  await code.getByText(/copied/i).waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), "let waker = cx.waker().clone(); // 2");
});

test("the page reads fully with script off", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t, { javaScriptEnabled: false });
  await page.goto(share.url);
  for (const word of ["word-1", "word-2", "word-3", "word-4", "cx.waker().clone()"]) {
    assert.ok(await page.getByText(word).first().isVisible(), `${word} is not to be seen`);
  }
  assert.equal(await page.getByRole("button", { name: /copy/i }).count(), 0, "a button that cannot work");
});

test("formulas are laid out, scroll in themselves and are copied as TeX", async (t) => {
  const wide = "a_1 + ".repeat(60);
  const share = await vitrine.share({
    messages: [{ role: "assistant", content: `So $\\frac{1}{2}$ costs $5 to $10. $\\left(\\frac{1}{2}\\right)$\n\n\\[ ${wide} b \\]\n\nEnd.` }],
  });
  const { page, context, trouble } = await openPage(t, phone);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(share.url);
  const fraction = await page.locator("mfrac").first().boundingBox();
  assert.ok(fraction && fraction.height > fraction.width, "a fraction stands upright");
  const bracket = await page.locator("mrow > mo").first().boundingBox();
  assert.ok(bracket && bracket.height > fraction.height * 0.9, "brackets are as high as what they hold");
  const block = page.locator(".formula").first();
  assert.ok(await block.evaluate((box) => box.scrollWidth > box.clientWidth && box.tabIndex === 0), "the wide one scrolls");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "and the page does not");
  await page.evaluate(() => getSelection()?.selectAllChildren(/** @type {Node} */ (document.querySelector(".box"))));
  await page.keyboard.press("Control+c");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes("So $\\frac{1}{2}$ costs $5 to $10."), copied);
  assert.deepEqual(trouble, []);
});

test("a block of code wraps its lines and unwraps them", async (t) => {
  const share = await vitrine.share({ messages: [{ role: "assistant", content: `\`\`\`js\n${"word ".repeat(200)}\n\`\`\`` }] });
  for (const address of [share.url, share.embedUrl]) {
    const { page } = await openPage(t, phone);
    await page.goto(address);
    const scrolls = () => page.locator("figure.code pre").evaluate((pre) => pre.scrollWidth > pre.clientWidth);
    const wrap = page.getByRole("button", { name: "Wrap" });
    assert.equal(await scrolls(), true);
    await wrap.click();
    assert.equal(await scrolls(), false);
    assert.equal(await wrap.getAttribute("aria-pressed"), "true");
    await wrap.click();
    assert.equal(await scrolls(), true);
  }
});

test("only pages with formulas bring their font", async (t) => {
  const without = await vitrine.share({ messages: [{ role: "assistant", content: "It costs $5. `$x$` <math>" }] });
  const long = await vitrine.share({ messages: [...conversation(120), { role: "assistant", content: "$x^2$" }] });
  const { page, requests, trouble } = await openPage(t);
  const fonts = () => requests.filter((request) => request.url().includes("/widget/math.")).length;
  await page.goto(without.url, { waitUntil: "networkidle" });
  assert.equal(fonts(), 0);
  await page.goto(long.url);
  await page.locator("math").waitFor();
  await eventually(async () => fonts() === 1, "the sheet that comes later brings it along");
  assert.deepEqual(trouble, []);
});
