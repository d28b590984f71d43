// @ts-check

/**
 * Copies the code of its figure, or the text in `data-from`. Without scripts, or where the browser gives no clipboard
 * (plain http on another machine), there is no button that would do nothing.
 */
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstChild || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "icon";
    button.textContent = "Copy";
    if (this.dataset.label) button.setAttribute("aria-label", this.dataset.label);
    button.addEventListener("click", () => this.#copy(button));
    this.append(button);
  }

  /** @param {HTMLButtonElement} button */
  async #copy(button) {
    const text = this.dataset.from ?? this.closest("figure")?.querySelector("code")?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => (button.textContent = "Copy"), 1600);
  }
}

customElements.define("copy-button", CopyButton);
