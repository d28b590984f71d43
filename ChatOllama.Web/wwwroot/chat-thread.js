// @ts-check

/** Keeps the newest words in view while the reader is at the end, and yields as soon as they scroll up. */
class ChatThread extends HTMLElement {
  #follows = true;
  /** @type {HTMLElement | null} */ #jump = null;

  connectedCallback() {
    this.#jump = document.querySelector("[data-jump]");
    this.#jump?.addEventListener("click", () => this.#toEnd());
    window.addEventListener("scroll", this.#scrolled, { passive: true });
    this.addEventListener("answer-grown", this.#grown);
    this.addEventListener("message-sent", () => this.#toEnd());
    if (!location.hash || location.hash === "#end") this.#toEnd();
  }

  disconnectedCallback() {
    window.removeEventListener("scroll", this.#scrolled);
  }

  get #distance() {
    return document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
  }

  #scrolled = () => {
    this.#follows = this.#distance < 60;
    if (this.#follows && this.#jump) this.#jump.hidden = true;
  };

  #grown = () => {
    if (this.#follows) window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
    else if (this.#jump) this.#jump.hidden = false;
  };

  #toEnd() {
    this.#follows = true;
    if (this.#jump) this.#jump.hidden = true;
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
  }
}

customElements.define("chat-thread", ChatThread);
