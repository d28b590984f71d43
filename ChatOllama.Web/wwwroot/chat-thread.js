// @ts-check
import { OlderMessages } from "./older-messages.js";

/** How near to the end counts as being there, in pixels. */
const near = 48;

/**
 * The messages of a chat. Keeps the newest words in view while the reader is at the end, and yields as soon as they scroll up.
 * Older messages come in place. What another tab does arrives as regions (regions.js); what is shown beyond the newest page is kept.
 */
class ChatThread extends HTMLElement {
  #follows = true;
  #top = 0;
  /** Where the visitor acted: the article's place, to find it again in what comes back. */
  #acted = -1;
  #older = new OlderMessages(this);

  connectedCallback() {
    window.addEventListener("scroll", this.#scrolled, { passive: true });
    window.addEventListener("resize", this.#resized);
    document.addEventListener("click", this.#clicked);
    document.addEventListener("regions-swapped", this.#swapped);
    this.addEventListener("answer-grown", this.#grown);
    this.addEventListener("message-sent", () => this.#toEnd());
    this.addEventListener("submit", this.#act, true);
    document.addEventListener("swapped", this.#done);
    this.addEventListener("keydown", closeEditor);
    this.#older.connect();
    this.#begin();
  }

  disconnectedCallback() {
    window.removeEventListener("scroll", this.#scrolled);
    window.removeEventListener("resize", this.#resized);
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("regions-swapped", this.#swapped);
    document.removeEventListener("swapped", this.#done);
    this.#older.disconnect();
  }

  #begin() {
    const marked = this.querySelector(".marked");
    if (marked) {
      this.#follows = false;
      marked.scrollIntoView({ block: "center", behavior: "instant" });
    } else if (!location.hash || location.hash === "#end") this.#toEnd();
    this.#top = window.scrollY;
    this.#showJump();
  }

  get #distance() {
    return document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
  }

  /** Scrolling up is a wish to stay; only arriving at the end again takes it back. */
  #scrolled = () => {
    const up = window.scrollY < this.#top - 1;
    this.#top = window.scrollY;
    if (this.#distance < 4) this.#follows = true;
    else if (up) this.#follows = false;
    else if (this.#distance < near) this.#follows = true;
    this.#showJump();
  };

  /** A keyboard that slides in on a phone must not hide the newest words. */
  #resized = () => {
    if (this.#follows) this.#toEnd();
  };

  #grown = () => {
    if (this.#follows) this.#toEnd();
    else this.#showJump();
  };

  #showJump() {
    const jump = document.querySelector("[data-jump]");
    if (jump instanceof HTMLElement) jump.hidden = this.#follows || this.#distance < 3 * near;
  }

  /** The button stands in the dock, which may be replaced. */
  #clicked = (/** @type {Event} */ event) => {
    if (event.target instanceof Element && event.target.closest("[data-jump]")) this.#toEnd();
  };

  #toEnd() {
    this.#follows = true;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    this.#top = window.scrollY;
    this.#showJump();
  }

  /** @param {Event} event */
  #act = (event) => {
    const article = event.target instanceof Element ? event.target.closest("article") : null;
    this.#acted = article ? [...this.querySelectorAll("article")].indexOf(article) : -1;
  };

  /** What the visitor did is done: the page is at the newest again, and the focus where it was. */
  #done = (/** @type {Event} */ event) => {
    if (!(/** @type {CustomEvent} */ (event).detail.ok) || this.#acted < 0) return;
    if (location.search) history.replaceState(null, "", location.pathname);
    if (this.querySelector("live-answer")) this.#toEnd();
    if (document.activeElement && document.activeElement !== document.body) return;
    const article = [...this.querySelectorAll("article")].at(this.#acted);
    const next = article?.querySelector(".siblings button:not(:disabled)") ?? article;
    if (!(next instanceof HTMLElement)) return;
    if (next === article) next.tabIndex = -1;
    next.focus({ preventScroll: true });
  };

  #swapped = () => {
    this.#older.watch();
    this.#grown();
  };
}

/** @param {KeyboardEvent} event */
function closeEditor(event) {
  const editor = event.key === "Escape" && event.target instanceof Element ? event.target.closest("details.edit[open]") : null;
  if (!editor) return;
  editor.removeAttribute("open");
  editor.querySelector("summary")?.focus();
}

customElements.define("chat-thread", ChatThread);
