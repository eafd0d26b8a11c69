// Asks the browser where it is before a signature is sent. What it cannot say, the learner hears, and decides: again or without.

const PATIENCE = { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 };
const TROUBLE = {
  1: "没有得到位置许可。请在手机设置中允许微信或浏览器使用位置，再点一次；也可以不提供位置。",
  2: "手机定不了位，可能在室内或没有打开定位。可以到窗边再点一次，也可以不提供位置。",
  3: "定位用的时间太长。可以再点一次，也可以不提供位置。",
};

class PracticeSign extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.words = this.querySelector("[data-words]");
    this.anyway = this.querySelector("[data-anyway]");
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  submit(event) {
    if (this.sent) return event.preventDefault();
    if (this.located || event.submitter === this.anyway || !this.hasAttribute("data-asks-place") || !navigator.geolocation) {
      this.sent = true;
      return undefined;
    }
    event.preventDefault();
    if (this.asking) return undefined;
    this.asking = true;
    this.words.textContent = "正在确定位置，请在询问时选择“允许”。";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.send(coords),
      ({ code }) => this.tell(TROUBLE[code] ?? TROUBLE[2]),
      PATIENCE,
    );
    return undefined;
  }

  tell(words) {
    this.asking = false;
    this.words.textContent = words;
    this.anyway.hidden = false;
  }

  send({ latitude, longitude, accuracy }) {
    this.located = true;
    for (const [name, value] of Object.entries({ latitude, longitude, accuracy })) this.form.elements[name].value = value;
    this.form.requestSubmit();
  }
}

customElements.define("practice-sign", PracticeSign);
