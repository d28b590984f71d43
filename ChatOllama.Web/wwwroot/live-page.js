// @ts-check
import { EventLine } from "./event-line.js";
import { refresh } from "./regions.js";
import { toast } from "./toast.js";

/**
 * Keeps the page like the server: listens to what changes while the page is seen, and takes over the regions that it concerns.
 * When it is seen again it goes on behind the last change that it knows, or reads everything again.
 * Also shows in the tab that this chat is answering.
 */
class LivePage extends HTMLElement {
  #line = new EventLine(
    () => `/stream/changes?after=${encodeURIComponent(this.#after)}`,
    {
      message: (change, id) => {
        this.#after = id || this.#after;
        this.#heard(change);
      },
    },
    { longest: 30_000 },
  );
  /** @type {Set<string>} */ #regions = new Set();
  /** @type {Set<string>} */ #arrived = new Set();
  #after = "";
  #soon = 0;
  #watch = 0;
  #mark = "";

  connectedCallback() {
    this.#after = this.dataset.after ?? "";
    document.addEventListener("visibilitychange", this.#seen);
    for (const name of ["regions-swapped", "answer-ended", "message-sent"]) document.addEventListener(name, this.#markSoon, true);
    this.#line.start();
    this.#seen();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#seen);
    for (const name of ["regions-swapped", "answer-ended", "message-sent"]) document.removeEventListener(name, this.#markSoon, true);
    window.clearTimeout(this.#watch);
    this.#line.stop();
  }

  #seen = () => {
    window.clearTimeout(this.#watch);
    if (document.hidden) this.#watchHidden();
    else this.#markSoon();
  };

  /** @param {{ type: string, session_id?: string, message_id?: string }} change */
  #heard(change) {
    document.dispatchEvent(new CustomEvent("page-changed", { detail: change }));
    const ours = change.session_id !== undefined && change.session_id === this.dataset.session;
    if (change.type === "resync") this.#want("list chats thread bar notice models health");
    else if (change.type === "models_changed") this.#want("models model running");
    else if (change.type === "health_changed") this.#want("notice health models");
    else if (change.type === "start") return;
    else if (change.type === "session_deleted" && ours) this.#gone();
    else {
      this.#want(`list chats${ours && change.type.startsWith("session_") ? " bar thread" : ""}`);
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
    if ([...this.#arrived].some(isNews)) for (const region of ["thread", "bar"]) this.#regions.add(region);
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
      if (!document.hidden || response?.status === 404) return;
      const status = response?.ok ? await response.text() : "generating";
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
