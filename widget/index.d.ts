/** What a frame tells the page around it by `postMessage`. */
export type FrameMessage =
  /** The height in CSS pixels that shows the whole conversation without scrolling; sent when it changes. */
  | { type: "vitrine:height"; height: number }
  /** The reader has opened a locked share in this frame. */
  | { type: "vitrine:unlocked" };

/** The attributes of `<vitrine-embed>`. */
export interface EmbedAttributes {
  /** The share link; anything that is not one of the loader's own server leaves the element's content as it is. */
  src: string;
  /** Defaults to the reader's preference. */
  theme?: "auto" | "light" | "dark";
  /** Number of the first message shown, counted from 1. */
  from?: number | string;
  /** Number of the last message shown. */
  to?: number | string;
  /** Pixels to keep whatever the content, which scrolls inside; without it 480 are reserved and the content is followed. */
  height?: number | string;
}

declare global {
  interface HTMLElementTagNameMap {
    "vitrine-embed": HTMLElement;
  }
}
