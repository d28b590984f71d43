// @ts-check
import { announce, sentenceEnd, spoken } from "./announcer.js";
import { EventLine } from "./event-line.js";

/** A silence of the model that is worth a sentence, in seconds. */
const quiet = 15;

/**
 * An answer that is being written. Applies the patches of `/stream/messages/{id}`: HTML that our own server has rendered.
 * Every connection begins with a snapshot, so a lost one costs nothing.
 * Tells the page `answer-started` (bubbles, detail: id), `answer-grown` and `answer-ended`.
 */
class LiveAnswer extends HTMLElement {
  #line = new EventLine(
    () => `/stream/messages/${encodeURIComponent(this.dataset.message ?? "")}`,
    {
      snapshot: this.#growing((patch) => this.#snapshot(patch)),
      tail: this.#growing((patch) => this.#tail(patch)),
      seal: this.#growing((patch) => this.#seal(patch)),
      phase: this.#growing((patch) => this.#phase(patch)),
      done: () => this.#end(),
      problem: () => this.#end(),
    },
    { lost: (failures) => this.#lost(failures) },
  );
  /** @type {number | undefined} */ #clock;
  #since = performance.now();
  #heard = performance.now();
  #hint = "";
  /** Whether words are there: the sentence about a silence differs. */ #words = false;
  /** @type {number | null} */ #thoughtSince = null;
  /** @type {Record<string, number>} */ #seals = { answer: 0, thinking: 0 };
  #said = 0;
  /** @type {number | undefined} */ #telling;

  connectedCallback() {
    this.#since = performance.now() - Number(this.dataset.waited ?? 0);
    this.#hint = this.dataset.hint ?? "";
    // What stands here already was read with the page, unless it has just begun.
    this.#said = Number(this.dataset.waited) < 10_000 ? 0 : sentenceEnd(this.#spoken());
    this.#clock = window.setInterval(() => this.#tick(), 200);
    this.#line.start();
    this.dispatchEvent(new CustomEvent("answer-started", { bubbles: true, detail: this.dataset.message }));
  }

  disconnectedCallback() {
    window.clearInterval(this.#clock);
    window.clearTimeout(this.#telling);
    this.#line.stop();
  }

  /** @param {(patch: any) => void} apply @returns {(patch: any) => void} */
  #growing(apply) {
    return (patch) => {
      apply(patch);
      this.dispatchEvent(new CustomEvent("answer-grown", { bubbles: true }));
    };
  }

  /** Once may be a hiccup. @param {number} failures */
  #lost(failures) {
    if (failures < 2) return;
    const { textReconnecting, textReconnectingHint } = this.dataset;
    this.#label(textReconnecting ?? "", textReconnectingHint);
    this.#askWhetherGone();
  }

