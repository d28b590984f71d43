// @ts-check
import { refresh } from "./regions.js";

const INTERVAL = 10_000;

/** Keeps the regions in `data-names` fresh while the page is seen. */
class FreshRegion extends HTMLElement {
  /** @type {number | undefined} */ #timer;

  connectedCallback() {
    this.#timer = window.setInterval(() => this.#look(), INTERVAL);
    document.addEventListener("visibilitychange", this.#look);
  }

  disconnectedCallback() {
    window.clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.#look);
  }

  #look = () => {
    if (!document.hidden) refresh(this.dataset.names ?? "");
  };
}

customElements.define("fresh-region", FreshRegion);
