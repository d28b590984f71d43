// @ts-check
import { EventLine } from "./event-line.js";
import { patch, refresh } from "./regions.js";
import { toast } from "./toast.js";

/** A download that runs: its progress as the server draws it, until it has ended. */
class PullJob extends HTMLElement {
  #line = new EventLine(() => `/stream/pulls/${encodeURIComponent(this.dataset.pull ?? "")}`, {
    progress: ({ html }) => patch(this, html),
    ended: ({ text }) => {
      this.#line.stop();
      if (text) toast(text);
      refresh("pulls models");
    },
  }, { lost: (failures) => failures === 2 && refresh("pulls") });

  connectedCallback() {
    this.#line.start();
  }

  disconnectedCallback() {
    this.#line.stop();
  }
}

customElements.define("pull-job", PullJob);
