// @ts-check
import { toast } from "./toast.js";

/**
 * Brings the older messages of a chat into the page when one scrolls near them or follows their link, without moving what is read.
 * Without scripts the link leads to a page of its own, which is where they come from here too.
 */
export class OlderMessages {
  /** @type {IntersectionObserver | null} */ #near = null;
  #busy = false;

  /** @param {HTMLElement} thread */
  constructor(thread) {
    this.thread = thread;
  }

  connect() {
    this.#near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.#load(false), { rootMargin: "800px 0px 0px" });
    this.thread.addEventListener("click", this.#clicked);
    document.addEventListener("regions-swapping", this.#keep);
    this.watch();
  }

  disconnect() {
    this.#near?.disconnect();
    this.thread.removeEventListener("click", this.#clicked);
    document.removeEventListener("regions-swapping", this.#keep);
  }

  /** Looks for the link anew. */
  watch() {
    this.#near?.disconnect();
    const link = this.#link;
    if (link) this.#near?.observe(link);
  }

  get #messages() {
    return /** @type {HTMLElement} */ (this.thread.querySelector(".messages"));
  }

  get #link() {
    return this.#messages.querySelector("#older");
  }

  #clicked = (/** @type {MouseEvent} */ event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#older a") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#load(true);
  };

  /** @param {boolean} asked by a click: then a failure is told */
  async #load(asked) {
    const link = this.#link?.querySelector("a");
    if (!link || this.#busy) return;
    this.#busy = true;
    try {
      const response = await fetch(link.href, { headers: { "X-Region": "thread" } }).catch(() => null);
      if (response?.ok) this.#prepend(new DOMParser().parseFromString(await response.text(), "text/html"));
      else if (asked) toast(this.thread.dataset.textOlderFailed ?? "");
    } finally {
      this.#busy = false;
      this.watch();
    }
  }

  /** @param {Document} page */
  #prepend(page) {
    const old = this.#link;
    const first = this.#messages.querySelector("article");
    if (!old || !first) return;
    const top = first.getBoundingClientRect().top;
    // The browser's own anchoring and ours would add up.
    document.documentElement.classList.add("unanchored");
    const next = page.querySelector("#older");
    if (next) old.replaceWith(next);
    else old.remove();
    first.before(...[...page.querySelectorAll(".messages > article")].filter((article) => !document.getElementById(article.id)));
    window.scrollBy({ top: first.getBoundingClientRect().top - top, behavior: "instant" });
    requestAnimationFrame(() => document.documentElement.classList.remove("unanchored"));
  }

  /**
   * The page that comes shows the newest messages only. Those that were brought in before stay above them as long as they lead to
   * the same first one: what lies above a message never changes.
   */
  #keep = (/** @type {Event} */ event) => {
    const next = /** @type {CustomEvent<Document>} */ (event).detail.querySelector('[data-region="thread"]');
    const first = next?.querySelector("article");
    const here = first && document.getElementById(first.id);
    if (!next || !first || !here || here.parentElement !== this.#messages) return;
    const above = [...this.#messages.querySelectorAll(":scope > article")];
    const kept = above.slice(0, above.indexOf(here));
    if (kept.length === 0) return;
    const link = this.#link?.cloneNode(true);
    if (link) next.querySelector("#older") ? next.querySelector("#older")?.replaceWith(link) : next.prepend(link);
    else next.querySelector("#older")?.remove();
    first.before(...kept.map((article) => article.cloneNode(true)));
  };
}
