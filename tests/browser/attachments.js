import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { hostPage, openPage, vitrine } from "./harness.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").FrameLocator} FrameLocator */

const password = "correct horse battery";

/** @param {Buffer} bytes */
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** A grey PNG. @param {number} width @param {number} height */
function png(width, height) {
  /** @param {string} name @param {Buffer} data */
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const rows = Buffer.alloc((width + 1) * height, 0x80);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  const chunks = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

/** @param {string} name @param {number} width @param {number} height */
const image = (name, width, height) => ({ type: "image", name, url: `data:image/png;base64,${png(width, height).toString("base64")}` });

/** A wide picture, a high one, and words behind each. */
const messages = /** @type {any} */ ([
  { role: "user", parts: [image("wide.png", 1600, 300), { type: "text", text: "word-1" }] },
  { role: "assistant", parts: [image("high.png", 200, 2400), { type: "text", text: "word-2" }, { type: "file", name: "notes.txt", url: "data:,hello" }] },
]);

/** Holds the pictures back until it is told. @param {Page} page */
async function holdPictures(page) {
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/files/*.png", async (route) => {
    await released;
    await route.continue();
  });
  return () => release();
}

/** Where the pictures and the words behind them stand, from the first words on. @param {Page | FrameLocator} where */
const places = (where) =>
  where.locator("main").evaluate((main) => {
    const boxes = [...main.querySelectorAll("p, img")].map((node) => node.getBoundingClientRect());
    return boxes.map(({ x, y, width, height }) => ({ x, y: y - boxes[0].y, width, height }));
  });
/** @param {{ width: number, height: number }[]} boxes */
const highEnough = (boxes) => boxes.filter(({ width, height }) => width > 50 && height > 50).length >= 2;

/** Every picture, brought near and waited for; as high and wide as it is. @param {Page | FrameLocator} where @param {string} name */
const shown = async (where, name) => {
  const picture = where.getByRole("img", { name });
  await picture.scrollIntoViewIfNeeded();
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const size = await picture.evaluate((node) => {
      const { complete, naturalWidth, naturalHeight } = /** @type {HTMLImageElement} */ (node);
      return complete && naturalWidth ? `${naturalWidth}x${naturalHeight}` : "";
    });
    if (size) return size;
    await new Promise((again) => setTimeout(again, 50));
  }
  return assert.fail(`${name} never came`);
};

/** @param {Page | FrameLocator} where */
const allShown = async (where) => {
  assert.equal(await shown(where, "wide.png"), "1600x300");
  assert.equal(await shown(where, "high.png"), "200x2400");
  await where.getByText("word-1").scrollIntoViewIfNeeded();
};

for (const [device, viewport] of Object.entries({ desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } })) {
  test(`pictures show on a page, and nothing moves when they come, on a ${device}`, async (t) => {
    const share = await vitrine.share({ messages });
    const { page, trouble, requests } = await openPage(t, { viewport });
    const release = await holdPictures(page);
    await page.goto(share.url, { waitUntil: "domcontentloaded" });
    await page.evaluate(() => {
      Object.assign(window, { shifts: 0 });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) Object.assign(window, { shifts: /** @type {any} */ (window).shifts + /** @type {any} */ (entry).value });
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.getByText("word-1").scrollIntoViewIfNeeded();
    const before = await places(page);
    assert.ok(highEnough(before) && before.every(({ width }) => width <= viewport.width), JSON.stringify(before));
    release();
    await allShown(page);
    assert.deepEqual(await places(page), before);
    assert.equal(await page.evaluate("shifts"), 0);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    const strangers = requests.map((request) => request.url()).filter((url) => !url.startsWith("data:") && new URL(url).origin !== vitrine.origin);
    assert.deepEqual(strangers, []);
    assert.deepEqual(trouble, []);
  });
}

test("a file is saved under its name", async (t) => {
  const share = await vitrine.share({ messages });
  const { page } = await openPage(t);
  await page.goto(share.url);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  assert.equal(saved.suggestedFilename(), "notes.txt");
});

for (const [name, attributes] of Object.entries({ "sandbox that allows scripts": 'sandbox="allow-scripts"', "sandbox that allows nothing": 'sandbox=""', "plain frame": "" })) {
  test(`pictures show in a ${name}, and nothing moves`, async (t) => {
    const share = await vitrine.share({ messages });
    const { page, context } = await openPage(t);
    const release = await holdPictures(page);
    await page.goto(hostPage(`<iframe ${attributes} src="${share.embedUrl}" width="600" height="480"></iframe>`), { waitUntil: "commit" });
    const frame = page.frameLocator("iframe");
    await frame.getByText("word-1").scrollIntoViewIfNeeded();
    const before = await places(frame);
    release();
    await allShown(frame);
    assert.deepEqual(await places(frame), before);
    assert.deepEqual(await context.cookies(), []);
  });
}

test("a cross-origin-isolated host sees the pictures in its frame", async (t) => {
  const share = await vitrine.share({ messages });
  const { page } = await openPage(t);
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  await page.goto(hostPage(`<iframe src="${share.embedUrl}" width="600" height="480"></iframe>`, { headers }));
  await allShown(page.frameLocator("iframe"));
});

for (const [name, attributes] of Object.entries({ "sandboxed frame": 'sandbox="allow-scripts"', "plain frame": "" })) {
  test(`a password brings the pictures into a ${name}, and nothing moves`, async (t) => {
    const share = await vitrine.share({ messages, password });
    const { page, context, trouble, requests } = await openPage(t);
    const release = await holdPictures(page);
    await page.goto(hostPage(`<iframe ${attributes} src="${share.embedUrl}" width="600" height="480"></iframe>`));
    const frame = page.frameLocator("iframe");
    await frame.getByLabel(/password/i).fill(password);
    await frame.getByRole("button", { name: /unlock/i }).click();
    await frame.getByText("word-1").scrollIntoViewIfNeeded();
    const before = await places(frame);
    assert.ok(highEnough(before), JSON.stringify(before));
    release();
    await allShown(frame);
    assert.deepEqual(await places(frame), before);
    const files = requests.filter((request) => request.url().includes("/files/") && request.method() === "GET");
    assert.equal(files.length, 2);
    for (const request of files) assert.ok((await request.allHeaders())["vitrine-grant"]);
    assert.deepEqual(requests.filter((request) => request.url().includes("grant")), []);
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(trouble, []);
    if (attributes) return; // a sandbox like this saves nothing at all
    const [saved] = await Promise.all([page.waitForEvent("download"), frame.getByRole("link", { name: "Download" }).click()]);
    assert.equal(saved.suggestedFilename(), "notes.txt");
  });
}

test("a password brings the pictures onto the page", async (t) => {
  const share = await vitrine.share({ messages, password });
  const { page, trouble } = await openPage(t, { javaScriptEnabled: false });
  await page.goto(share.url);
  await page.getByLabel(/password/i).fill(password);
  await page.getByRole("button", { name: /unlock/i }).click();
  await page.getByText("word-1").waitFor();
  await allShown(page);
  assert.deepEqual(trouble, []);
});
