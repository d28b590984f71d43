// @ts-check

/**
 * Copies the code of its figure, what stands in `data-from`, or what the server has at `data-source`. Where the browser gives no clipboard (plain http on another
 * machine) the old way is gone. Without scripts there is no button that would do nothing. Its words stand on the `<chat-thread>`.
 */
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "icon";
    button.textContent = this.#texts.copy;
    button.setAttribute("aria-label", this.dataset.label ?? this.#texts.code);
    button.title = button.getAttribute("aria-label") ?? "";
    button.addEventListener("click", () => this.#copy(button));
    this.append(button);
  }

  get #texts() {
    const { textCopy = "", textCopied = "", textNotCopied = "", textCopyCode = "" } = /** @type {HTMLElement | null} */ (document.querySelector("chat-thread"))?.dataset ?? {};
    return { copy: textCopy, copied: textCopied, denied: textNotCopied, code: textCopyCode };
  }

  /** @param {HTMLButtonElement} button */
  async #copy(button) {
    const { copy, copied, denied } = this.#texts;
    try {
      await write(this.#source());
      button.textContent = copied;
    } catch {
      button.textContent = denied;
    }
    setTimeout(() => (button.textContent = copy), 1600);
  }

  /** @returns {Promise<string>} */
  async #source() {
    if (this.dataset.from !== undefined) return this.dataset.from;
    if (!this.dataset.source) return this.closest("figure")?.querySelector("code")?.textContent ?? "";
    const response = await fetch(this.dataset.source);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.text();
  }
}

/** The promise is given to the clipboard itself: some browsers allow writing only in the very moment of the click. @param {Promise<string>} text */
async function write(text) {
  if (!navigator.clipboard) return old(await text);
  if (typeof ClipboardItem === "undefined") return navigator.clipboard.writeText(await text);
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then((words) => new Blob([words], { type: "text/plain" })) })]);
}

/** @param {string} text */
function old(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!done) throw new Error("no clipboard");
}

customElements.define("copy-button", CopyButton);
