// @ts-check

/** Filters the table of the models while one types. Without scripts the form asks the server. */
class ModelFilter extends HTMLElement {
  connectedCallback() {
    const { button, field } = this.#parts;
    if (button) button.hidden = true;
    field.addEventListener("input", this.#apply);
    this.querySelector("form")?.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("regions-swapped", this.#again);
  }

  disconnectedCallback() {
    document.removeEventListener("regions-swapped", this.#again);
  }

  get #parts() {
    return { button: this.querySelector("button"), field: /** @type {HTMLInputElement} */ (this.querySelector("input")), said: this.querySelector("[data-said]") };
  }

  /** What came from the server knows nothing of the filter. */
  #again = () => {
    if (this.#parts.button) this.#parts.button.hidden = true;
    this.#apply();
  };

  #apply = () => {
    const words = this.#parts.field.value.toLowerCase().split(" ").filter(Boolean);
    let shown = 0;
    for (const row of document.querySelectorAll("[data-words]")) {
      const fits = words.every((word) => row.getAttribute("data-words")?.includes(word));
      row.toggleAttribute("hidden", !fits);
      if (fits) shown++;
    }
    const { said } = this.#parts;
    if (said) said.textContent = shown === 0 ? this.dataset.none ?? "" : "";
  };
}

customElements.define("model-filter", ModelFilter);
