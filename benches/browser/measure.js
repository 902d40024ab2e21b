/**
 * What Lighthouse says, as on a phone, of a share's page and of another site's pages that embed it; one JSON document on standard output.
 *
 *     node measure.js CHROMIUM SHARE_URL
 */
import { createServer } from "node:http";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, shareUrl] = process.argv.slice(2);
const { origin, pathname } = new URL(shareUrl);

/** A blog's page: words, the embed, more words that must not move. @param {string} attributes */
const host = (attributes) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A blog</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="description" content="A post that embeds a conversation">
<link rel="icon" href="data:,"><style>body{max-width:40rem;margin:auto;padding:1rem;font:1rem/1.6 sans-serif}</style></head>
<body><main><h1>A post</h1><p>${"Words before the embed. ".repeat(10)}</p>
<vitrine-embed src="${shareUrl}" ${attributes}><a href="${shareUrl}">The conversation</a></vitrine-embed>
<p>${"Words behind the embed. ".repeat(40)}</p></main><script async src="${origin}/embed.js"></script></body></html>`;

// As `GET /api/shares/{code}/embed-code` gives it.
const room = 'style="display:block;min-height:480px"';
const pages = { "/fixed": host(`${room} height="480"`), "/free": host(room) };
const blog = createServer((request, response) => {
  const page = pages[request.url];
  response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(page);
});
await new Promise((listening) => blog.listen(0, "127.0.0.1", listening));
// Another site than the share's to a browser.
const site = `http://blog.localhost:${blog.address().port}`;

const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });
const measured = {};
for (const [name, url] of Object.entries({ share: shareUrl, fixed: `${site}/fixed`, free: `${site}/free` })) {
  const onlyCategories = ["performance", "accessibility", "best-practices"];
  const { lhr } = await lighthouse(url, { port: chrome.port, logLevel: "error", onlyCategories });
  const requests = lhr.audits["network-requests"].details.items.filter((item) => /^https?:/.test(item.url));
  const failed = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== "informative");
  measured[name] = {
    scores: onlyCategories.map((category) => Math.round(lhr.categories[category].score * 100)),
    shift: lhr.audits["cumulative-layout-shift"].numericValue,
    requests: requests.length,
    foreign: requests.filter((item) => new URL(item.url).origin !== new URL(url).origin).length,
    bytes: requests.reduce((sum, item) => sum + item.transferSize, 0),
    failed: failed.map((audit) => audit.id),
  };
}
await chrome.kill();
blog.close();
console.log(JSON.stringify(measured));
