import assert from "node:assert/strict";
import { test } from "node:test";
import { conversation, eventually, hostPage, openPage, vitrine } from "./harness.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./harness.js").Share} Share */

const loader = `<script src="${vitrine.origin}/embed.js" async></script>`;
const password = "correct horse battery";

/** @param {Share} share @param {string} [attributes] */
const element = (share, attributes = "") =>
  `<vitrine-embed src="${share.url}" ${attributes}><a href="${share.url}">The fallback</a></vitrine-embed>`;

/** Keeps what the page's frames say in `heard`. */
const listening = `<script>heard = []; addEventListener("message", ({ data, origin }) => heard.push({ data, origin }));</script>`;
/** @param {Page} page @returns {Promise<{ data: any, origin: string }[]>} */
const heard = (page) => page.evaluate("heard");

/** A frame of a third site that tries to leave a cookie: where none is found, the browser blocks third-party cookies. */
const cookieSetter = `<iframe src="${hostPage("", { site: "tracker", headers: { "set-cookie": "tracked=1; SameSite=None; Secure" } })}"></iframe>`;

/** @param {Page} page */
const frameHeight = (page) => page.locator("vitrine-embed iframe").evaluate((frame) => frame.clientHeight);
/** The pixels that a reader of the frame would have to scroll. @param {Page} page */
const hiddenPixels = (page) =>
  page.frameLocator("vitrine-embed iframe").locator("[data-vitrine-scroller]").evaluate((box) => box.scrollHeight - box.clientHeight);
/** @param {Page} page @param {string} [text] */
const framed = (page, text = "word-1") => page.frameLocator("iframe >> nth=0").getByText(text).first().waitFor();

test("the element becomes a frame that follows its content's height", async (t) => {
  const share = await vitrine.share({ messages: conversation(12) });
  const { page, trouble } = await openPage(t);
  await page.goto(hostPage(element(share, `src="\n ${share.url} " theme="dark"`).replace(`src="${share.url}"`, "") + loader));
  await framed(page, "word-12");
  assert.ok(!(await page.getByText("The fallback").isVisible()));
  const frame = page.locator("iframe");
  assert.equal(await frame.getAttribute("src"), `${share.embedUrl}?theme=dark`);
  assert.equal(await frame.getAttribute("title"), "The fallback");
  assert.equal(await frame.getAttribute("allow"), "clipboard-write");
  assert.equal(await frame.getAttribute("loading"), "lazy");

  await eventually(async () => (await frameHeight(page)) > 480 && (await hiddenPixels(page)) <= 0, "as tall as its content");
  const wide = await frameHeight(page);
  await page.setViewportSize({ width: 340, height: 700 });
  await eventually(async () => (await frameHeight(page)) > wide && (await hiddenPixels(page)) <= 0, "taller on a narrow page");
  await page.setViewportSize({ width: 1280, height: 700 });
  await eventually(async () => (await frameHeight(page)) === wide, "as before on a wide page");
  assert.deepEqual(trouble, []);
});

test("a loader that runs before the fallback is there still names the frame by it", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  // As when the parser pauses between the element and its children.
  const slowly = `<script src="${vitrine.origin}/embed.js"></script><script>
    const embed = document.createElement("vitrine-embed");
    embed.setAttribute("src", "${share.url}");
    document.body.append(embed);
    embed.innerHTML = "<a>The fallback</a>";
  </script>`;
  await page.goto(hostPage(slowly));
  await framed(page);
  assert.equal(await page.locator("iframe").getAttribute("title"), "The fallback");
});

test("a short conversation takes less than the reserved height", async (t) => {
  const share = await vitrine.share({ messages: conversation(1) });
  const { page } = await openPage(t);
  await page.goto(hostPage(element(share) + loader));
  await framed(page);
  await eventually(async () => (await frameHeight(page)) < 480, "a lower frame");
  assert.ok((await frameHeight(page)) >= 120);
});

