// @ts-check

/** A sentence at the foot of the page that goes away by itself, with at most one thing to do about it. */
class ToastList extends HTMLElement {
  /** @param {string} text @param {{ action?: { label: string, run: () => void }, seconds?: number }} [options] */
  show(text, { action, seconds = 6 } = {}) {
    const item = document.createElement("div");
    item.className = "toast";
    const words = document.createElement("p");
    words.textContent = text;
    item.append(words);
    if (action) item.append(button(action.label, "quiet", () => (item.remove(), action.run())));
    const close = button("×", "icon", () => item.remove());
    close.setAttribute("aria-label", this.dataset.textClose ?? "");
    item.append(close);
    this.append(item);
    this.#leave(item, seconds);
  }

  /** Whoever reads it or stands on its button has time. @param {HTMLElement} item @param {number} seconds */
  #leave(item, seconds) {
    let left = seconds;
    const clock = window.setInterval(() => {
      if (!item.isConnected) window.clearInterval(clock);
      else if (!item.matches(":hover, :focus-within") && --left <= 0) item.remove();
    }, 1000);
  }
}

/** @param {string} label @param {string} look @param {() => void} run */
function button(label, look, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}

/** @param {string} text @param {{ action?: { label: string, run: () => void }, seconds?: number }} [options] */
export function toast(text, options) {
  /** @type {ToastList | null} */ (document.querySelector("toast-list"))?.show(text, options);
}

customElements.define("toast-list", ToastList);
