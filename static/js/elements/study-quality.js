// The choice of a film's quality, the sound alone for those who save data among them. Remembered on this device.

const KEY = "film-quality";
const AUTOMATIC = "";
const SOUND = "audio";

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? AUTOMATIC;
  } catch {
    return AUTOMATIC;
  }
}

function remember(choice) {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

export class QualityChoice {
  constructor(select, source) {
    this.select = select;
    this.source = source;
    select.addEventListener("change", () => this.choose());
    source.addEventListener("way", () => this.show());
  }

  // Called before the film is loaded: it begins with what was chosen last, if this film has it.
  offer(media) {
    this.addresses = new Map([[AUTOMATIC, media.hls]]);
    const labels = [[AUTOMATIC, "自动"]];
    for (const { side, hls } of [...media.qualities].reverse()) {
      labels.push([String(side), `${side}P`]);
      this.addresses.set(String(side), hls);
    }
    if (media.audio) {
      labels.push([SOUND, "只听声音（省流量）"]);
      this.addresses.set(SOUND, media.audio);
    }
    this.select.replaceChildren(...labels.map(([value, label]) => new Option(label, value)));
    const last = remembered();
    this.select.value = this.addresses.has(last) ? last : AUTOMATIC;
    return this.addresses.get(this.select.value);
  }

  choose() {
    remember(this.select.value);
    this.show();
    this.source.change(this.addresses.get(this.select.value));
  }

  // The one file for players without HLS has one quality.
  show() {
    this.select.hidden = this.source.way === "mp4" || this.addresses.size < 2;
    this.source.video.classList.toggle("sound-only", this.select.value === SOUND && !this.select.hidden);
  }
}
