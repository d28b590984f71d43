// @ts-check
import { patch, preview, swap } from "./regions.js";

/** Shows the Modelfile of a new model while it is being typed, as the server writes it, which knows how to quote; then what Ollama does while it makes the model. */
class ModelMaker extends HTMLElement {
  #soon = 0;

  connectedCallback() {
    for (const name of ["input", "change"]) this.addEventListener(name, () => this.#later());
    this.addEventListener("submit", (event) => this.#submit(event));
  }

  #later() {
    window.clearTimeout(this.#soon);
    this.#soon = window.setTimeout(() => {
      const button = /** @type {HTMLButtonElement | null} */ (this.querySelector("[data-preview]"));
      if (button?.form) preview(button.form, button, "modelfile");
    }, 200);
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (event.defaultPrevented || event.submitter?.hasAttribute("data-preview")) return;
    event.preventDefault();
    // What other forms do with it is not for this one.
    event.stopPropagation();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    this.#say("");
    try {
      await this.#make(form);
    } catch {
      this.#say(this.dataset.textLost);
    } finally {
      form.removeAttribute("aria-busy");
      this.querySelector("making-steps")?.replaceChildren();
    }
  }

  /** @param {HTMLFormElement} form */
  async #make(form) {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/event-stream", "X-Region": "making" } }).catch(() => null);
    if (!response) return this.#say(this.dataset.textOffline);
    const type = response.headers.get("content-type") ?? "";
    if (type.includes("problem+json")) return this.#say((await response.json()).detail);
    if (!type.includes("event-stream") || !response.body) {
      swap(new DOMParser().parseFromString(await response.text(), "text/html"), ["making"], form);
      return form.dispatchEvent(new CustomEvent("swapped", { bubbles: true, detail: { ok: response.ok } }));
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (rest + part.value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) if (this.#take(event)) return;
    }
    this.#say(this.dataset.textLost);
  }

  /** @param {string} event @returns {boolean} whether it was the last one */
  #take(event) {
    const name = /^event: (.*)$/m.exec(event)?.[1];
    const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "{}");
    const steps = this.querySelector("making-steps");
    if (name === "step" && steps) patch(steps, data.html);
    else if (name === "made") location.assign(data.address);
    else if (name === "refused") this.#say(data.text);
    return name === "made" || name === "refused";
  }

  /** @param {string | undefined} text */
  #say(text) {
    const said = this.querySelector("[data-said]");
    if (!said) return;
    said.textContent = text ?? "";
    // It was taken back when somebody typed on.
    said.classList.add("bad");
  }
}

customElements.define("model-maker", ModelMaker);
