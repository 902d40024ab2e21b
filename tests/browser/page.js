import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, vitrine } from "./harness.js";

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
