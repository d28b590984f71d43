// @ts-check

/**
 * An answer that is being written. Applies the patches of `/stream/messages/{id}`: HTML that our own server has rendered.
 * Every connection begins with a snapshot, so a lost one costs nothing. Streams only while the page is seen.
 */
class LiveAnswer extends HTMLElement {
  /** @type {EventSource | null} */ #source = null;
  /** @type {number | undefined} */ #clock;
  /** @type {number | undefined} */ #retry;
  #since = performance.now();
  #failures = 0;
  #ended = false;
  /** @type {Record<string, number>} */ #seals = { answer: 0, thinking: 0 };
  #said = "";

  connectedCallback() {
    this.#since = performance.now() - Number(this.dataset.waited ?? 0);
    this.#clock = window.setInterval(() => this.#tick(), 200);
    document.addEventListener("visibilitychange", this.#seen);
    this.#seen();
  }

  disconnectedCallback() {
    window.clearInterval(this.#clock);
    window.clearTimeout(this.#retry);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#close();
  }

  #seen = () => (document.hidden ? this.#close() : this.#open());

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    if (this.#source || this.#ended) return;
    window.clearTimeout(this.#retry);
    const source = new EventSource(`/stream/messages/${encodeURIComponent(this.dataset.message ?? "")}`);
    this.#source = source;
    /** @param {string} name @param {(patch: any) => void} apply */
    const on = (name, apply) => source.addEventListener(name, (event) => {
      apply(JSON.parse(/** @type {MessageEvent} */ (event).data));
      this.dispatchEvent(new CustomEvent("answer-grown", { bubbles: true }));
    });
    on("snapshot", (patch) => this.#snapshot(patch));
    on("tail", (patch) => this.#tail(patch));
    on("seal", (patch) => this.#seal(patch));
    on("phase", (patch) => this.#phase(patch.text, patch.waited));
    on("done", () => this.#end());
    on("problem", () => this.#end());
    source.onerror = () => this.#lost();
  }

  /** The browser's own reconnecting gives up on some errors and says nothing: ours is calm and goes on. */
  #lost() {
    if (this.#ended) return;
    this.#close();
    this.#failures++;
    if (this.#failures > 1) this.#phase("Reconnecting");
    if (!document.hidden) this.#retry = window.setTimeout(() => this.#open(), Math.min(8000, 250 * 2 ** this.#failures));
  }

  /** @param {string} part @returns {{ box: HTMLElement, sealed: HTMLElement, tail: HTMLElement }} */
  #part(part) {
    const box = /** @type {HTMLElement} */ (this.querySelector(`[data-part="${part}"]`));
    return { box, sealed: /** @type {HTMLElement} */ (box.querySelector(".sealed")), tail: /** @type {HTMLElement} */ (box.querySelector(".tail")) };
  }

  /** @param {any} patch */
  #snapshot(patch) {
    this.#failures = 0;
    for (const name of ["answer", "thinking"]) {
      const { sealed, tail } = this.#part(name);
      sealed.innerHTML = patch[name].sealed;
      tail.innerHTML = patch[name].tail;
      this.#seals[name] = patch[name].seals;
    }
    this.#showThinking();
    this.#phase(patch.text, patch.waited);
  }

  /** @param {any} patch */
  #tail(patch) {
    const { tail } = this.#part(patch.part);
    if (patch.code !== undefined) [...tail.querySelectorAll("code")].at(-1)?.insertAdjacentHTML("beforeend", patch.code);
    else if (patch.settled !== undefined) this.#grow(tail, patch);
    else tail.innerHTML = patch.tail;
    this.#words(patch.part);
  }

  /**
   * A long list, table or paragraph: what is settled goes before the mark in it, what comes after the mark is replaced.
   * @param {HTMLElement} tail @param {any} patch
   */
  #grow(tail, patch) {
    const box = tail.querySelector(".growing");
    const mark = [...(box?.childNodes ?? [])].findLast((node) => node.nodeType === Node.COMMENT_NODE);
    if (!box || !mark) return;
    while (mark.nextSibling) mark.nextSibling.remove();
    const settled = document.createElement("template");
    settled.innerHTML = patch.settled;
    mark.before(settled.content);
    const live = document.createElement("template");
    live.innerHTML = patch.growing;
    box.append(live.content);
  }

  /** @param {any} patch */
  #seal(patch) {
    if (patch.after !== this.#seals[patch.part]) {
      this.#lost();
      return;
    }
    this.#seals[patch.part]++;
    const { sealed, tail } = this.#part(patch.part);
    sealed.insertAdjacentHTML("beforeend", patch.sealed);
    tail.innerHTML = patch.tail ?? "";
    this.#words(patch.part);
  }

  /** @param {string} part */
  #words(part) {
    if (part === "thinking") this.#showThinking();
    this.#phase(part === "thinking" ? "Thinking" : "Answering");
    if (part === "answer") this.#say();
  }

  #showThinking() {
    const { box } = this.#part("thinking");
    if (box.textContent?.trim()) box.closest("details")?.removeAttribute("hidden");
  }

  /** @param {string} text @param {number} [waited] */
  #phase(text, waited) {
    if (waited !== undefined) this.#since = performance.now() - waited;
    const label = this.querySelector("[data-phase]");
    if (label && label.textContent !== (text || "Answering")) label.textContent = text || "Answering";
    this.#tick();
  }

  #tick() {
    const clock = this.querySelector("[data-clock]");
    const seconds = Math.max(0, performance.now() - this.#since) / 1000;
    if (clock) clock.textContent = seconds < 10 ? `${seconds.toFixed(1)} s` : seconds < 100 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min`;
  }

  /** Says whole sentences to a screen reader, not every word as it comes. */
  #say() {
    const text = this.#part("answer").box.textContent ?? "";
    const end = Math.max(text.lastIndexOf(". "), text.lastIndexOf("! "), text.lastIndexOf("? "), text.lastIndexOf("\n"));
    if (end < this.#said.length) return;
    const said = this.querySelector(".said");
    if (said) said.textContent = text.slice(this.#said.length, end + 1);
    this.#said = text.slice(0, end + 1);
  }

  /** The final form, receipt and all, comes from the server. */
  async #end() {
    this.#ended = true;
    this.#close();
    const article = this.closest("article");
    for (let attempt = 0; article?.isConnected; attempt++) {
      try {
        const response = await fetch(`/fragments/messages/${encodeURIComponent(this.dataset.message ?? "")}`, { headers: { "X-Fragment": "1" } });
        if (response.ok) {
          const open = this.querySelector("details")?.open ?? false;
          const template = document.createElement("template");
          template.innerHTML = await response.text();
          const finished = /** @type {HTMLElement} */ (template.content.firstElementChild);
          const thinking = finished.querySelector("details");
          if (thinking) thinking.open = open;
          article.dispatchEvent(new CustomEvent("answer-ended", { bubbles: true }));
          article.replaceWith(finished);
          return;
        }
      } catch {
        // Offline: what is shown stays, and the loop goes on.
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 300 * 2 ** attempt)));
    }
  }
}

customElements.define("live-answer", LiveAnswer);
