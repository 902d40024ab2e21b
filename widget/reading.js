// A long conversation is read sheet by sheet, by plain links. With this the other sheets come in by themselves while nothing else is
// to do, in order, until find-in-page and print see everything; and links lead to their places on this page.
(() => {
  /** Between two sheets, in milliseconds: slower than the quota of one reader. */
  const PAUSE = 300;
  /** How long to wait after a failure that does not say it, in seconds. */
  const PATIENCE = 10;

  /** @typedef {"next" | "prev"} End Which way the conversation goes on from here. */

  const outline = document.getElementById("outline");

  /** @param {ParentNode} page @param {End} end */
  const pagerOf = (page, end) => page.querySelector(end === "next" ? ".pager.after" : ".pager.before");
  /** @param {End} end @returns {HTMLAnchorElement | null | undefined} */
  const linkTo = (end) => pagerOf(document, end)?.querySelector(`a[rel=${end}]`);
  /** @param {number} milliseconds */
  const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds));
  const idle = () => new Promise((over) => (window.requestIdleCallback ?? setTimeout)(over));

  /** Waits until the element is near the screen, or is not. @param {Element} element @param {boolean} near */
  const until = (element, near) =>
    new Promise((over) => {
      new IntersectionObserver((entries, observer) => {
        if (entries.at(-1)?.isIntersecting !== near) return;
        observer.disconnect();
        over(undefined);
      }, { rootMargin: near ? "2000px" : "0px" }).observe(element);
    });

  /**
   * Adds a sheet at its end; nothing that is to be seen moves. False where there is none: the share may be locked or gone meanwhile.
   * @param {string} html @param {End} end
   */
  const join = (html, end) => {
    const sheet = new DOMParser().parseFromString(html, "text/html");
    const messages = sheet.querySelector(".messages");
    const pager = pagerOf(document, end);
    if (!messages || !pager) return false;
    for (const button of messages.querySelectorAll("button")) button.hidden = false;
    for (const known of messages.querySelectorAll(".msg")) if (document.getElementById(known.id)) known.remove();
    const root = document.documentElement;
    const lists = document.querySelectorAll(".messages");
    const top = () => lists[0].getBoundingClientRect().top;
    const before = top();
    root.style.overflowAnchor = "none";
    const beyond = pagerOf(sheet, end);
    if (beyond?.querySelector(`[rel=${end}]`)) {
      if (end === "next") beyond.querySelector("[rel=prev]")?.remove();
      pager.replaceWith(beyond);
    } else {
      pager.remove();
    }
    // Whole lists beside each other: who measures jumps takes a list that grows at its beginning for one that moves.
    if (end === "next") {
      lists[lists.length - 1].after(messages);
      const foot = document.querySelector("body > footer");
      foot?.replaceWith(foot.cloneNode(true)); // out of sight at once, which is no jump of what was there
    } else {
      lists[0].before(messages);
      scrollBy({ top: Math.round(top() - before), behavior: "instant" });
    }
    root.style.overflowAnchor = "";
    const group = sheet.querySelector("#outline details");
    const line = group?.parentElement;
    if (line) {
      group.removeAttribute("open");
      outline?.querySelector(`[data-page="${line.dataset.page}"]`)?.replaceWith(line);
    }
    if (!linkTo("next") && !linkTo("prev")) document.querySelector(".facts .place")?.remove();
    return true;
  };

  /** A sheet's HTML, as patiently as the server asks; empty where it refuses. @param {string} url */
  const fetched = async (url) => {
    for (;;) {
      const answer = await fetch(url, { redirect: "manual" }).catch(() => undefined);
      if (answer?.ok) return answer.text();
      if (answer && answer.status !== 429 && answer.status !== 503) return "";
      await pause(1000 * (Number(answer?.headers.get("Retry-After")) || PATIENCE));
    }
  };

  const gather = async () => {
    // @ts-ignore: not in every browser
    const sparing = navigator.connection?.saveData;
    for (const end of /** @type {const} */ (["next", "prev"])) {
      for (let link; (link = linkTo(end)); ) {
        if (end === "prev") await until(link, false);
        else if (sparing) await until(link, true);
        await idle();
        if (!join(await fetched(link.href), end)) return;
        await pause(PAUSE);
      }
      if (sparing) return;
    }
  };

  addEventListener("beforeprint", () => {
    for (const end of /** @type {const} */ (["next", "prev"])) {
      for (let link; (link = linkTo(end)); ) {
        const request = new XMLHttpRequest(); // nothing else is waited for here
        request.open("GET", link.href, false);
        request.send();
        if (request.status !== 200 || request.responseURL !== link.href || !join(request.responseText, end)) return;
      }
    }
  });

  // An address without its sheet, shared by somebody whose page held them all.
  const seek = () => {
    const id = location.hash.slice(1);
    const elsewhere = (linkTo("next") || linkTo("prev")) && !document.getElementById(id);
    if (/^m\d+$/.test(id) && elsewhere) location.replace(`?message=${id.slice(1)}`);
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.pathname !== location.pathname || !/^#m\d+$/.test(link.hash)) return;
    const message = document.getElementById(link.hash.slice(1));
    if (!message || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (outline?.matches(":popover-open")) outline.hidePopover();
    if (location.hash === link.hash) message.scrollIntoView();
    location.hash = link.hash;
  });

  addEventListener("hashchange", seek);
  seek();
  gather();
})();