  /** EventSource does not tell a message that has gone from a network that has. */
  async #askWhetherGone() {
    const response = await fetch(`/stream/messages/${encodeURIComponent(this.dataset.message ?? "")}/status`).catch(() => null);
    if (response?.status === 404) this.#gone();
  }

  /** The chat was deleted: the words that are here stay, and nothing more will come. */
  #gone() {
    if (!this.isConnected) return;
    this.#line.stop();
    const thread = this.closest("article")?.parentElement;
    this.replaceWith(...this.querySelectorAll(":scope > .think:not([hidden]), :scope > .prose"));
    thread?.dispatchEvent(new CustomEvent("answer-ended", { bubbles: true, detail: this.dataset.message }));
  }

  /** @param {string} part @returns {{ box: HTMLElement, sealed: HTMLElement, tail: HTMLElement }} */
  #part(part) {
    const box = /** @type {HTMLElement} */ (this.querySelector(`[data-part="${part}"]`));
    return { box, sealed: /** @type {HTMLElement} */ (box.querySelector(".sealed")), tail: /** @type {HTMLElement} */ (box.querySelector(".tail")) };
  }

  /** @param {any} patch */
  #snapshot(patch) {
    for (const name of ["answer", "thinking"]) {
      const { sealed, tail } = this.#part(name);
      sealed.innerHTML = patch[name].sealed;
      tail.innerHTML = patch[name].tail;
      this.#seals[name] = patch[name].seals;
    }
    this.#showThinking();
    this.#heard = performance.now();
    const [answer, thinking] = [this.#has("answer"), this.#has("thinking")];
    this.#words = answer || thinking;
    if (this.#words) this.#label((answer ? this.dataset.textAnswering : this.dataset.textThinking) ?? "", this.dataset.textQuietHint);
    if (answer) this.#telling ??= window.setTimeout(() => this.#tell(), 500);
    this.#phase(patch);
  }

  /** @param {any} patch */
  #tail(patch) {
    const { tail } = this.#part(patch.part);
    if (patch.code !== undefined) [...tail.querySelectorAll("code")].at(-1)?.insertAdjacentHTML("beforeend", patch.code);
    else if (patch.settled !== undefined) this.#grow(tail, patch);
    else tail.innerHTML = patch.tail;
    this.#grown(patch.part);
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
      this.#line.fail();
      return;
    }
    this.#seals[patch.part]++;
    const { sealed, tail } = this.#part(patch.part);
    sealed.insertAdjacentHTML("beforeend", patch.sealed);
    tail.innerHTML = patch.tail ?? "";
    this.#grown(patch.part);
  }

  /** @param {string} part */
  #grown(part) {
    const thinking = part === "thinking";
    this.#heard = performance.now();
    this.#words = true;
    if (thinking) this.#thoughtSince ??= performance.now();
    this.#showThinking();
    this.#label((thinking ? this.dataset.textThinking : this.dataset.textAnswering) ?? "", this.dataset.textQuietHint);
    if (!thinking) {
      this.#closeThinking();
      this.#telling ??= window.setTimeout(() => this.#tell(), 500);
    }
  }

  /** @param {string} part */
  #has(part) {
    return Boolean(this.#part(part).box.textContent?.trim());
  }

  #showThinking() {
    if (this.#has("thinking")) this.querySelector(".think")?.removeAttribute("hidden");
  }

  /** The first word of the answer is the end of the thinking. */
  #closeThinking() {
    if (this.#thoughtSince === null) return;
    this.#thought(this.dataset.textThought, performance.now() - this.#thoughtSince);
    this.#thoughtSince = null;
  }

  /** @param {string | undefined} text @param {number} ms */
  #thought(text, ms) {
    const summary = this.querySelector("[data-thinking]");
    if (summary) summary.textContent = (text ?? "").replace("{0}", this.#time(ms));
  }

  /** @param {any} patch */
  #phase({ text, hint, waited }) {
    if (waited !== undefined) this.#since = performance.now() - waited;
    if (text) {
      const before = this.querySelector("[data-phase]")?.textContent;
      this.#label(text, hint);
      if (before !== text) announce(text);
    }
    this.#tick();
  }

  /** @param {string} text @param {string} [hint] */
  #label(text, hint) {
    const label = this.querySelector("[data-phase]");
    if (label && label.textContent !== text) label.textContent = text;
    this.#hint = hint ?? "";
  }

  #tick() {
    const now = performance.now();
    const clock = this.querySelector("[data-clock]");
    if (clock) clock.textContent = this.#time(now - this.#since);
    if (this.#thoughtSince !== null) this.#thought(`${this.dataset.textThinking} · {0}`, now - this.#thoughtSince);
    this.#patience(now);
  }

  /** A long silence is explained: how long it has been, and what one can do. @param {number} now */
  #patience(now) {
    const silent = now - (this.#words ? this.#heard : this.#since);
    const long = silent > quiet * 1000 || (this.#line.failures > 1 && this.#hint !== "");
    const text = !long ? "" : this.#words && !this.#line.failures ? `${this.dataset.textQuiet?.replace("{0}", this.#time(silent))} ${this.#hint}` : this.#hint;
    const line = /** @type {HTMLElement} */ (this.querySelector("[data-patience]"));
    if (line.textContent !== text) line.textContent = text;
    if (line.hidden === !text) return;
    line.hidden = !text;
    this.dispatchEvent(new CustomEvent("answer-grown", { bubbles: true }));
  }

  /** @param {number} ms @returns {string} */
  #time(ms) {
    const seconds = Math.max(0, ms) / 1000;
    const digits = seconds < 10 ? 1 : 0;
    const number = (/** @type {number} */ value, /** @type {number} */ places) =>
      value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: places, maximumFractionDigits: places });
    if (seconds < 120) return (this.dataset.textSeconds ?? "{0}").replace("{0}", number(Math.floor(seconds * 10 ** digits) / 10 ** digits, digits));
    return (this.dataset.textMinutes ?? "{0}").replace("{0}", number(Math.floor(seconds / 60), 0)).replace("{1}", number(Math.floor(seconds % 60), 0));
  }

  #spoken() {
    return spoken(this.#part("answer").box, this.dataset.textCode ?? "");
  }

  /** Whole sentences only, and of those that came together one piece. */
  #tell() {
    this.#telling = undefined;
    const text = this.#spoken();
    const end = sentenceEnd(text);
    if (end <= this.#said) return;
    announce(text.slice(this.#said, end), { foreign: true });
    this.#said = end;
  }

  /** The final form, receipt and all, comes from the server. */
  async #end() {
    this.#line.stop();
    const article = this.closest("article");
    for (let attempt = 0; article?.isConnected; attempt++) {
      try {
        const response = await fetch(`/fragments/messages/${encodeURIComponent(this.dataset.message ?? "")}`, { headers: { "X-Fragment": "1" } });
        if (response.ok) return this.#replace(article, await response.text());
        if (response.status === 404) return this.#gone();
      } catch {
        // Offline: what is shown stays, and the loop goes on.
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 300 * 2 ** attempt)));
    }
  }

  /** @param {Element} article @param {string} html */
  #replace(article, html) {
    const open = this.querySelector("details")?.open ?? false;
    const template = document.createElement("template");
    template.innerHTML = html;
    const finished = /** @type {HTMLElement} */ (template.content.firstElementChild);
    const thinking = finished.querySelector("details.think");
    if (thinking instanceof HTMLDetailsElement) thinking.open = open;
    announce(this.#spoken().slice(this.#said), { foreign: true });
    if (!finished.querySelector("[role=alert]")) announce(this.dataset.textDone ?? "");
    const thread = article.parentElement;
    // Only the last answer is asked for again or continued; one that ends while the next waits is not.
    if (article.matches(":has(~ article)")) for (const deed of finished.querySelectorAll(".receipt form:not(.siblings), .receipt details, .ways")) deed.remove();
    article.replaceWith(finished);
    thread?.dispatchEvent(new CustomEvent("answer-ended", { bubbles: true, detail: this.dataset.message }));
    thread?.dispatchEvent(new CustomEvent("answer-grown", { bubbles: true }));
  }
}

customElements.define("live-answer", LiveAnswer);
