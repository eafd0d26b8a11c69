// What is studied: a film, or a text that plays like one while it is read. Both say position, playing, rate.

export class FilmSource extends EventTarget {
  constructor(video) {
    super();
    this.video = video;
    this.isFilm = true;
    for (const name of ["play", "pause", "ended", "ratechange", "seeking", "timeupdate", "waiting", "playing"]) {
      video.addEventListener(name, () => this.dispatchEvent(new Event(name)));
    }
    video.addEventListener("error", () => this.broke());
    this.isBroken = false;
  }

  // Without a network every way fails: that says nothing of the way. It is tried again when the network is back.
  broke() {
    this.place = this.position || this.place || 0;
    if (navigator.onLine && this.video.error?.code !== MediaError.MEDIA_ERR_NETWORK) {
      this.fallBack();
      return;
    }
    this.isBroken = true;
    this.dispatchEvent(new Event("cut"));
  }

  // Load the film anew where it stopped.
  async recover() {
    if (!this.isBroken || !navigator.onLine) return;
    this.isBroken = false;
    this.leaveHls();
    await this.use(this.way);
    this.seek(this.place);
  }

  leaveHls() {
    this.hls?.destroy();
    this.hls = null;
  }

  // Called again for every session: its addresses are its own.
  async load(media, address = media.hls) {
    this.address = address;
    this.place = 0;
    this.leaveHls();
    this.isBroken = false;
    this.video.querySelectorAll("track").forEach((track) => track.remove());
    this.media = media;
    this.video.poster = media.poster;
    for (const track of media.subtitles) {
      const element = document.createElement("track");
      Object.assign(element, { kind: "subtitles", srclang: track.language, label: track.label, src: track.url, default: track === media.subtitles[0] });
      this.video.append(element);
    }
    this.ways = [];
    const agent = navigator.userAgent;
    const chromium = Number(/Chrome\/(\d+)/.exec(agent)?.[1] ?? 0);
    const native = this.video.canPlayType("application/vnd.apple.mpegurl") !== "";
    if (native && (/iPhone|iPad|Macintosh.*Version\//.test(agent) || chromium >= 142)) this.ways.push("native");
    if (window.MediaSource || window.ManagedMediaSource) this.ways.push("hls");
    this.ways.push("mp4");
    await this.fallBack();
  }

  async fallBack() {
    if (!this.ways) return;
    this.way = this.ways.shift();
    if (!this.way) {
      this.dispatchEvent(new Event("unplayable"));
      return;
    }
    await this.again(this.position || this.place, this.isWanted);
    this.dispatchEvent(new Event("way"));
  }

  // Another quality of the same film: it goes on where it was.
  async change(address) {
    this.address = address;
    if (this.way === "mp4") return;
    const { position, video } = this;
    const goesOn = !video.paused && !video.ended;
    this.leaveHls();
    await this.again(position, goesOn);
  }

  async again(position, playing) {
    await this.use(this.way);
    if (position) this.seek(position);
    if (playing) this.play();
  }

  async use(way) {
    if (way === "native") this.video.src = this.address;
    if (way === "mp4") this.video.src = this.media.mp4;
    if (way === "hls") await this.useHls();
  }

  async useHls() {
    const module = await import("../../vendor/hls/hls.min.mjs").catch(() => null);
    if (module === null) {
      this.broke();
      return;
    }
    const Hls = module.default;
    if (!Hls.isSupported()) {
      await this.fallBack();
      return;
    }
    this.hls = new Hls();
    this.hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      this.leaveHls();
      if (data.response?.code === 403) this.dispatchEvent(new Event("ended-address"));
      else this.broke();
    });
    this.hls.loadSource(this.address);
    this.hls.attachMedia(this.video);
  }

  get position() {
    return this.video.currentTime * 1000;
  }

  get playing() {
    return !this.video.paused && !this.video.ended && this.video.readyState > 2;
  }

  get rate() {
    return this.video.playbackRate;
  }

  // It holds for what is loaded later too: another quality of the film, or the film after a break.
  setRate(rate) {
    this.video.defaultPlaybackRate = rate;
    this.video.playbackRate = rate;
  }

  // A way that fails pauses the film; the next one plays it if that is what was asked.
  async play() {
    this.isWanted = true;
    await this.recover();
    return this.video.play().catch(() => this.dispatchEvent(new Event("pause")));
  }

  pause() {
    this.isWanted = false;
    this.video.pause();
  }

  seek(position) {
    this.video.currentTime = position / 1000;
  }
}

export class PageSource extends EventTarget {
  constructor(length) {
    super();
    this.length = length;
    this.isFilm = false;
    this.rate = 1;
    this.base = 0;
    this.since = null;
  }

  async load() {}

  async recover() {}

  get position() {
    const gone = this.since === null ? 0 : performance.now() - this.since;
    return Math.min(this.length, this.base + gone);
  }

  get playing() {
    return this.since !== null && this.position < this.length;
  }

  async play() {
    this.base = this.position;
    this.since = performance.now();
    this.dispatchEvent(new Event("play"));
  }

  pause() {
    this.base = this.position;
    this.since = null;
    this.dispatchEvent(new Event("pause"));
  }

  // Time that passed while nobody could read.
  skipBack(milliseconds) {
    this.base -= milliseconds;
  }

  seek(position) {
    this.base = position;
    if (this.since !== null) this.since = performance.now();
  }
}
