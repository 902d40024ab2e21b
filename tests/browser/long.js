import assert from "node:assert/strict";
import { test } from "node:test";
import { conversation, eventually, openPage, vitrine } from "./harness.js";

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A long conversation, several sheets of it. @param {number} length */
const long = (length) => vitrine.share({ title: "A long one", messages: conversation(length) });

/** How many messages are on the page. @param {import("playwright-core").Page} page */
const count = (page) => page.locator(".msg").count();

/** Waits until every message is on the page. @param {import("playwright-core").Page} page @param {number} length */
const gathered = (page, length) => eventually(async () => (await count(page)) === length, `${length} messages on the page`);

/** Gathers every layout shift from the start, also those that the reader's own input excuses. @param {import("playwright-core").Page} page */
async function watchShifts(page) {
  await page.addInitScript(() => {
    const watched = /** @type {Window & { shifts: string[] }} */ (/** @type {unknown} */ (window));
    watched.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, sources } = /** @type {PerformanceEntry & { value: number, sources: { node: Element | null }[] }} */ (entry);
        watched.shifts.push(`${value} ${sources.map(({ node }) => node?.outerHTML?.slice(0, 100)).join(" | ")}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => /** @type {Window & { shifts: string[] }} */ (/** @type {unknown} */ (window)).shifts);
}

test("with script the whole conversation comes in, in order, and nothing moves", async (t) => {
  const share = await long(520);
  const { page, trouble, requests } = await openPage(t, phone);
  const shifts = await watchShifts(page);
  // A reader who is at the end of what is here when more of it comes.
  let release = () => {};
  const there = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/*page=2", async (route) => {
    await there;
    await route.fallback();
  });
  await page.goto(share.url, { waitUntil: "load" });
  let height = -1;
  await eventually(async () => {
    // What comes into sight for the first time takes its height; the end is reached when nothing does any more.
    const before = height;
    height = await page.evaluate(async () => {
      scrollTo(0, document.body.scrollHeight);
      for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
      return scrollY + innerHeight >= document.body.scrollHeight - 1 ? document.body.scrollHeight : -1;
    });
    return height > 0 && height === before;
  }, "the end of the first sheet");
  const known = (await shifts()).length;
  release();
  await gathered(page, 520);
  assert.deepEqual((await shifts()).slice(known), []);
  const ids = await page.locator(".msg").evaluateAll((all) => all.map(({ id }) => id));
  assert.deepEqual(ids, Array.from({ length: 520 }, (_, at) => `m${at + 1}`));
  assert.equal(await page.locator(".pager, .place").count(), 0, "a way to pages that are here already");
  assert.equal(await page.locator("body > footer").count(), 1);
  assert.equal(await page.locator("#m520 .source").isVisible(), true, "what came later works too");
  await page.evaluate(() => (location.hash = "m520"));
  await page.locator("#m520").scrollIntoViewIfNeeded();
  assert.equal(await page.evaluate(() => document.querySelector("#m520")?.matches(":target")), true);
  assert.deepEqual(trouble, []);
  const sheets = requests.map((request) => new URL(request.url()).search).filter(Boolean);
  assert.deepEqual(sheets, ["?page=2", "?page=3", "?page=4", "?page=5", "?page=6"], "each sheet once");
});

for (const [device, screen] of Object.entries({ desktop, phone })) {
  test(`a link to a message arrives at it and stays there, on a ${device}`, async (t) => {
    const share = await long(520);
    const { page, trouble } = await openPage(t, screen);
    const shifts = await watchShifts(page);
    // As somebody shares it whose page held everything: the server finds the sheet.
    await page.goto(`${share.url}#m333`, { waitUntil: "load" });
    await page.waitForURL(`${share.url}?page=4#m333`);
    const place = () => page.evaluate(() => {
      const message = document.getElementById("m333");
      const bar = document.querySelector(".bar")?.getBoundingClientRect().bottom ?? 0;
      return { below: Math.round((message?.getBoundingClientRect().top ?? -1e9) - bar), target: message?.matches(":target") };
    });
    await eventually(async () => (await place()).target === true, "the message is the target");
    const mark = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.getElementById("m333")), "::before").width);
    assert.equal(mark, "3px", "it is marked");
    // Both what follows and what came before arrives, and the reader sees none of it.
    await gathered(page, 520);
    const ids = await page.locator(".msg").evaluateAll((all) => all.map(({ id }) => id));
    assert.deepEqual([ids[0], ids.at(-1), new Set(ids).size], ["m1", "m520", 520]);
    const { below } = await place();
    assert.ok(below >= 0 && below < 80, `${below} px below the bar`);
    assert.deepEqual(await shifts(), []);
    assert.deepEqual(trouble, []);
  });
}

