// The share page is whole without this: it adds copying and nothing else.
"use strict";

/** How long a button says that it has copied, in milliseconds. */
const SAID_FOR = 2000;

for (const button of document.querySelectorAll(".source")) button.removeAttribute("hidden");

// A message's own buttons copy its Markdown and its link.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest(".source, a.to") : null;
  if (button instanceof HTMLButtonElement) tell(button, await copy(source(button.value)));
  if (button instanceof HTMLAnchorElement) tell(button, await copy(button.href));
});

/** A message as Markdown, which the page's twin knows. @param {string} number @returns {Promise<string>} */
async function source(number) {
  const answer = await fetch(`?message=${number}`, { headers: { Accept: "text/markdown" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.text();
}

/**
 * Puts text on the clipboard. Where the permission is missing, the old command still works on a click.
 * @param {string | Promise<string>} words
 * @returns {Promise<boolean>}
 */
async function copy(words) {
  try {
    // Safari allows it only within the click, so words that are still on their way go as a promise.
    const blob = Promise.resolve(words).then((text) => new Blob([text], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    const text = await Promise.resolve(words).catch(() => "");
    if (!text) return false;
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "spoken";
    const back = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch {
      // Nothing was copied, and the button will say so.
    }
    area.remove();
    if (back instanceof HTMLElement) back.focus();
    return done;
  }
}

/**
 * Says in the button, and to a screen reader, what became of the click.
 * @param {HTMLElement} button
 * @param {boolean} done
 */
function tell(button, done) {
  const label = button.querySelector("span") ?? button;
  const status = document.querySelector("[role=status]");
  button.dataset.label ??= label.textContent ?? "";
  label.textContent = done ? "Copied" : "Not copied";
  if (status) status.textContent = label.textContent;
  button.classList.toggle("done", done);
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = String(
    setTimeout(() => {
      label.textContent = button.dataset.label ?? "";
      if (status) status.textContent = "";
      button.classList.remove("done");
    }, SAID_FOR),
  );
}

for (const button of document.querySelectorAll("[data-copy], figure button")) button.removeAttribute("hidden");

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.matches(".wrap")) {
    button.setAttribute("aria-pressed", String(!!button.closest("figure")?.classList.toggle("wrapped")));
  }
  if (!button?.matches("[data-copy], .copy")) return;
  const text = button.dataset.copy ?? button.closest("figure")?.querySelector("pre")?.textContent ?? "";
  tell(button, await copy(text));
});

// A formula is copied as the TeX it was written in.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection?.rangeCount || !event.clipboardData) return;
  const box = document.createElement("div");
  box.append(selection.getRangeAt(0).cloneContents());
  const formulas = box.querySelectorAll("math");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const mark = formula.hasAttribute("display") ? "$$" : "$";
    formula.replaceWith(mark + formula.getAttribute("alttext") + mark);
  }
  // Only what is laid out knows its lines.
  box.className = "spoken";
  document.body.append(box);
  event.clipboardData.setData("text/plain", box.innerText);
  event.clipboardData.setData("text/html", box.innerHTML);
  box.remove();
  event.preventDefault();
});
