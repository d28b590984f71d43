// @ts-check
import { toast } from "./toast.js";

/** The link to a chat's options: with scripts the same form comes into a dialog, and is saved without leaving the chat. */
class ChatOptions extends HTMLElement {
  /** @type {HTMLDialogElement | null} */ #dialog = null;

  connectedCallback() {
    this.#link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.open();
    });
  }

  get #link() {
    return /** @type {HTMLAnchorElement} */ (this.querySelector("a"));
  }

  async open() {
    const response = await fetch(this.#link.href, { headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!response?.ok) return location.assign(this.#link.href);
    this.#dialog ??= this.#make();
    this.#dialog.innerHTML = await response.text();
    this.#dialog.showModal();
  }

  #make() {
    const dialog = document.createElement("dialog");
    dialog.className = "panel options-dialog";
    dialog.setAttribute("aria-labelledby", "options-title");
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(dialog, /** @type {HTMLFormElement} */ (event.target), event.submitter);
    });
    dialog.addEventListener("click", (event) => {
      const away = event.target === dialog;
      if (!away && !(event.target instanceof Element && event.target.closest("[data-close]"))) return;
      event.preventDefault();
      dialog.close();
    });
    // Within the chat's own form a second form could not be.
    document.body.append(dialog);
    return dialog;
  }

  /** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
  async #save(dialog, form, submitter) {
    form.setAttribute("aria-busy", "true");
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)));
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } }).catch(() => null);
    form.removeAttribute("aria-busy");
    if (!response) return toast(this.dataset.textOffline ?? "");
    if (!response.ok) return this.#refused(dialog, response);
    dialog.close();
    toast(this.dataset.textSaved ?? "");
    const set = [...body].some(([name, value]) => name.startsWith("o.") && value.trim() && !body.has("reset"));
    /** @type {HTMLElement} */ (this.querySelector(".set")).hidden = !set;
  }

  /** @param {HTMLDialogElement} dialog @param {Response} response */
  async #refused(dialog, response) {
    if (!response.headers.get("content-type")?.startsWith("text/html")) return toast((await response.json().catch(() => ({}))).detail ?? String(response.status));
    dialog.innerHTML = await response.text();
    /** @type {HTMLElement | null} */ (dialog.querySelector("[aria-invalid=true]"))?.focus();
  }
}

customElements.define("chat-options", ChatOptions);
