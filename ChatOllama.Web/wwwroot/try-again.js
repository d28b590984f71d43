// @ts-check

/** Opens the page as soon as the server can make it again. Asks calmly, and only while somebody looks. */
class TryAgain extends HTMLElement {
  /** @type {number | undefined} */ #timer;
  #pause = 2000;

  connectedCallback() {
    const line = document.createElement("p");
    line.className = "soft";
    line.textContent = this.dataset.text ?? "";
    this.append(line);
    this.#wait();
  }

  disconnectedCallback() {
    window.clearTimeout(this.#timer);
  }

  #wait() {
    this.#timer = window.setTimeout(() => this.#look(), this.#pause);
    this.#pause = Math.min(15_000, this.#pause * 1.5);
  }

  async #look() {
    const response = document.hidden ? null : await fetch("/ready").catch(() => null);
    if (response?.ok) location.reload();
    else this.#wait();
  }
}

customElements.define("try-again", TryAgain);
