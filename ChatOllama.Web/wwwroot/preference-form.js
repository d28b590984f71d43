// @ts-check
import { submit } from "./regions.js";

/** Takes a choice over at once. Without scripts there is a button. */
class PreferenceForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.#apply());
    document.addEventListener("regions-swapped", this.#hideButton);
    this.#hideButton();
  }

  disconnectedCallback() {
    document.removeEventListener("regions-swapped", this.#hideButton);
  }

  #hideButton = () => {
    const button = this.querySelector("button");
    if (button) button.hidden = true;
  };

  async #apply() {
    const form = this.querySelector("form");
    if (form && (await submit(form))) colourTheBrowser();
  }
}

/** The bar of the browser, or of the installed window, follows the theme that was chosen. */
function colourTheBrowser() {
  const theme = document.documentElement.dataset.theme;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    const { light = "", dark = "" } = /** @type {HTMLElement} */ (meta).dataset;
    const own = meta.getAttribute("media")?.includes("dark") ? dark : light;
    meta.setAttribute("content", theme === "dark" ? dark : theme === "light" ? light : own);
  }
}

customElements.define("preference-form", PreferenceForm);
