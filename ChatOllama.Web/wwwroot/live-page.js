// @ts-check
import { refresh } from "./regions.js";
import { toast } from "./toast.js";

/** The server sends a beat every 15 s: without one for this long, in ms, the line is dead, whatever the browser believes. */
const dead = 40_000;

/**
 * Keeps the page like the server: listens to what changes while the page is seen, and takes over the regions that it concerns.
 * A hidden page keeps no stream; when it is seen again it goes on behind the last change that it knows, or reads everything again.
 * Also shows in the tab that this chat is answering.
 */
class LivePage extends HTMLElement {
  /** @type {EventSource | null} */ #source = null;
  /** @type {Set<string>} */ #regions = new Set();
  /** @type {Set<string>} */ #arrived = new Set();
  #after = "";
  #failures = 0;
  #retry = 0;
  #soon = 0;
  #watch = 0;
  #alive = 0;
  #pulse = 0;
  #mark = "";

  connectedCallback() {
    this.#after = this.dataset.after ?? "";
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("pagehide", this.#left);
    window.addEventListener("pageshow", this.#seen);
    window.addEventListener("online", this.#online);
    this.#pulse = window.setInterval(() => this.#source && performance.now() - this.#alive > dead && this.#lost(), 5000);
    for (const name of ["regions-swapped", "answer-ended", "message-sent"]) document.addEventListener(name, this.#markSoon, true);
    this.#seen();
    this.#markSoon();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("pagehide", this.#left);
    window.removeEventListener("pageshow", this.#seen);
    window.removeEventListener("online", this.#online);
    window.clearInterval(this.#pulse);
    for (const name of ["regions-swapped", "answer-ended", "message-sent"]) document.removeEventListener(name, this.#markSoon, true);
    this.#left();
  }

  #left = () => {
    window.clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  };

  #seen = () => {
    window.clearTimeout(this.#watch);
    if (document.hidden) {
      this.#left();
      this.#watchHidden();
    } else {
      this.#open();
      this.#markSoon();
    }
  };

  /** What was open before the network went is dead, and may not know it. */
  #online = () => {
    this.#left();
    this.#failures = 0;
    this.#seen();
  };

  #lost() {
    this.#left();
    if (!document.hidden) this.#retry = window.setTimeout(() => this.#open(), Math.min(30000, 500 * 2 ** this.#failures++));
  }

  #open() {
    if (this.#source) return;
    window.clearTimeout(this.#retry);
    this.#alive = performance.now();
    const source = (this.#source = new EventSource(`/stream/changes?after=${encodeURIComponent(this.#after)}`));
    source.addEventListener("beat", () => (this.#alive = performance.now()));
    source.onmessage = (event) => {
      this.#alive = performance.now();
      this.#failures = 0;
      this.#after = event.lastEventId || this.#after;
      this.#heard(JSON.parse(event.data));
    };
    source.onerror = () => this.#lost();
  }

  /** @param {{ type: string, session_id?: string, message_id?: string }} change */
  #heard(change) {
    document.dispatchEvent(new CustomEvent("page-changed", { detail: change }));
    const ours = change.session_id !== undefined && change.session_id === this.dataset.session;
    if (change.type === "resync") this.#want("list chats thread bar dock notice models health");
    else if (change.type === "models_changed") this.#want("models model running dock");
    else if (change.type === "health_changed") this.#want("notice health models");
    else if (change.type === "start") return;
    else if (change.type === "session_deleted" && ours) this.#gone();
    else {
      this.#want(`list chats${ours && change.type.startsWith("session_") ? " bar thread dock" : ""}`);
      if (ours && change.message_id) this.#arrived.add(`${change.type} ${change.message_id}`);
    }
  }

  #gone() {
    // The form that deleted it leads away by itself.
    if (!document.querySelector('form[aria-busy="true"]')) toast(this.dataset.textDeleted ?? "", { seconds: 30 });
    this.#want("list");
  }

  /** @param {string} regions */
  #want(regions) {
    for (const region of regions.split(" ")) this.#regions.add(region);
    if (!this.#soon) this.#soon = window.setTimeout(() => this.#take(), 250);
  }

  #take() {
    this.#soon = 0;
    // A form on its way brings its own answer, and both at once would show it twice; what one is typing into stays too.
    if (document.querySelector('form[aria-busy="true"], .send[aria-disabled="true"], #rename-chat:not([hidden])')) {
      this.#soon = window.setTimeout(() => this.#take(), 250);
      return;
    }
    if ([...this.#arrived].some(isNews)) for (const region of ["thread", "bar", "dock"]) this.#regions.add(region);
    this.#arrived.clear();
    const regions = [...this.#regions].filter((region) => document.querySelector(`[data-region="${region}"]`));
    this.#regions.clear();
    if (regions.length > 0) refresh(regions.join(" "));
  }

  #markSoon = () => window.setTimeout(() => this.#show(document.querySelector("main live-answer") ? "● " : ""));

  /** What stands before the title. @param {string} mark */
  #show(mark) {
    this.#mark = mark;
    const title = document.title.replace(/^[●✓] /u, "");
    if (document.title !== mark + title) document.title = mark + title;
    const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel~="icon"]'));
    const address = (mark === "● " ? this.dataset.iconBusy : this.dataset.icon) ?? "";
    if (icon && icon.getAttribute("href") !== address) icon.setAttribute("href", address);
  }

  /** An answer that ends while nobody looks is asked for now and then, so that the tab can say so. */
  #watchHidden() {
    const live = /** @type {HTMLElement | null} */ (document.querySelector("main live-answer"));
    if (!live || this.#mark !== "● ") return;
    this.#watch = window.setTimeout(async () => {
      const response = await fetch(`/stream/messages/${encodeURIComponent(live.dataset.message ?? "")}/status`).catch(() => null);
      const status = response?.ok ? await response.text() : "generating";
      if (!document.hidden) return;
      if (status === "queued" || status === "generating") this.#watchHidden();
      else this.#show("✓ ");
    }, 4000);
  }
}

/** Whether the page lacks what an event tells of. @param {string} arrived type and message */
function isNews(arrived) {
  const [type, message] = arrived.split(" ");
  const shown = document.getElementById(`m-${message}`);
  const live = shown?.querySelector("live-answer");
  return !shown || (type === "answer_started" && !live);
}

customElements.define("live-page", LivePage);
