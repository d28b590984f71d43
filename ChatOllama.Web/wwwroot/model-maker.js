// @ts-check
import { preview } from "./regions.js";

/** Shows the Modelfile of a new model while it is being typed: as the server writes it, which knows how to quote. */
class ModelMaker extends HTMLElement {
  #soon = 0;

  connectedCallback() {
    for (const name of ["input", "change"]) this.addEventListener(name, () => this.#later());
  }

  #later() {
    window.clearTimeout(this.#soon);
    this.#soon = window.setTimeout(() => {
      const button = /** @type {HTMLButtonElement | null} */ (this.querySelector("[data-preview]"));
      if (button?.form) preview(button.form, button, "modelfile");
    }, 200);
  }
}

customElements.define("model-maker", ModelMaker);