test("an author's height holds, and the page never shifts", async (t) => {
  const share = await vitrine.share({ messages: conversation(12) });
  const { page } = await openPage(t);
  await page.goto(hostPage(`${listening}<style>vitrine-embed{display:block;min-height:300px}</style>${element(share, 'height="300"')}<p>below</p>${loader}`));
  const below = await page.getByText("below").boundingBox();
  await framed(page);
  await eventually(async () => (await heard(page)).length > 0, "a message");
  assert.equal(await frameHeight(page), 300);
  assert.ok((await hiddenPixels(page)) > 0);
  assert.deepEqual(await page.getByText("below").boundingBox(), below);
});

test("a range shows its messages only", async (t) => {
  const share = await vitrine.share({ messages: conversation(6) });
  const { page } = await openPage(t);
  await page.goto(hostPage(element(share, 'from="3" to="4"') + loader));
  await framed(page, "word-3");
  const text = await page.frameLocator("iframe").locator("body").innerText();
  assert.deepEqual(text.match(/word-\d/g), ["word-3", "word-4"]);
});

test("a quote becomes a frame too, and loading twice makes one of each", async (t) => {
  const share = await vitrine.share();
  const { page, trouble } = await openPage(t);
  const quote = `<blockquote class="vitrine-embed" data-theme="light"><a href="${share.url}">The quote</a></blockquote>`;
  await page.goto(hostPage(loader + loader + quote + element(share) + `<script src="${vitrine.origin}/embed.js"></script>`));
  await page.frameLocator("iframe >> nth=0").getByText("word-4").waitFor();
  await page.frameLocator("iframe >> nth=1").getByText("word-4").waitFor();
  assert.equal(await page.locator("iframe").count(), 2);
  assert.equal(await page.locator("iframe").first().getAttribute("src"), `${share.embedUrl}?theme=light`);
  assert.equal(await page.locator("blockquote").count(), 0);
  assert.deepEqual(trouble, []);
});

test("an element made by script, changed and removed", async (t) => {
  const [first, second] = [await vitrine.share(), await vitrine.share({ messages: conversation(1) })];
  const { page, trouble } = await openPage(t);
  await page.goto(hostPage(loader));
  await page.evaluate((url) => {
    const embed = document.createElement("vitrine-embed");
    embed.setAttribute("src", url);
    document.body.append(embed);
  }, first.url);
  await framed(page, "word-4");
  /** @param {string} url */
  const change = (url) => page.evaluate((src) => document.querySelector("vitrine-embed")?.setAttribute("src", src), url);
  await change(second.url);
  await page.locator(`iframe[src="${second.embedUrl}"]`).waitFor();
  await change("https://elsewhere.example/s/AbCdEfGhIjKl");
  await page.locator("iframe").waitFor({ state: "detached" });
  await change(first.url);
  await framed(page, "word-4");
  await page.evaluate(() => document.querySelector("vitrine-embed")?.remove());
  assert.equal(await page.locator("iframe").count(), 0);
  assert.deepEqual(trouble, []);
});

test("the fallback stays a link without the script, and for what is not a share of this server", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  await page.goto(hostPage(element(share)));
  assert.ok(await page.getByRole("link", { name: "The fallback" }).isVisible());

  const others = ["https://elsewhere.example/s/AbCdEfGhIjKl", `${vitrine.origin}/oembed`, `${share.embedUrl}`, "javascript:alert(1)", "", "http://"];
  await page.goto(hostPage(
    others.map((url) => `<vitrine-embed src="${url}"><a href="#">no share</a></vitrine-embed>`).join("")
    + `<blockquote class="vitrine-embed"><a href="https://elsewhere.example/s/AbCdEfGhIjKl">no share</a></blockquote>${loader}`,
  ));
  await page.waitForFunction(() => customElements.get("vitrine-embed"));
  for (const link of await page.getByRole("link", { name: "no share" }).all()) assert.ok(await link.isVisible());
  assert.equal(await page.getByRole("link", { name: "no share" }).count(), others.length + 1);
  assert.equal(await page.locator("iframe").count(), 0);
});

