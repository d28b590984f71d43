// @ts-check
import { forgetDraft, keepDraft, readDraft } from "./composer-draft.js";
import { ComposerFiles } from "./composer-files.js";
import { ModelPicker } from "./model-picker.js";
import "./chat-options.js";

/**
 * The form at the foot of a chat. Enter sends, Shift+Enter breaks; in a session the message is sent without leaving the page.
 * The words stay in the field, and in the draft of this browser, until the server has stored them.
 */
class ChatComposer extends HTMLElement {
  #busy = false;
  /** What was sent last under the present key: the same again is the same message, anything else is a new one. */
  #tried = "";
  /** @type {number | undefined} */ #later;
  /** Something was written or chosen here. What was only read from the draft is another tab's, and its to keep. */
  #own = false;
  #restoring = false;
  #touch = matchMedia("(pointer: coarse) and (hover: none)").matches;
  #left = new AbortController();

  connectedCallback() {
    const { form, field } = this.#parts;
    this.#left = new AbortController();
    const { signal } = this.#left;
    field.setAttribute("enterkeyhint", this.#touch ? "enter" : "send");
    field.addEventListener("keydown", (event) => this.#key(event), { signal });
    field.addEventListener("paste", (event) => this.#paste(event), { signal });
    form.addEventListener("input", () => this.#changed(), { signal });
    form.addEventListener("change", () => this.#changed(), { signal });
    form.addEventListener("files-changed", () => this.#changed(), { signal });
    form.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#temporary?.addEventListener("change", () => this.#changed(), { signal });
    this.#stopForm?.addEventListener("submit", (event) => this.#stop(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    for (const news of ["answer-started", "answer-ended", "regions-swapped"]) document.addEventListener(news, () => queueMicrotask(() => this.#sync()), { signal });
    addEventListener("pagehide", () => this.#own && this.#keep(), { signal });
    // Back to a page that was kept as it was left.
    addEventListener("pageshow", (event) => event.persisted && document.querySelector(".preview")?.remove(), { signal });
    addEventListener("storage", (event) => event.key === `draft:${this.#session}` && this.#otherTab(), { signal });
    this.#acceptDrops(signal);
    this.#restore();
    const walking = sessionStorage.getItem("walking");
    sessionStorage.removeItem("walking");
    if (!walking && !this.#touch && (!document.activeElement || document.activeElement === document.body)) this.focusField();
  }

  disconnectedCallback() {
    this.#left.abort();
  }

  /** For shortcuts. */
  focusField() {
    this.#parts.field.focus({ preventScroll: true });
  }

  /** An answer of this chat is being written. */
  get running() {
    return this.#parts.send.hidden;
  }

  set running(value) {
    const { send, stop } = this.#parts;
    send.hidden = value;
    stop.hidden = !value;
  }

  get #parts() {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    return {
      form,
      field: /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("message")),
      key: /** @type {HTMLInputElement} */ (form.elements.namedItem("key")),
      send: /** @type {HTMLButtonElement} */ (form.querySelector(".send:not(.stop)")),
      stop: /** @type {HTMLButtonElement} */ (form.querySelector(".send.stop")),
      files: /** @type {ComposerFiles} */ (form.querySelector("composer-files")),
      picker: /** @type {ModelPicker | null} */ (form.querySelector("model-picker")),
      think: /** @type {HTMLSelectElement | null} */ (form.querySelector("#think")),
      options: /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('[name^="o."]')]),
    };
  }

  get #session() {
    return this.dataset.session ?? "";
  }

  get #stopForm() {
    return /** @type {HTMLFormElement | null} */ (document.getElementById("stop"));
  }

  get #temporary() {
    return /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=temporary]"));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // 229: Safari tells of the Enter that ends a composition only so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || (this.#touch && !event.ctrlKey)) return;
    event.preventDefault();
    const { form, field } = this.#parts;
    if (!this.running && field.value.trim()) form.requestSubmit();
  }

