// @ts-check
import { submit } from "./regions.js";

/**
 * One key does one thing while nothing is being typed; the list of them opens on `?`. Single keys can be switched off (WCAG 2.1.4);
 * those with Ctrl or ⌘ also work while typing.
 */
class KeyboardShortcuts extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.#pressed);
    this.querySelector("[data-keys]")?.addEventListener("submit", (event) => this.#switch(/** @type {SubmitEvent} */ (event)));
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#pressed);
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.repeat) return;
    if (event.key === "Escape") return leaveField(event);
    const strong = event.ctrlKey || event.metaKey;
    const deed = strong ? this.#strong(event.key) : this.#single(event);
    if (!deed) return;
    event.preventDefault();
    deed();
  };

  /** @param {string} key @returns {(() => void) | undefined} */
  #strong(key) {
    return { "/": () => this.#show(), ".": stop }[key];
  }

  /** @param {KeyboardEvent} event @returns {(() => void) | undefined} */
  #single(event) {
    const at = event.target instanceof Element ? event.target : null;
    if (this.dataset.off !== undefined || at?.closest("input, textarea, select, [contenteditable], dialog, [role=dialog]") || document.querySelector("dialog[open]")) return undefined;
    return {
      "?": () => this.#show(),
      n: () => document.getElementById("new-chat")?.click(),
      "/": () => inSidebar(document.getElementById("search-chats")),
      c: () => document.getElementById("message")?.focus(),
      s: stop,
      j: () => step(1),
      k: () => step(-1),
      l: () => inSidebar(document.querySelector('.chat > a[aria-current="page"]') ?? document.querySelector(".chat > a")),
      o: () => /** @type {HTMLElement | null} */ (document.querySelector("[data-options], .bar [data-manage]"))?.click(),
    }[event.key];
  }

  #show() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {SubmitEvent} event */
  async #switch(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (new FormData(form, event.submitter))) }).catch(() => null);
    if (response?.ok) location.reload();
    else await submit(form, event.submitter);
  }
}

/** On a phone the list is a drawer. @param {Element | null} target */
function inSidebar(target) {
  const side = document.getElementById("side");
  if (side && getComputedStyle(side).display === "none") side.showPopover();
  if (target instanceof HTMLElement) target.focus();
}

function stop() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector(".send.stop:not([hidden])"));
  button?.click();
}

/** The way out of the field, to where single keys do something. What is open above it has taken the key already. @param {KeyboardEvent} event */
function leaveField(event) {
  if (event.target instanceof HTMLElement && event.target.id === "message") event.target.blur();
}

/** Who walks from chat to chat goes on walking: the next page leaves the field alone. @param {number} by */
function step(by) {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#chats .chat > a:not(.icon)")]).filter((link) => link.offsetParent !== null || link.closest("#side:not(:popover-open)"));
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  sessionStorage.setItem("walking", "1");
  links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by]?.click();
}

customElements.define("keyboard-shortcuts", KeyboardShortcuts);