test("a host with a strict policy needs to allow the server and nothing else", async (t) => {
  const share = await vitrine.share({ messages: conversation(12) });
  const { page, trouble } = await openPage(t);
  const policy = `default-src 'none'; img-src data:; script-src ${vitrine.origin}; frame-src ${vitrine.origin}; require-trusted-types-for 'script'`;
  await page.goto(hostPage(element(share) + loader, { headers: { "content-security-policy": policy } }));
  await framed(page, "word-12");
  await eventually(async () => (await frameHeight(page)) > 480, "a taller frame");
  assert.deepEqual(trouble, []);
});

test("a host that is sandboxed itself shows the frame and follows its height", async (t) => {
  const share = await vitrine.share({ messages: conversation(12) });
  const { page } = await openPage(t);
  await page.goto(hostPage(element(share) + loader, { headers: { "content-security-policy": "sandbox allow-scripts" } }));
  await framed(page, "word-12");
  await eventually(async () => (await frameHeight(page)) > 480, "a taller frame");
});

test("a cross-origin-isolated host shows the frame", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  await page.goto(hostPage(element(share) + loader, { headers }));
  assert.ok(await page.evaluate(() => crossOriginIsolated));
  await framed(page, "word-4");
});

test("heights forged by the page or by another frame are ignored", async (t) => {
  const share = await vitrine.share({ messages: conversation(12) });
  const { page } = await openPage(t);
  const forger = hostPage(`<script>
    setInterval(() => parent.postMessage({ type: "vitrine:height", height: 7777 }, "*"), 10);
  </script>`, { site: "forger" });
  /** @param {string} origin */
  const forgedBy = async (origin) => (await heard(page)).some((message) => message.origin === origin && message.data.height === 7777);
  await page.goto(hostPage(element(share) + `<script src="${vitrine.origin}/embed.js"></script>` + listening));
  await framed(page);
  await eventually(async () => (await hiddenPixels(page)) <= 0, "its own height");
  const height = await frameHeight(page);
  // The loader listens first: once this page has heard a forgery, so has the loader.
  await page.evaluate(() => postMessage({ type: "vitrine:height", height: 7777 }, "*"));
  await eventually(() => forgedBy(new URL(page.url()).origin), "the page's forgery");
  assert.equal(await frameHeight(page), height);
  // The origin of a sandboxed frame, "null", is one that the loader takes from its own frame.
  await page.evaluate((src) => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    document.body.append(Object.assign(frame, { src }));
  }, forger);
  await eventually(() => forgedBy("null"), "the sandboxed frame's forgery");
  assert.equal(await frameHeight(page), height);
  // And its own frame may have been led elsewhere.
  await page.frames().find((frame) => frame.url().startsWith(vitrine.origin))?.goto(forger);
  await eventually(() => forgedBy(new URL(forger).origin), "the strayed frame's forgery");
  assert.equal(await frameHeight(page), height);
});

for (const [name, attributes] of Object.entries({ "sandbox that allows scripts": 'sandbox="allow-scripts"', "sandbox that allows nothing": 'sandbox=""', "plain frame": "" })) {
  test(`a ${name} shows the conversation and leaves nothing behind`, async (t) => {
    const share = await vitrine.share();
    const { page, context, trouble, requests } = await openPage(t);
    await page.goto(hostPage(`<iframe ${attributes} src="${share.embedUrl}" width="600" height="480"></iframe>${cookieSetter}`));
    await framed(page, "word-4");
    assert.deepEqual(await context.cookies(), []);
    const own = requests.filter((request) => request.url().startsWith(vitrine.origin));
    for (const request of own) assert.equal((await request.allHeaders()).cookie, undefined);
    for (const request of own) assert.equal(await request.response().then((answer) => answer?.headerValue("set-cookie")), null);
    assert.deepEqual(requests.filter((request) => !own.includes(request) && !/^(data:|http:\/\/(host|tracker)\.localhost)/.test(request.url())), []);
    // Chromium itself says that a sandbox without allow-scripts has blocked a script.
    assert.deepEqual(trouble.filter((line) => !line.includes("sandboxed and the 'allow-scripts'")), []);
  });
}

