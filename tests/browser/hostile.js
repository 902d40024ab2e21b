import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, vitrine } from "./harness.js";

const attacks = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(2)>",
  "<svg onload=alert(3)></svg>",
  "<iframe srcdoc='<script>alert(4)</script>'></iframe>",
  "[a](javascript:alert(5)) [b](JaVaScRiPt&colon;alert(6)) [c](data:text/html,<script>alert(7)</script>) [d](vbscript:alert(8))",
  "![x](https://elsewhere.example/pixel.png) ![y](javascript:alert(9)) ![\" onerror=alert(10) x=\"](https://elsewhere.example/y.png)",
  "<details open ontoggle=alert(11)>x</details><input autofocus onfocus=alert(12)><form action=https://elsewhere.example><button>x</button></form>",
  "```\"><script>alert(13)</script>\n</code></pre></figure><script>alert(14)</script>\n```",
  "<https://elsewhere.example/\"onmouseover=\"alert(15)> <javascript:alert(16)>",
  "| a |\n| --- |\n| <a href='javascript:alert(17)' onclick=alert(18)>x</a> |",
  "<base href=https://elsewhere.example/><meta http-equiv=refresh content=0;url=https://elsewhere.example/><link rel=stylesheet href=https://elsewhere.example/x.css>",
  "<style>*{display:none}</style><p style='position:fixed;inset:0' id=x class=y name=z>covers</p>",
  "</article></main></body><script>alert(19)</script>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(20)&gt;\">",
];

for (const surface of /** @type {const} */ (["url", "embedUrl"])) {
  for (const bypassCSP of [false, true]) {
    test(`nothing hostile runs at ${surface}, CSP ${bypassCSP ? "off" : "on"}`, async (t) => {
      const share = await vitrine.share({
        title: "</title><script>alert(0)</script>",
        messages: attacks.map((content, index) => ({ role: index % 2 ? "assistant" : "user", content })),
      });
      const { page, trouble, requests } = await openPage(t, { bypassCSP });
      await page.goto(share[surface], { waitUntil: "networkidle" });
      await page.getByText("covers").first().waitFor();
      for (const link of await page.locator("a", { hasText: /^[a-d]$/ }).all()) await link.hover();

      // A refused script would show here too: what is escaped never asks the policy.
      assert.deepEqual(trouble, []);
      assert.deepEqual(requests.map((request) => new URL(request.url()).origin).filter((origin) => origin !== vitrine.origin && origin !== "null"), []);
      const unsafe = await page.evaluate(() => {
        const attributes = [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes]);
        return [
          ...attributes.filter(({ name }) => name.startsWith("on") || name === "style" || name === "srcdoc"),
          ...attributes.filter(({ name, value }) => /^(href|src|action)$/.test(name) && /^\s*(javascript|vbscript|data:text)/i.test(value)),
        ].map(({ name, value }) => `${name}=${value}`);
      });
      assert.deepEqual(unsafe, []);
      assert.equal(await page.locator("iframe, object, embed, base, style, meta[http-equiv]").count(), 0);
      assert.ok(page.url().startsWith(vitrine.origin));
    });
  }
}