test("an address of a message that is not there leads to the beginning, once", async (t) => {
  const share = await long(240);
  const { page, requests } = await openPage(t);
  await page.goto(`${share.url}#m999`, { waitUntil: "load" });
  await page.waitForURL(share.url);
  await gathered(page, 240);
  assert.equal(requests.filter((request) => request.url().includes("message=")).length, 1);
});

test("with script off the last message is reached by links, and links keep their anchors", async (t) => {
  const share = await long(320);
  const { page } = await openPage(t, { ...phone, javaScriptEnabled: false });
  await page.goto(share.url);
  const seen = [];
  for (let more = true; more; ) {
    seen.push(...(await page.locator(".msg").evaluateAll((all) => all.map(({ id }) => id))));
    const next = page.locator(".pager.after a[rel=next]");
    more = (await next.count()) === 1;
    if (more) await next.click();
  }
  assert.deepEqual(seen, Array.from({ length: 320 }, (_, at) => `m${at + 1}`));
  assert.ok(await page.getByText("word-320").first().isVisible());
  // A message's own link, opened elsewhere, finds its sheet without a script.
  const link = await page.locator("#m311 a.to").getAttribute("href");
  await page.goto(new URL(link ?? "", page.url()).href);
  assert.ok(await page.locator("#m311:target").isVisible());
  // So does the outline, which opens without one.
  await page.getByRole("button", { name: "Questions" }).click();
  await page.locator("#outline").getByRole("link", { name: /101–200/ }).click();
  assert.ok(await page.locator("#m101").isVisible());
  await page.goto(`${share.url}?all`);
  assert.equal(await count(page), 320);
});

test("print shows all of it, however early it is asked for", async (t) => {
  const share = await long(420);
  const { page } = await openPage(t);
  // No idle moment ever comes, so nothing is there before the print.
  await page.addInitScript(() => (window.requestIdleCallback = () => 0));
  await page.goto(share.url, { waitUntil: "load" });
  assert.equal(await count(page), 100);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await count(page), 420);
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".tools", ".outline", ".pager", ".bar .btn", ".copy"]) {
    assert.equal(await page.locator(`${hidden} >> visible=true`).count(), 0, `${hidden} on paper`);
  }
  const { clipped, address } = await page.evaluate(() => ({
    clipped: [...document.querySelectorAll(".msg, pre, .wide")].filter((box) =>
      getComputedStyle(box).contentVisibility === "auto" || box.scrollWidth > box.clientWidth + 1).length,
    address: /** @type {HTMLElement | null} */ (document.querySelector(".address"))?.innerText,
  }));
  assert.deepEqual([clipped, address], [0, share.url]);
});

test("a sheet that does not come is asked for again, and one that is gone is not", async (t) => {
  const share = await long(320);
  const { page } = await openPage(t);
  let busy = 0;
  await page.route("**/*page=2", (route) => (busy++ ? route.fallback() : route.fulfill({ status: 429, headers: { "Retry-After": "1" } })));
  await page.route("**/*page=4", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto(share.url, { waitUntil: "load" });
  await gathered(page, 300);
  assert.equal(busy, 2);
  // The link stays: it says where the rest would be.
  assert.ok(await page.locator(".pager.after a[rel=next]").isVisible());
});
