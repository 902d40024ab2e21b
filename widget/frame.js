/**
 * The embedded viewer's script: tells the host its height, copies code; unlock.js goes before it on a locked share. The
 * page reads well without it. It has to run in sandbox="allow-scripts": no storage, no cookie, no new window.
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
    let copied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch { // not allowed by the host
      getSelection()?.selectAllChildren(code);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Not copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };

  /** @param {Element} button */
  const wrapCode = (button) => {
    button.setAttribute("aria-pressed", String(!!button.closest("figure")?.classList.toggle("wrapped")));
  };

  const begin = () => {
    content = document.querySelector("[data-vitrine-content]") ?? document.body;
    new ResizeObserver(() => tellHeight()).observe(content);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("figure button"))) {
      button.hidden = false;
      button.onclick = () => (button.className === "wrap" ? wrapCode(button) : copyCode(button));
    }
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
  addEventListener("vitrine:opened", () => {
    begin();
    content.parentElement?.focus();
  });
  for (const type of ["load", "hashchange"]) addEventListener(type, () => tellHeight(true));
  begin();
})();
