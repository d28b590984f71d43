// @ts-check

/**
 * Says beside a number what is wrong with it as soon as it is left, and never stands in the way of saving: the server decides.
 * Numbers carry `data-min`, `data-max` and `data-whole`. A link with `data-empty` empties all fields, and nothing is saved by that.
 */
class CheckedForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => this.#check(event.target));
    this.addEventListener("input", (event) => this.#edited(event.target));
    this.addEventListener("click", (event) => this.#empty(event));
    this.addEventListener("swapped", () => this.#showFirstError());
  }

  get #outcome() {
    return /** @type {HTMLElement} */ (this.querySelector(".outcome"));
  }

  /** @param {EventTarget | null} field */
  #check(field) {
    if (!(field instanceof HTMLInputElement) || field.dataset.min === undefined) return;
    this.#mark(field, this.#problem(field));
  }

  /** @param {HTMLInputElement} field @returns {string} */
  #problem(field) {
    const { min, max, from = "", to = "", whole, example = "" } = field.dataset;
    const typed = field.value.trim();
    const { textNumber = "", textWhole = "", textRange = "" } = this.dataset;
    // 32.000 is thirty-two thousand where a number must be whole, as the server reads it.
    const grouped = whole !== undefined && /^[-−]?\d{1,3}(?:([.,’'\u00A0\u202F ])\d{3})(?:\1\d{3})*$/.test(typed);
    const text = grouped ? typed.replace(/[^-−\d]/g, "") : typed;
    const value = Number((text.includes(".") ? text : text.replace(",", ".")).replace("−", "-"));
    if (text === "") return "";
    if (Number.isNaN(value)) return (whole === undefined ? textNumber : textWhole).replace("{0}", example);
    if (whole !== undefined && !Number.isInteger(value)) return textWhole.replace("{0}", example);
    return value < Number(min) || value > Number(max) ? textRange.replace("{0}", from).replace("{1}", to) : "";
  }

  /** @param {Element} field @param {string} text */
  #mark(field, text) {
    const line = field.closest(".entry")?.querySelector("[data-wrong]");
    if (line) line.textContent = text;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  /** What was wrong is taken back while somebody mends it. @param {EventTarget | null} field */
  #edited(field) {
    this.#outcome.textContent = "";
    this.#outcome.classList.remove("bad");
    if (field instanceof Element && field.hasAttribute("aria-invalid")) this.#mark(field, "");
  }

  /** @param {MouseEvent} event */
  #empty(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-empty]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    for (const field of this.querySelectorAll("input:not([type=hidden]), textarea, select")) {
      /** @type {HTMLInputElement} */ (field).value = "";
      this.#mark(field, "");
    }
    this.#outcome.classList.remove("bad");
    this.#outcome.textContent = this.dataset.textEmptied ?? "";
    this.querySelector("button")?.focus();
  }

  #showFirstError() {
    const wrong = this.querySelector('[aria-invalid="true"]');
    if (wrong instanceof HTMLElement) wrong.focus();
  }
}

customElements.define("checked-form", CheckedForm);