for (const [name, attributes] of Object.entries({ "sandboxed frame": 'sandbox="allow-scripts"', "plain frame without third-party cookies": "" })) {
  test(`a password opens a ${name}`, async (t) => {
    const share = await vitrine.share({ title: "Kept between us", password });
    const { page, context, trouble, requests } = await openPage(t);
    await page.goto(hostPage(`${listening}<iframe ${attributes} src="${share.embedUrl}" width="600" height="480"></iframe>${cookieSetter}`));
    const frame = page.frameLocator("iframe >> nth=0");
    const field = frame.getByLabel(/password/i);
    await field.fill("not the password");
    await field.press("Enter");
    await frame.getByRole("alert").filter({ hasText: /password/i }).waitFor();
    assert.ok(!(await frame.locator("html").innerHTML()).includes("word-"), "nothing told yet");

    await field.fill(password);
    await frame.getByRole("button", { name: /unlock/i }).click();
    await framed(page, "word-4");
    assert.equal(await frame.getByLabel(/password/i).count(), 0);
    await frame.locator("figure.code").first().getByRole("button", { name: /copy/i }).waitFor();
    const news = async () => (await heard(page)).map(({ data }) => data.type);
    await eventually(async () => (await news()).includes("vitrine:unlocked"), "the good news");
    await eventually(async () => (await news()).lastIndexOf("vitrine:height") > (await news()).indexOf("vitrine:unlocked"), "the new height");
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(requests.filter((request) => request.url().includes("grant")), []);
    const refusal = /Failed to load resource.*401/; // what Chromium writes for any 401
    assert.deepEqual(trouble.filter((line) => !refusal.test(line)), []);
  });
}

test("the page itself is never framed", async (t) => {
  const [open, locked] = [await vitrine.share(), await vitrine.share({ password })];
  const { page } = await openPage(t);
  await page.goto(hostPage([open, locked].map(({ url }) => `<iframe src="${url}"></iframe>`).join("")), { waitUntil: "load" });
  for (const frame of page.frames().slice(1)) {
    assert.ok(!frame.url().startsWith(vitrine.origin), `${frame.url()} is framed`);
    assert.equal(await frame.locator("main").count(), 0);
  }
});

test("a locked share and one that is gone take little room and tell nothing", async (t) => {
  const [locked, gone] = [await vitrine.share({ title: "Kept between us", password }), await vitrine.share({ title: "Taken back" })];
  await vitrine.revoke(gone);
  for (const [share, sign] of /** @type {const} */ ([[locked, /password/i], [gone, /nothing here/i]])) {
    const { page } = await openPage(t);
    await page.goto(hostPage(element(share) + loader));
    const body = page.frameLocator("iframe").locator("body");
    await body.filter({ hasText: sign }).waitFor();
    assert.doesNotMatch(await body.innerHTML(), /word-|Kept|Taken/);
    await eventually(async () => (await frameHeight(page)) < 400, "a low frame");
    assert.ok((await hiddenPixels(page)) <= 0);
  }
});

test("wrong passwords run out with a word about how long", async (t) => {
  const share = await vitrine.share({ password });
  const { page } = await openPage(t);
  await page.goto(hostPage(`<iframe sandbox="allow-scripts" src="${share.embedUrl}" width="600" height="480"></iframe>`));
  const frame = page.frameLocator("iframe");
  const field = frame.getByLabel(/password/i);
  const answers = [];
  for (let attempt = 1; attempt <= 6; attempt++) {
    await field.fill(`wrong password ${attempt}`);
    const answer = page.waitForResponse((response) => response.url().endsWith("/unlock") && response.request().method() === "POST");
    await field.press("Enter");
    answers.push((await answer).status());
    await frame.locator("input:read-write").waitFor();
  }
  assert.deepEqual(answers, [401, 401, 401, 401, 401, 429]);
  assert.match(await frame.getByRole("alert").innerText(), /again in \d+ s/);
});

