// Fills in latitude and longitude for somebody who plans a session and stands at its place.

class PracticeHere extends HTMLElement {
  connectedCallback() {
    if (!navigator.geolocation) return;
    this.hidden = false;
    this.words = this.querySelector("[role=status]");
    this.querySelector("button").addEventListener("click", () => this.ask());
  }

  ask() {
    this.words.textContent = "正在定位……";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.fill(coords),
      () => { this.words.textContent = "没有取得位置。请在浏览器中允许使用位置，或把经纬度和半径都留空。"; },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 },
    );
  }

  fill({ latitude, longitude, accuracy }) {
    const { elements } = this.closest("form");
    elements.latitude.value = latitude.toFixed(6);
    elements.longitude.value = longitude.toFixed(6);
    if (!elements.radius_m.value) elements.radius_m.value = 200;
    this.words.textContent = `已填写，定位误差约${Math.round(accuracy)}米。误差大的，请到窗边再取一次，或把半径放宽。`;
  }
}

customElements.define("practice-here", PracticeHere);
