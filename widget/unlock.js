// @ts-check
/**
 * Opens a locked share inside its frame; frame.js goes on from there. The grant stays in this script's memory and travels in
 * a header: a sandboxed frame has no storage, no cookie and no form to submit, and no URL may hold it.
 */
(() => {
  /** @type {HTMLElement | null} */
  const gate = document.querySelector("[data-vitrine-gate]");
  const input = gate?.querySelector("input");
  const alert = gate?.querySelector("[role=alert]");
  const button = gate?.querySelector("button");
  if (!gate || !input || !alert || !button) return;

  /** What the grant opens, at an address of this document's own. @param {string} url @param {HeadersInit} headers */
  const fetched = async (url, headers) => {
    const answer = await fetch(url, { headers });
    if (!answer.ok) throw new Error(answer.statusText);
    return URL.createObjectURL(await answer.blob());
  };

  /**
   * An <img> has no header to show a grant in, so pictures are fetched as they come near; their boxes are there before.
   * @param {Document} page @param {HeadersInit} headers
   */
  const bringPictures = (page, headers) => {
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        const picture = /** @type {HTMLImageElement} */ (target);
        if (!isIntersecting) continue;
        near.unobserve(picture);
        picture.onload = () => URL.revokeObjectURL(picture.src);
        fetched(picture.dataset.src ?? "", headers).then((url) => (picture.src = url), () => {});
      }
    }, { rootMargin: "100%" });
    for (const picture of page.querySelectorAll("img")) {
      picture.dataset.src = picture.src;
      picture.removeAttribute("src");
      picture.style.aspectRatio = `${picture.getAttribute("width")} / ${picture.getAttribute("height")}`;
      near.observe(picture);
    }
  };

  /** Links to files cannot show it either. @param {Document} page @param {HeadersInit} headers */
  const bringFiles = (page, headers) => {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (page.querySelectorAll('a[href^="/s/"]'))) {
      const { href } = link;
      link.removeAttribute("target");
      if (link.querySelector("img")) {
        link.removeAttribute("href"); // the whole picture is on the share's own page
        continue;
      }
      link.onclick = async (event) => {
        event.preventDefault();
        const saved = document.createElement("a");
        saved.download = link.closest(".attachment, .file")?.querySelector("b")?.textContent ?? "";
        try {
          saved.href = await fetched(href, headers);
          saved.click();
          setTimeout(() => URL.revokeObjectURL(saved.href), 6e4); // the browser may still be reading it
        } catch {
          link.textContent = "Try again";
        }
      };
    }
  };

  const unlock = async () => {
    if (input.readOnly) return; // asking already
    input.readOnly = true;
    try {
      const answer = await fetch(gate.dataset.unlock ?? "", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password: input.value }),
      });
      const { grant, detail } = await answer.json();
      alert.textContent = detail;
      if (grant) {
        const headers = { "Vitrine-Grant": grant };
        const opened = await fetch(location.href, { headers });
        if (!opened.ok) throw opened; // an error's page is no conversation
        const page = new DOMParser().parseFromString(await opened.text(), "text/html");
        bringPictures(page, headers);
        bringFiles(page, headers);
        document.title = page.title;
        document.documentElement.dir = page.documentElement.dir;
        document.body.replaceChildren(...page.body.childNodes);
        dispatchEvent(new Event("vitrine:opened"));
        parent.postMessage({ type: "vitrine:unlocked" }, "*");
      }
    } catch {
      alert.textContent = "The server cannot be reached. Please try again.";
    }
    alert.removeAttribute("hidden");
    input.readOnly = false;
  };

  button.hidden = false;
  button.onclick = unlock;
  gate.onkeydown = ({ key }) => key === "Enter" && unlock();
})();
