// @ts-check

/** Finds while one types: the hits of `/search` in place of the list. Without scripts the form opens that page. */
class ChatSearch extends HTMLElement {
  /** @type {AbortController | null} */ #asking = null;
  #timer = 0;

  connectedCallback() {
    const { input } = this.#parts;
    input.addEventListener("input", () => this.#later());
    this.addEventListener("keydown", (event) => this.#move(event));
  }

  get #parts() {
    return {
      input: /** @type {HTMLInputElement} */ (this.querySelector("input[type=search]")),
      found: /** @type {HTMLElement} */ (this.querySelector("[data-found]")),
      said: /** @type {HTMLElement} */ (this.querySelector("[data-said]")),
    };
  }

  get #links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.querySelectorAll("[data-found] a")]);
  }

  #later() {
    window.clearTimeout(this.#timer);
    this.#asking?.abort();
    const words = this.#parts.input.value.trim();
    if (!words) this.#show(null);
    else this.#timer = window.setTimeout(() => this.#ask(words), 160);
  }

  /** @param {string} words */
  async #ask(words) {
    const asking = (this.#asking = new AbortController());
    try {
      const response = await fetch(`/search?q=${encodeURIComponent(words)}`, { headers: { "X-Region": "hits" }, signal: asking.signal });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (!asking.signal.aborted) this.#show(page.querySelector('[data-region="hits"]'));
    } catch {
      // A newer question, or no server: what is shown stays.
    }
  }

  /** @param {Element | null} hits */
  #show(hits) {
    const { found, said } = this.#parts;
    found.replaceChildren(...(hits ? hits.childNodes : []));
    found.hidden = !hits;
    const list = document.getElementById("chats");
    if (list) list.hidden = Boolean(hits);
    const count = hits?.getAttribute("data-count") ?? "";
    const text = count === "" ? "" : count === "0" ? this.dataset.textNone : count === "1" ? this.dataset.textOne : this.dataset.textMany?.replace("{0}", count);
    said.textContent = text ?? "";
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const { input } = this.#parts;
    if (event.key === "Escape" && input.value) {
      input.value = "";
      this.#later();
      input.focus();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const links = this.#links;
    if (!step || links.length === 0 || event.defaultPrevented) return;
    const at = links.indexOf(/** @type {any} */ (document.activeElement));
    const next = at + step;
    event.preventDefault();
    if (next < 0) input.focus();
    else links[Math.min(next, links.length - 1)].focus();
  }
}

customElements.define("chat-search", ChatSearch);
