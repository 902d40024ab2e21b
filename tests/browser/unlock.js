import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, vitrine } from "./harness.js";

const password = "correct horse battery";

for (const javaScriptEnabled of [true, false]) {
  const script = javaScriptEnabled ? "on" : "off";

  test(`a password opens the page, script ${script}`, async (t) => {
    const share = await vitrine.share({ title: "Kept between us", password });
    const { page, context, trouble } = await openPage(t, { javaScriptEnabled });
    await page.goto(share.url);
    for (const secret of ["Kept between us", "word-1", "word-2"]) {
      assert.ok(!(await page.content()).includes(secret), `the locked page tells ${secret}`);
    }
    await page.getByLabel(/password/i).fill(password);
    await page.getByRole("button", { name: /unlock/i }).click();
    await page.getByText("word-4").waitFor();
    assert.equal(page.url(), share.url, "neither password nor grant in the address");
    await page.reload();
    await page.getByText("word-4").waitFor();

    const cookies = await context.cookies(share.url);
    assert.equal(cookies.length, 1);
    assert.ok(cookies[0].httpOnly && cookies[0].sameSite === "Lax", JSON.stringify(cookies));
    assert.equal(cookies[0].path, `/s/${share.code}`, "bound to this share");
    assert.deepEqual(trouble, []);
  });

  test(`a wrong password says so, script ${script}`, async (t) => {
    const share = await vitrine.share({ password });
    const { page } = await openPage(t, { javaScriptEnabled });
    await page.goto(share.url);
    await page.getByLabel(/password/i).fill("not the password");
    await page.getByLabel(/password/i).press("Enter");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), /password/i);
    assert.equal(await page.getByText("word-1").count(), 0);
    await page.getByLabel(/password/i).fill(password);
    await page.getByRole("button", { name: /unlock/i }).click();
    await page.getByText("word-4").waitFor();
  });
}

test("a password opens page and frame under another name of the server too", async (t) => {
  const share = await vitrine.share({ title: "Kept between us", password });
  const { page, trouble } = await openPage(t);
  for (const url of [share.url, share.embedUrl]) {
    await page.goto(url.replace("127.0.0.1", "localhost"));
    await page.getByLabel(/password/i).fill(password);
    await page.getByRole("button", { name: /unlock/i }).click();
    await page.getByText("word-4").waitFor();
  }
  assert.deepEqual(trouble, []);
});

test("a frame that was locked has its conversation's title and direction", async (t) => {
  const messages = [{ role: "user", content: "كيف أكتب هذا؟" }, { role: "assistant", content: "هكذا، يا صديقي، word-4." }];
  const share = await vitrine.share({ title: "مرحبا", messages, password });
  const { page, trouble } = await openPage(t);
  await page.goto(share.embedUrl);
  assert.equal(await page.evaluate(() => document.documentElement.dir), "", "nothing tells of it before");
  await page.getByLabel(/password/i).fill(password);
  await page.getByRole("button", { name: /unlock/i }).click();
  await page.getByText("word-4").waitFor();
  assert.deepEqual(await page.evaluate(() => [document.documentElement.dir, document.title]), ["rtl", "مرحبا"]);
  assert.deepEqual(trouble, []);
});
