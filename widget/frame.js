/**
 * The embedded viewer's script: tells the host its height, opens a locked share, copies code. The page reads well
 * without it. It has to run in sandbox="allow-scripts": no storage, no cookie, no form submit, no new window.
 */
(() => {
  /** @type {HTMLElement} */
  let content;
  let reported = 0;
  let resizerId = ""; // of an iframe-resizer 4 host

  /** @param {unknown} message */
  const post = (message) => parent.postMessage(message, "*");

  const wordpressSecret = () => /secret=(\w{10})/.exec(location.hash)?.[1];

  // Measures the content, never the viewport, which the host's answer changes.
  const tellHeight = (again = false) => {
    const around = innerHeight - (content.parentElement?.clientHeight ?? 0);
    const height = around + Math.ceil(content.getBoundingClientRect().height);
    if (!innerWidth || (height === reported && !again)) return; // hidden, or known
    reported = height;
    const secret = wordpressSecret();
    post({ type: "vitrine:height", height });
    post({ type: "embed-size", height }); // Datawrapper
    post(JSON.stringify({ context: "iframe.resize", height, src: location.href })); // Embedly
    if (secret) post({ message: "height", value: height, secret });
    if (resizerId) post(`[iFrameSizer]${resizerId}:${height}:${innerWidth}:${again ? "init" : "resize"}`);
  };

  /** @param {Element} button */
  const copyCode = async (button) => {
    const code = button.closest("figure")?.querySelector("code");
    if (!code) return;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch { // not allowed by the host
      getSelection()?.selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };

  /** @param {Element} button */
  const wrapCode = (button) => {
    button.setAttribute("aria-pressed", String(!!button.closest("figure")?.classList.toggle("wrapped")));
  };

  /** The grant is kept nowhere. @param {HTMLElement} gate */
  const unlock = async (gate) => {
    const input = gate.querySelector("input");
    const alert = gate.querySelector("[role=alert]");
    if (!input || !alert || input.readOnly) return; // asking already
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
        const opened = await fetch(location.href, { headers: { "Vitrine-Grant": grant } });
        const page = new DOMParser().parseFromString(await opened.text(), "text/html");
        document.body.replaceChildren(...page.body.childNodes);
        begin();
        content.parentElement?.focus();
        post({ type: "vitrine:unlocked" });
      }
    } catch {
      alert.textContent = "The server cannot be reached. Please try again.";
    }
    alert.removeAttribute("hidden");
    input.readOnly = false;
  };

  const begin = () => {
    content = document.querySelector("[data-vitrine-content]") ?? document.body;
    new ResizeObserver(() => tellHeight()).observe(content);
    /** @type {HTMLElement | null} */
    const gate = document.querySelector("[data-vitrine-gate]");
    for (const button of document.querySelectorAll("button")) {
      button.hidden = false;
      button.onclick = () => (gate ? unlock(gate) : button.className === "wrap" ? wrapCode(button) : copyCode(button));
    }
    if (gate) gate.onkeydown = ({ key }) => key === "Enter" && unlock(gate);
  };

  addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a");
    const secret = wordpressSecret();
    if (!secret || !link?.target || link.host !== location.host) return;
    event.preventDefault(); // WordPress itself follows links to the frame's host
    post({ message: "link", value: link.href, secret });
  });

  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    const hello = /^\[iFrameSizer\]([^:]+):[^:]*:[tf]/.exec(data);
    if (hello) resizerId = hello[1];
    if (hello || data?.message === "ready") tellHeight(true);
  });
  for (const type of ["load", "hashchange"]) addEventListener(type, () => tellHeight(true));
  begin();
})();