test("a server out of reach is said in words", async (t) => {
  const share = await vitrine.share({ password });
  const { page } = await openPage(t);
  await page.goto(hostPage(`<iframe sandbox="allow-scripts" src="${share.embedUrl}" width="600" height="480"></iframe>`));
  await page.route("**/unlock", (route) => route.abort());
  const frame = page.frameLocator("iframe");
  await frame.getByLabel(/password/i).fill(password);
  await frame.getByRole("button", { name: /unlock/i }).click();
  await frame.getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
});

test("an error after a right password leaves the form where it is", async (t) => {
  const share = await vitrine.share({ password });
  const { page } = await openPage(t);
  await page.goto(hostPage(`${listening}<iframe sandbox="allow-scripts" src="${share.embedUrl}" width="600" height="480"></iframe>`));
  const frame = page.frameLocator("iframe");
  await frame.getByLabel(/password/i).fill(password);
  const busy = { status: 429, contentType: "text/html", headers: { "access-control-allow-origin": "*" }, body: "<p>A little slower" };
  const withGrant = async (/** @type {import("playwright-core").Route} */ route) =>
    "vitrine-grant" in route.request().headers() ? route.fulfill(busy) : route.fallback();
  await page.route("**/embed/**", withGrant);
  await frame.getByRole("button", { name: /unlock/i }).click();
  await frame.getByRole("alert").filter({ hasText: "try again" }).waitFor();
  assert.equal(await frame.getByText("A little slower").count(), 0);
  assert.deepEqual((await heard(page)).filter(({ data }) => data.type === "vitrine:unlocked"), []);
  await page.unroute("**/embed/**", withGrant);
  await frame.getByRole("button", { name: /unlock/i }).click();
  await frame.getByText("word-4").waitFor();
});

test("WordPress' handshake gets heights and links", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  const secret = "a1B2c3D4e5";
  // wp-embed.js in short: the frame is sandboxed, the secret stands in the fragment, and "ready" asks for the height.
  await page.goto(hostPage(`${listening}<iframe sandbox="allow-scripts" src="${share.embedUrl}#?secret=${secret}" width="600" height="480"></iframe>`));
  await framed(page);
  const said = async (/** @type {string} */ message) => (await heard(page)).filter(({ data }) => data.message === message);
  await eventually(async () => (await said("height")).length > 0, "a height");
  const [{ data, origin }] = await said("height");
  assert.equal(origin, "null");
  assert.equal(data.secret, secret);
  assert.ok(Number.isInteger(data.value) && data.value > 100, `${data.value}`);

  await eventually(async () => page.evaluate(() => document.readyState === "complete"), "loaded");
  const before = (await said("height")).length;
  await page.evaluate((value) => document.querySelector("iframe")?.contentWindow?.postMessage({ message: "ready", secret: value }, "*"), secret);
  await eventually(async () => (await said("height")).length > before, "an answer to ready");

  await page.frameLocator("iframe").locator(`a[target=_blank][href^="${vitrine.origin}/s/"]`).first().click();
  await eventually(async () => (await said("link")).length === 1, "a link");
  const [link] = await said("link");
  assert.equal(link.data.secret, secret);
  assert.ok(link.data.value.startsWith(share.url), link.data.value);
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "IFRAME", "or WordPress would not follow it");
});

test("a secret that WordPress adds late is heard", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  await page.goto(hostPage(`${listening}<iframe sandbox="allow-scripts" src="${share.embedUrl}" width="600" height="480"></iframe>`));
  await framed(page);
  await eventually(async () => (await heard(page)).length > 0, "a message");
  assert.deepEqual((await heard(page)).filter(({ data }) => data.secret), []);
  await page.evaluate(() => (/** @type {HTMLIFrameElement} */ (document.querySelector("iframe")).src += "#?secret=a1B2c3D4e5"));
  await eventually(async () => (await heard(page)).some(({ data }) => data.secret === "a1B2c3D4e5"), "the secret");
});

