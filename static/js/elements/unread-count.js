// <unread-count>: keeps the number of unread notices in the frame true while somebody looks at the page. It asks once a
// minute, and when the page is looked at again; the server answers an unchanged number without a body. Signed out, it ends.

const EVERY_MS = 60000;

class UnreadCount extends HTMLElement {
  connectedCallback() {
    this.askedAt = Date.now();
    this.look = () => this.ask();
    this.timer = setInterval(this.look, EVERY_MS);
    document.addEventListener("visibilitychange", this.look);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.look);
  }

  async ask() {
    if (document.visibilityState !== "visible" || Date.now() - this.askedAt < EVERY_MS / 2) return;
    this.askedAt = Date.now();
    const answer = await fetch(this.dataset.href, { cache: "no-cache", redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect" || answer?.status === 403) this.disconnectedCallback();
    if (answer?.ok) this.show((await answer.json()).unread);
  }

  show(unread) {
    const shown = this.querySelector(".count");
    if (!unread) {
      shown?.remove();
      return;
    }
    const count = shown ?? document.createElement("b");
    if (!shown) {
      count.className = "count";
      count.append("", Object.assign(document.createElement("span"), { className: "vh", textContent: "条未读" }));
      this.querySelector("a").append(count);
    }
    if (count.firstChild.data !== String(unread)) count.firstChild.data = String(unread);
  }
}

customElements.define("unread-count", UnreadCount);
