// The choice of how fast a film plays: from its own pace to what its class allows. Where that is the own pace, nothing is to be chosen.

const RATES = [1, 1.25, 1.5, 2, 3, 4];

export class RateChoice {
  constructor(select, source, most) {
    const rates = RATES.filter((rate) => rate < most).concat(most);
    select.replaceChildren(...rates.map((rate) => new Option(`${rate} 倍`, String(rate))));
    select.hidden = rates.length < 2;
    select.addEventListener("change", () => source.setRate(Number(select.value)));
    source.addEventListener("ratechange", () => {
      if (rates.includes(source.rate)) select.value = String(source.rate);
    });
  }
}