test("Embedly, Datawrapper and iframe-resizer hosts hear the same height", async (t) => {
  const share = await vitrine.share();
  const { page } = await openPage(t);
  await page.goto(hostPage(`${listening}<iframe src="${share.embedUrl}" width="600" height="480"></iframe>`));
  await framed(page);
  await page.evaluate(() => document.querySelector("iframe")?.contentWindow?.postMessage("[iFrameSizer]iFrameResizer0:8:false:false:32:true:true", "*"));
  await eventually(async () => (await heard(page)).some(({ data }) => `${data}`.startsWith("[iFrameSizer]")), "a greeting");
  const messages = (await heard(page)).map(({ data }) => data);
  const height = messages.findLast(({ type }) => type === "vitrine:height").height;
  assert.equal(messages.findLast(({ type }) => type === "embed-size").height, height);
  const strings = messages.filter((data) => typeof data === "string");
  assert.deepEqual(JSON.parse(strings.findLast((text) => text.startsWith("{")) ?? ""), { context: "iframe.resize", height, src: share.embedUrl });
  assert.equal(strings.at(-1), `[iFrameSizer]iFrameResizer0:${height}:600:init`);
  assert.deepEqual(messages.filter(({ secret }) => secret), []);
});

for (const [name, attributes] of Object.entries({ "not displayed": "hidden", "folded to no width": 'style="width:0"' })) {
  test(`a frame that is ${name} says nothing until it is shown`, async (t) => {
    const share = await vitrine.share();
    const { page } = await openPage(t);
    await page.goto(hostPage(`${listening}<div ${attributes}><iframe src="${share.embedUrl}" width="100%" height="480" frameborder="0"></iframe></div>`));
    await page.frames()[1].waitForLoadState("load");
    await page.evaluate(() => document.querySelector("iframe")?.contentWindow?.postMessage({ message: "ready" }, "*"));
    await page.frames()[1].evaluate(() => new Promise((heard) => setTimeout(heard)));
    assert.deepEqual(await heard(page), []);
    await page.evaluate(() => {
      const box = document.querySelector("div");
      box?.removeAttribute("hidden");
      box?.removeAttribute("style");
    });
    await eventually(async () => (await heard(page)).some(({ data }) => data.height > 100), "its height");
  });
}

test("heights settle: no frame answers its own resizing for ever", async (t) => {
  const shares = await Promise.all([12, 1, 4].map((length) => vitrine.share({ messages: conversation(length) })));
  const { page } = await openPage(t);
  await page.goto(hostPage(listening + shares.map((share) => element(share)).join("") + loader));
  for (const index of [0, 1, 2]) await page.frameLocator(`iframe >> nth=${index}`).getByText("word-1").first().waitFor();
  const settled = async () => {
    const count = (await heard(page)).length;
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 100)))));
    return count > 0 && count === (await heard(page)).length;
  };
  await eventually(settled, "silence");
  const heights = (await heard(page)).filter(({ data }) => data.type === "vitrine:height");
  assert.ok(heights.length <= 12, `${heights.length} heights for three frames`);
});

test("code is copied from inside a frame, allowed by the host or not", async (t) => {
  const share = await vitrine.share();
  for (const attributes of ['allow="clipboard-write"', 'sandbox="allow-scripts"']) {
    const { page, context } = await openPage(t);
    await page.goto(hostPage(`<iframe ${attributes} src="${share.embedUrl}" width="600" height="480"></iframe><textarea></textarea>`));
    if (!attributes.includes("sandbox")) await context.grantPermissions(["clipboard-write"]);
    const code = page.frameLocator("iframe").locator("figure.code").first();
    await code.getByRole("button", { name: /copy/i }).click();
    await code.getByText(/copied/i).waitFor();
    await page.locator("textarea").focus();
    await page.keyboard.press("Control+V");
    assert.equal((await page.locator("textarea").inputValue()).trim(), "let waker = cx.waker().clone(); // 2", attributes);
  }
});
