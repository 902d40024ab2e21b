/**
 * What every browser test stands on: a real server of its own with a database of its own, pages that embed on another
 * site, and Chromium. All of it starts when this module is imported and ends with the run.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** @typedef {{ role: string, content: string }} Message */
/** @typedef {{ title?: string, messages?: Message[] } & Record<string, unknown>} ShareOptions */
/** @typedef {{ id: string, url: string, code: string, embedUrl: string }} Share */

const repository = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env.VITRINE_BIN
  ?? resolve(repository, process.env.CARGO_TARGET_DIR ?? "target", "debug/vitrine");
const chromiumBinary = process.env.CHROMIUM ?? "/usr/bin/chromium";
assert.ok(existsSync(binary), `no server at ${binary}: run cargo build, or name one in VITRINE_BIN`);
assert.ok(existsSync(chromiumBinary), `no browser at ${chromiumBinary}: apt-get install chromium, or name one in CHROMIUM`);

/** A port that was free a moment ago. @returns {Promise<number>} */
const freePort = () =>
  new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => found(port));
    });
  });

async function startVitrine() {
  const data = await mkdtemp(join(tmpdir(), "vitrine-browser-"));
  await chmod(data, 0o755); // run by root, the database's own user has to reach its folder inside
  const listen = `127.0.0.1:${await freePort()}`;
  const origin = `http://${listen}`;
  const settings = {
    VITRINE_DATA: data,
    VITRINE_LISTEN: listen,
    VITRINE_BASE_URL: origin,
    VITRINE_LIMIT_READ: "6000/1000", // every test comes from the same address
  };
  const env = { ...process.env, ...settings };
  const server = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (bytes) => (output += bytes));
  const ended = new Promise((resolve) => server.once("close", resolve).once("error", (error) => {
    output += `${error}`;
    resolve(undefined);
  }));

  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  let over = false;
  ended.then(() => (over = true));
  for (let ready = false; !ready; ) {
    ready = await fetch(`${origin}/readyz`).then((answer) => answer.ok, () => false);
    if (over) {
      await stop();
      throw new Error(`${binary} serve did not start:\n${output}`);
    }
    if (!ready) await new Promise((again) => setTimeout(again, 100));
  }
  const key = JSON.parse(execFileSync(binary, ["key", "create", "--json", "browser-tests"], { env, encoding: "utf8" })).key;

  /** @param {string} method @param {string} path @param {unknown} [body] */
  const api = async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(origin + path, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };

  let pushed = 0;
  /** Pushes a conversation and shares it. @param {ShareOptions} [options] @returns {Promise<Share>} */
  const share = async ({ title = "A waker that was dropped", messages = conversation(), ...settings } = {}) => {
    const conversationId = `browser-${++pushed}`;
    await api("PUT", `/api/conversations/${conversationId}`, { title, messages });
    const created = await api("POST", "/api/shares", { conversationId, ...settings });
    const code = created.shortCode;
    return { id: created.settings.id, url: created.shareUrl, code, embedUrl: `${origin}/embed/${code}` };
  };
  /** @param {Share} share */
  const revoke = (share) => api("DELETE", `/api/shares/${share.id}`);

  return { origin, share, revoke, stop };
}

/** Question and answer in turn, each with a word to look for: `word-1`, `word-2`, … @param {number} [length] @returns {Message[]} */
export const conversation = (length = 4) =>
  Array.from({ length }, (_, index) => ({
    role: index % 2 ? "assistant" : "user",
    content: index % 2
      ? `The answer says word-${index + 1}, in a sentence that is long enough to need more lines where a page is narrow.\n\n\`\`\`rust\nlet waker = cx.waker().clone(); // ${index + 1}\n\`\`\`\n\nMore in [the book](https://example.org/book).`
      : `What does word-${index + 1} mean?`,
  }));

/** Serves the pages that tests write, under every name that ends in `.localhost`: each such name is another site than the server's address. */
async function startHosts() {
  /** @type {Map<string, { html: string, headers: Record<string, string> }>} */
  const pages = new Map();
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? "");
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8", ...page?.headers });
    response.end(page?.html);
  });
  const port = await freePort();
  await new Promise((listening) => server.listen(port, "127.0.0.1", () => listening(undefined)));
  /** @param {string} body @param {{ headers?: Record<string, string>, site?: string }} [options] */
  const serve = (body, { headers = {}, site = "host" } = {}) => {
    const path = `/${pages.size}`;
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A host</title><link rel="icon" href="data:,"><body>${body}`;
    pages.set(path, { html, headers });
    return `http://${site}.localhost:${port}${path}`;
  };
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { serve, stop };
}

export const vitrine = await startVitrine();
const hosts = await startHosts();
const browser = await chromium.launch({
  executablePath: chromiumBinary,
  args: ["--disable-quic", "--disable-gpu"],
});

after(async () => {
  await browser.close();
  hosts.stop();
  await vitrine.stop();
});

/** The URL of a page on another site. */
export const hostPage = hosts.serve;

/**
 * A fresh page, closed with the test. `trouble` gathers what no page of ours may cause: dialogs, errors and console errors.
 * @param {import("node:test").TestContext} t
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function openPage(t, options) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  /** @type {string[]} */
  const trouble = [];
  /** @type {import("playwright-core").Request[]} */
  const requests = [];
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("pageerror", (error) => trouble.push(`error: ${error}`));
  page.on("console", (message) => message.type() === "error" && trouble.push(`console: ${message.text()}`));
  page.on("request", (request) => requests.push(request));
  return { page, context, trouble, requests };
}

/** Waits until the function holds in the page, then returns. @param {() => Promise<boolean>} holds @param {string} what */
export async function eventually(holds, what) {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((again) => setTimeout(again, 50));
  }
  assert.fail(`never happened: ${what}`);
}