  /** Files are taken; of what is text and picture at once (from a text program) the text. @param {ClipboardEvent} event */
  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    this.#parts.files.add(files);
  }

  /** @param {AbortSignal} signal */
  #acceptDrops(signal) {
    /** @param {DragEvent} event */
    const carries = (event) => event.dataTransfer?.types.includes("Files") ?? false;
    const target = this.closest("main") ?? this;
    target.addEventListener("dragover", (event) => {
      if (!(event instanceof DragEvent) || !carries(event)) return;
      event.preventDefault();
      this.classList.add("drop");
    }, { signal });
    target.addEventListener("dragleave", (event) => {
      if (event instanceof DragEvent && !target.contains(/** @type {Node | null} */ (event.relatedTarget))) this.classList.remove("drop");
    }, { signal });
    target.addEventListener("drop", (event) => {
      if (!(event instanceof DragEvent) || !carries(event)) return;
      event.preventDefault();
      this.classList.remove("drop");
      this.#parts.files.add([...(event.dataTransfer?.files ?? [])]);
      this.focusField();
    }, { signal });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const { picker } = this.#parts;
    if (button?.dataset.model && picker) picker.value = button.dataset.model;
    if (button?.hasAttribute("data-close")) button.closest("details")?.removeAttribute("open");
  }

  #restore() {
    this.#restoring = true;
    const { field, files, picker, think, options } = this.#parts;
    const kept = readDraft(this.#session);
    // The server brings back what it refused: it is newer, and of this tab.
    if (this.querySelector("[data-problem] .note")) this.#own = true;
    if (kept && !this.querySelector("[data-problem] .note")) {
      if (!field.value) field.value = kept.text ?? "";
      if (kept.model && picker) picker.value = kept.model;
      if (think) think.value = kept.think ?? "";
      if (this.#temporary) this.#temporary.checked = kept.temporary === true;
      for (const option of options) option.value = kept.options?.[option.name] ?? "";
      if (kept.files?.length) files.restore(kept.files);
    }
    this.#restoring = false;
    this.#show();
  }

  /** The same chat in another tab was sent or written on: this one follows as long as nothing was written here. */
  #otherTab() {
    const { field, files } = this.#parts;
    if (this.#own || this.#busy) return;
    this.#restoring = true;
    field.value = "";
    files.clear(files.chips);
    this.#restore();
  }

  #changed() {
    this.#show();
    if (this.#restoring) return;
    this.#own = true;
    window.clearTimeout(this.#later);
    this.#later = window.setTimeout(() => this.#keep(), 250);
  }

  #keep() {
    window.clearTimeout(this.#later);
    if (this.#busy) return;
    const { field, files, picker, think, options } = this.#parts;
    const temporary = this.#temporary?.checked ?? false;
    const set = Object.fromEntries(options.filter((option) => option.value.trim()).map((option) => [option.name, option.value]));
    const model = picker && picker.value !== picker.querySelector("option[selected]")?.getAttribute("value") ? picker.value : "";
    keepDraft(this.#session, { text: field.value, model, think: think?.value, temporary, files: files.values, options: set }, temporary || this.dataset.temporary !== undefined);
  }

  /** What depends on the choices. */
  #show() {
    const { field, files, picker, think, options, form } = this.#parts;
    if (!CSS.supports("field-sizing", "content")) {
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight}px`;
    }
    const model = picker?.chosen?.dataset;
    if (think && model) {
      think.hidden = model.thinks === undefined;
      for (const option of think.options) option.hidden = option.disabled = "level" in option.dataset && model.thinks !== "levels";
      if (think.selectedOptions[0]?.disabled) think.value = "";
    }
    this.#warn(files.images > 0 && model !== undefined && model.sees === undefined, model?.name ?? "");
    const set = form.querySelector("details.options .set");
    if (set instanceof HTMLElement) set.hidden = !options.some((option) => option.value.trim());
    document.querySelector(".home")?.classList.toggle("temporary", this.#temporary?.checked ?? false);
  }

  /** @param {boolean} blind the model cannot see what is added @param {string} name */
  #warn(blind, name) {
    const note = /** @type {HTMLElement} */ (this.querySelector("[data-blind]"));
    const words = /** @type {HTMLElement} */ (note.querySelector("p"));
    note.hidden = !blind;
    const wanted = blind ? (note.querySelector("button") ? words.dataset.text : words.dataset.textNone) : "";
    const text = (wanted ?? "").replace("{0}", () => name);
    if (words.textContent !== text) words.textContent = text;
  }

  /** The answer that is being written, wherever it was begun. */
  #sync() {
    const live = [...document.querySelectorAll("live-answer[data-message]")].at(-1);
    if (this.#stopForm && live instanceof HTMLElement) this.#stopForm.action = `/messages/${encodeURIComponent(live.dataset.message ?? "")}/stop`;
    this.running = live !== undefined && this.#stopForm !== null;
    if (!live) document.querySelector(".list a[aria-current] .pulse")?.remove();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    if (event.submitter?.classList.contains("stop")) return;
    event.preventDefault();
    if (this.#busy) return;
    const { form, field, files, send } = this.#parts;
    this.#busy = true;
    send.setAttribute("aria-disabled", "true");
    // The button that was pressed may stand in the note that goes now.
    const { name, value } = event.submitter instanceof HTMLButtonElement ? event.submitter : { name: "", value: "" };
    this.#tell("");
    const preview = this.#preview(field.value);
    try {
      await files.settled();
      const sent = { text: field.value, chips: files.chips };
      const response = await this.#post(form, name, value);
      if (!response.ok) {
        preview?.remove();
        return this.#refused(response);
      }
      await this.#accepted(response, sent);
    } catch {
      preview?.remove();
      this.#complain(this.dataset.textOffline);
    } finally {
      this.#busy = false;
      send.removeAttribute("aria-disabled");
      if (this.#own) this.#keep();
    }
  }

  /** @param {HTMLFormElement} form @param {string} name of the button that was pressed @param {string} value */
  #post(form, name, value) {
    const body = new FormData(form);
    if (name) body.set(name, value);
    const sent = JSON.stringify([...body].filter(([field, words]) => typeof words === "string" && field !== "key" && !field.startsWith("_")));
    if (this.#tried && this.#tried !== sent) body.set("key", this.#newKey());
    this.#tried = sent;
    return fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } });
  }

  #newKey() {
    this.#tried = "";
    return (this.#parts.key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }

  /** @param {Response} response @param {{ text: string, chips: Element[] }} sent what was typed or added meanwhile is the next message */
  async #accepted(response, sent) {
    const { field, files, think, options } = this.#parts;
    const next = response.headers.get("Location");
    const html = next ? "" : await response.text();
    const chosen = { think: think?.value };
    const temporary = this.#temporary?.checked ?? this.dataset.temporary !== undefined;
    const more = field.value.startsWith(sent.text) ? field.value.slice(sent.text.length).trimStart() : field.value;
    files.clear(sent.chips);
    const added = files.values;
    this.#own = more !== "" || added.length > 0;
    field.value = next ? "" : more;
    if (next) files.clear(files.chips);
    for (const option of options) option.value = "";
    forgetDraft(this.#session);
    this.#newKey();
    // How to think is remembered with the chat, also with one that has just begun.
    if (this.#temporary) this.#temporary.checked = false;
    if (next) keepDraft(decodeURIComponent(next.split("/").at(-1) ?? ""), { ...chosen, text: more, files: added }, temporary);
    if (next) return location.assign(next);
    this.#append(html);
    this.#show();
  }

  /** A new chat shows the words at once, while its page is on the way. @param {string} words */
  #preview(words) {
    const home = document.querySelector(".thread.home");
    if (!home) return null;
    const turn = document.createElement("div");
    turn.className = "turn preview";
    const you = document.createElement("div");
    you.className = "you";
    you.dir = "auto";
    you.textContent = words;
    turn.append(you);
    home.append(turn);
    return turn;
  }

  /** @param {string} html */
  #append(html) {
    const thread = /** @type {HTMLElement} */ (document.querySelector("chat-thread"));
    for (const deed of thread.querySelectorAll(".receipt form:not(.siblings), .receipt details")) deed.remove();
    const template = document.createElement("template");
    template.innerHTML = html;
    // Sent again after an answer that was lost, or shown already by the feed of changes: each message stands there once.
    for (const article of template.content.querySelectorAll("article[id]")) if (document.getElementById(article.id)) article.remove();
    thread.querySelector(".messages")?.append(template.content);
    this.#sync();
    thread.dispatchEvent(new CustomEvent("message-sent"));
  }

  /** @param {Response} response */
  async #refused(response) {
    // These words under that key are refused for ever.
    if (response.status === 409) this.#newKey();
    const html = response.headers.get("content-type")?.startsWith("text/html");
    if (html) this.#tell(await response.text());
    else this.#complain((await response.json().catch(() => ({}))).detail ?? this.dataset.textRefused?.replace("{0}", String(response.status)));
    for (const wrong of this.querySelectorAll("[data-problem] [data-field]")) this.#markField(/** @type {HTMLElement} */ (wrong));
  }

  /** @param {HTMLElement} wrong */
  #markField(wrong) {
    const field = this.#parts.options.find((option) => option.name === wrong.dataset.field);
    field?.setAttribute("aria-invalid", "true");
    const error = field?.parentElement?.querySelector("[data-error]");
    if (error) error.textContent = wrong.dataset.message ?? "";
    field?.closest("details")?.setAttribute("open", "");
  }

  /** @param {SubmitEvent} event */
  async #stop(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!response) this.#complain(this.dataset.textNotStopped);
    else if (!response.ok && response.status !== 409) this.#refused(response);
  }

  /** @param {string} [words] anybody's: they go in as text */
  #complain(words) {
    this.#tell(`<div class="note bad" role="alert"><p></p></div>`);
    const line = this.querySelector("[data-problem] p");
    if (line) line.textContent = words ?? "";
  }

  /** @param {string} html our own */
  #tell(html) {
    const place = /** @type {HTMLElement} */ (this.querySelector("[data-problem]"));
    place.innerHTML = html;
    for (const field of this.querySelectorAll('[name^="o."][aria-invalid]')) {
      field.removeAttribute("aria-invalid");
      const error = field.parentElement?.querySelector("[data-error]");
      if (error) error.textContent = "";
    }
  }
}

customElements.define("chat-composer", ChatComposer);
