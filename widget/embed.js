// @ts-check
/**
 * Vitrine's loader. Shows a share where a page says
 *
 *     <vitrine-embed src="SHARE_URL" theme="auto" from="3" to="5" height="480"><a href="SHARE_URL">…</a></vitrine-embed>
 *     <blockquote class="vitrine-embed"><a href="SHARE_URL">…</a></blockquote>
 *
 * and leaves the link alone where the URL is not a share of the server that this script came from.
 */
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const { origin } = new URL(script.src);
  const tag = "vitrine-embed";
  const options = ["theme", "from", "to"];
  const lowest = 120, reserved = 480, highest = 10_000;

  /** @param {number} height */
  const clamp = (height) => Math.min(Math.max(Math.ceil(height), lowest), highest);

  /**
   * The frame's URL without options, or nothing where the URL is not a share of this server.
   * @param {string | null} shareUrl
   */
  const frameUrl = (shareUrl) => {
    const link = document.createElement("a"); // parses without throwing, trims white space
    link.href = shareUrl ?? "";
    const [, code] = /^\/s\/([0-9A-Za-z]+)\/?$/.exec(link.pathname) ?? [];
    return code && link.origin === origin ? new URL(`/embed/${code}`, origin) : undefined;
  };

  class VitrineEmbed extends HTMLElement {
    static observedAttributes = ["src", "height", ...options];

    // The fallback stays in the light tree and is shown only where the shadow has a slot for it,
    // so that it makes no difference whether the parser reaches it before or after the upgrade.
    #shadow = this.attachShadow({ mode: "open" });
    #frame = document.createElement("iframe");

    connectedCallback() {
      addEventListener("message", this);
      this.#show();
    }

    disconnectedCallback() {
      removeEventListener("message", this);
    }

    attributeChangedCallback() {
      if (this.isConnected) this.#show();
    }

    /** @param {MessageEvent} event */
    handleEvent({ source, origin: sender, data }) {
      const ours = source && source === this.#frame.contentWindow && (sender === origin || sender === "null");
      if (ours && data?.type === "vitrine:height" && data.height > 0 && !this.#fixedHeight()) {
        this.#frame.style.height = `${clamp(data.height)}px`;
        this.style.minHeight = ""; // the room that was kept for it
      }
    }

    /** The author's height, which holds whatever the content: a page that sets it never shifts. */
    #fixedHeight() {
      return parseInt(this.getAttribute("height") ?? "");
    }

    #show() {
      const url = frameUrl(this.getAttribute("src"));
      if (!url) return this.#shadow.replaceChildren(document.createElement("slot"));
      for (const name of options) {
        const value = this.getAttribute(name)?.trim();
        if (value) url.searchParams.set(name, value);
      }
      const frame = this.#frame;
      // Again when it has loaded: the parser may not have reached the fallback yet.
      frame.onload = () => (frame.title = this.title || this.textContent?.trim() || "Shared conversation");
      frame.onload(new Event("load"));
      frame.allow = "clipboard-write";
      frame.loading = "lazy"; // has to stand before src
      // Set one by one: a strict style-src refuses a style attribute, not these.
      Object.assign(frame.style, { display: "block", width: "100%", border: "0" });
      const fixed = this.#fixedHeight();
      if (fixed || !frame.style.height) frame.style.height = `${clamp(fixed || reserved)}px`;
      if (frame.src !== url.href) frame.src = url.href;
      if (!frame.isConnected) this.#shadow.replaceChildren(frame);
    }
  }

  if (!customElements.get(tag)) customElements.define(tag, VitrineEmbed);

  const upgradeQuotes = () => {
    for (const quote of document.querySelectorAll(`blockquote.${tag}`)) {
      const link = [...quote.querySelectorAll("a")].find(({ href }) => frameUrl(href));
      if (!link) continue;
      const embed = document.createElement(tag);
      embed.setAttribute("src", link.href);
      for (const name of ["height", ...options]) {
        const value = quote.getAttribute(`data-${name}`);
        if (value) embed.setAttribute(name, value);
      }
      embed.append(link);
      quote.replaceWith(embed);
    }
  };
  upgradeQuotes();
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", upgradeQuotes, { once: true });
})();
